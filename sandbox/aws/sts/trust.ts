import { iamArn } from '../arn.ts';
import type { ConditionKeys } from '../iam/conditions.ts';
import { actionMatches, conditionsMatch } from '../iam/evaluate.ts';
import type { PolicyStatement } from '../iam/policy.ts';
import type { Principal } from '../iam/principal.ts';
import type { Role } from '../state/kinds.ts';

/** Whether a role's trust policy lets a principal do `action` (AssumeRole, TagSession, SetSourceIdentity) under these circumstances. */
export function trusts(role: Role, principal: Principal, action: string, keys: ConditionKeys): boolean {
  const speaking = role.Trust.Statement.filter(
    (statement) =>
      actionMatches(statement, action) && namesPrincipal(statement, principal) && conditionsMatch(statement, keys),
  );
  return (
    speaking.some((statement) => statement.Effect === 'Allow') &&
    speaking.every((statement) => statement.Effect === 'Allow')
  );
}

function namesPrincipal(statement: PolicyStatement, principal: Principal): boolean {
  // NotPrincipal cannot be judged here; an Allow with it is not followed, a Deny is.
  if (statement.NotPrincipal) return statement.Effect === 'Deny';
  if (statement.Principal === '*') return true;
  const names = statement.Principal?.['AWS'] ?? [];
  return names.some((name) => isNamed(name, principal));
}

/** A trust policy knows no wildcards inside ARNs: only `*`, an account, a role, a user or one session. */
function isNamed(name: string, principal: Principal): boolean {
  const { account } = principal;
  return (
    name === '*' ||
    name === account ||
    name === `arn:aws:iam::${account}:root` ||
    name === principal.principalArn ||
    name === principal.arn
  );
}

/** The ARN of a role, with its path. */
export function roleArn(account: string, role: Role): string {
  return iamArn(account, 'role', role.Path, role.RoleName);
}
