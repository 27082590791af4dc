import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { Role, User } from '../state/kinds.ts';

function noSuch(kind: string, name: string): AwsError {
  return new AwsError('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`, { status: 404 });
}

/** Throws NoSuchEntity. */
export function userOf(call: Call, name: string): User {
  const user = call.state.table('users', call.account).get(name);
  if (!user) throw noSuch('user', name);
  return user;
}

/** Throws NoSuchEntity. */
export function roleOf(call: Call, name: string): Role {
  const role = call.state.table('roles', call.account).get(name);
  if (!role) throw noSuch('role', name);
  return role;
}

/** Throws NoSuchEntity for a policy that the user or role does not have. */
export function noSuchPolicy(holder: 'user' | 'role', policy: string): AwsError {
  return new AwsError('NoSuchEntity', `The ${holder} policy with name ${policy} cannot be found.`, { status: 404 });
}

/** The user a call is about: the named one, or the caller when a user calls. A session must name one. */
export function userNameOf(call: Call, name: string | undefined): string {
  if (name !== undefined) return name;
  if (call.principal.kind === 'user') return call.principal.name;
  throw new AwsError('ValidationError', 'Must specify userName when calling with non-User credentials');
}
