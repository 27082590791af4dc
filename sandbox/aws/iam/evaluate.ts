import { type ConditionKeys, keyValues, testCondition } from './conditions.ts';
import { globMatches } from './glob.ts';
import type { PolicyDocument, PolicyStatement } from './policy.ts';

/** One thing a call needs: an IAM action on a resource, with the condition keys that hold for both. */
export interface AccessRequest {
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  readonly keys: ConditionKeys;
}

/** The policies that count for a principal. An absent `session` or `boundary` does not limit; an empty one allows nothing. */
export interface PolicySet {
  readonly identity: readonly PolicyDocument[];
  readonly session?: readonly PolicyDocument[] | undefined;
  readonly boundary?: readonly PolicyDocument[] | undefined;
  /** Service control policies, one list for the root, each unit on the way and the account: every list must allow. Absent where none bind. */
  readonly organization?: readonly (readonly PolicyDocument[])[] | undefined;
}

/** The policy type that decided against a request, in the words AWS uses in its messages. */
export type PolicyType = 'service control policy' | 'identity-based policy' | 'session policy' | 'permissions boundary';

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly explicit: boolean; readonly policyType: PolicyType };

/** Decides a request: denied when any policy denies it; else allowed when each kind of policy that is present allows it; else denied. */
export function evaluate(policies: PolicySet, request: AccessRequest): Decision {
  const kinds: ReadonlyArray<readonly [PolicyType, readonly PolicyDocument[] | undefined]> = [
    ...(policies.organization ?? []).map((level) => ['service control policy', level] as const),
    ['identity-based policy', policies.identity],
    ['session policy', policies.session],
    ['permissions boundary', policies.boundary],
  ];
  for (const [policyType, documents] of kinds) {
    if (documents && someStatement(documents, 'Deny', request)) return { allowed: false, explicit: true, policyType };
  }
  for (const [policyType, documents] of kinds) {
    if (documents && !someStatement(documents, 'Allow', request))
      return { allowed: false, explicit: false, policyType };
  }
  return { allowed: true };
}

/** Whether one of the policies denies a request by name. */
export function deniedBy(documents: readonly PolicyDocument[], request: AccessRequest): boolean {
  return someStatement(documents, 'Deny', request);
}

function someStatement(
  documents: readonly PolicyDocument[],
  effect: 'Allow' | 'Deny',
  request: AccessRequest,
): boolean {
  return documents.some((document) =>
    document.Statement.some((statement) => statement.Effect === effect && statementMatches(statement, request)),
  );
}

/** Whether a statement speaks of this action, resource and circumstances. What cannot be judged counts against the caller: an Allow does not match, a Deny does. */
function statementMatches(statement: PolicyStatement, request: AccessRequest): boolean {
  return (
    actionMatches(statement, request.action) &&
    resourceMatches(statement, request) &&
    conditionsMatch(statement, request.keys)
  );
}

/** Whether Action or NotAction covers an action; the case of actions is ignored. */
export function actionMatches(statement: PolicyStatement, action: string): boolean {
  const covers = (pattern: string): boolean => globMatches(pattern.toLowerCase(), action.toLowerCase());
  return statement.NotAction ? !statement.NotAction.some(covers) : (statement.Action ?? []).some(covers);
}

function resourceMatches(statement: PolicyStatement, request: AccessRequest): boolean {
  const covers = (pattern: string): boolean => {
    const filled = fillVariables(pattern, request.keys);
    return filled === undefined
      ? unjudged(statement) !== Boolean(statement.NotResource)
      : globMatches(filled, request.resource);
  };
  if (statement.NotResource) return !statement.NotResource.some(covers);
  return (statement.Resource ?? []).some(covers);
}

/** Whether the whole Condition block holds. */
export function conditionsMatch(statement: PolicyStatement, keys: ConditionKeys): boolean {
  for (const [operator, lines] of Object.entries(statement.Condition ?? {})) {
    for (const [key, values] of Object.entries(lines)) {
      if (!lineMatches(statement, operator, key, values, keys)) return false;
    }
  }
  return true;
}

function lineMatches(
  statement: PolicyStatement,
  operator: string,
  key: string,
  values: readonly string[],
  keys: ConditionKeys,
): boolean {
  const filled = values.map((value) => fillVariables(value, keys));
  if (filled.includes(undefined)) return unjudged(statement);
  const result = testCondition(
    operator,
    key,
    filled.filter((value) => value !== undefined),
    keys,
  );
  return result === 'unknown-operator' ? unjudged(statement) : result === 'holds';
}

function unjudged(statement: PolicyStatement): boolean {
  return statement.Effect === 'Deny';
}

/** Fills `${aws:PrincipalTag/team}`; undefined when a variable has no single value in this request, or one that would act as a wildcard. */
function fillVariables(text: string, keys: ConditionKeys): string | undefined {
  let known = true;
  const filled = text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const values = keyValues(keys, name);
    const [value] = values ?? [];
    if (values?.length === 1 && value !== undefined && !/[*?]/.test(value)) return value;
    known = false;
    return '';
  });
  return known ? filled : undefined;
}
