import { policiesOver } from '../organizations/policies.ts';
import type { AttachedPolicy, InlinePolicies } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import type { PolicySet } from './evaluate.ts';
import { type PolicyDocument, parsePolicy } from './policy.ts';
import type { Principal } from './principal.ts';

const EVERYTHING: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
};

/** The one AWS managed policy the organisation uses. */
export const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** The policies that count for a principal now. A role or user that has gone, or a boundary that cannot be found, leaves nothing allowed. */
export function policySetOf(state: State, principal: Principal): PolicySet {
  const holder =
    principal.kind === 'role'
      ? state.table('roles', principal.account).get(principal.name)
      : state.table('users', principal.account).get(principal.name);
  const organization = policiesOver(state, principal.account, 'SERVICE_CONTROL_POLICY');
  if (!holder) return { identity: [], session: principal.sessionPolicies, organization };
  const boundary = 'PermissionsBoundary' in holder ? holder.PermissionsBoundary : undefined;
  return {
    identity: [...inline(holder.InlinePolicies), ...attached(state, principal.account, holder.AttachedPolicies)],
    session: principal.sessionPolicies,
    organization,
    boundary: boundary === undefined ? undefined : managed(state, principal.account, boundary),
  };
}

function inline(policies: InlinePolicies): PolicyDocument[] {
  return Object.values(policies).flatMap(readDocument);
}

function attached(state: State, account: string, policies: readonly AttachedPolicy[]): PolicyDocument[] {
  return policies.flatMap(({ PolicyArn }) => managed(state, account, PolicyArn));
}

function managed(state: State, account: string, arn: string): PolicyDocument[] {
  if (arn === ADMINISTRATOR_ACCESS) return [EVERYTHING];
  const found = state.table('managed-policies', account).get(arn);
  return found ? readDocument(found.Document) : [];
}

/** Policies by their text: the same few are asked for at every call. */
const parsedBefore = new Map<string, PolicyDocument>();
const KEPT = 500;

/** Stored policies were parsed when they were written; should one not be readable any more, the call fails rather than loses a Deny. */
function readDocument(text: string): PolicyDocument[] {
  const known = parsedBefore.get(text);
  if (known) return [known];
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(`a stored policy cannot be read: ${parsed.problem}`);
  if (parsedBefore.size >= KEPT) parsedBefore.clear();
  parsedBefore.set(text, parsed.policy);
  return [parsed.policy];
}
