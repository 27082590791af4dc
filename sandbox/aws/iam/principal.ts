import { ORGANIZATION_ID } from '../../world.ts';
import type { ConditionKeys } from './conditions.ts';
import type { PolicyDocument } from './policy.ts';

/** Who makes a call, with everything that decides what they may do. */
export interface Principal {
  readonly kind: 'role' | 'user';
  readonly account: string;
  /** The role's or user's name; its policies are looked up at every call, so that a change counts at once. */
  readonly name: string;
  /** What GetCallerIdentity says: the session's or the user's ARN. */
  readonly arn: string;
  /** The role behind a session, or the user itself: `aws:PrincipalArn`. */
  readonly principalArn: string;
  readonly userId: string;
  readonly sessionName?: string;
  readonly sourceIdentity?: string;
  /** ISO time at which the session was handed out. */
  readonly issuedAt?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTags: readonly string[];
  /** Policies handed to AssumeRole; undefined when none were. */
  readonly sessionPolicies?: readonly PolicyDocument[];
}

/** The condition keys that come from who calls. */
export function principalKeys(principal: Principal): ConditionKeys {
  return {
    'aws:PrincipalArn': principal.principalArn,
    'aws:PrincipalAccount': principal.account,
    'aws:PrincipalOrgID': ORGANIZATION_ID,
    'aws:PrincipalType': principal.kind === 'user' ? 'User' : 'AssumedRole',
    'aws:userid': principal.userId,
    'aws:username': principal.kind === 'user' ? principal.name : undefined,
    'aws:SourceIdentity': principal.sourceIdentity,
    'aws:TokenIssueTime': principal.issuedAt,
    ...Object.fromEntries(Object.entries(principal.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}
