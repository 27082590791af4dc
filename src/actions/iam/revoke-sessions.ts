import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { AwsCall, PlanDraft, PlanStep, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import {
  type Holder,
  INLINE_LIMITS,
  iam,
  inlineSize,
  nameOfPrincipal,
  type Principal,
  readHolder,
} from '../iam-principal.ts';
import { refuse } from '../refusal.ts';

const Name = z.string().regex(/^[\w+=,.@-]{1,128}$/);
/** One of the three. An ARN may be that of a user, a role, or a session of a role. */
const Params = z.union([
  z.strictObject({ roleName: Name }),
  z.strictObject({ userName: Name }),
  z.strictObject({
    principalArn: z
      .string()
      .max(2_048)
      .regex(/^arn:aws[a-z-]*:(iam|sts)::\d{12}:[\w+=,.@/:-]+$/),
  }),
]);
const Before = z.object({ kind: z.enum(['role', 'user']), name: Name, id: z.string(), policyName: Name });

export default defineAction({
  id: 'iam.revoke-sessions',
  version: 1,
  title: 'Revoke the sessions of the role or user',
  risk: 'reversible',
  undoReexposes: true,
  services: ['iam'],
  docs:
    'Puts an inline policy on the role or user that denies everything to sessions issued before the plan was asked for. Newer sessions and access keys are not touched. ' +
    'Undone by deleting that policy. Roles of IAM Identity Center and of AWS services are refused.',
  reads: [
    {
      actions: [
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:GetUser',
        'iam:GetUserPolicy',
        'iam:ListRolePolicies',
        'iam:ListUserPolicies',
      ],
      resources: ['arn:{partition}:iam::{account}:role/*', 'arn:{partition}:iam::{account}:user/*'],
      why: 'The role or user, its tags, and how much room its inline policies leave',
    },
  ],
  writes: [
    {
      actions: ['iam:DeleteRolePolicy', 'iam:DeleteUserPolicy', 'iam:PutRolePolicy', 'iam:PutUserPolicy'],
      resources: ['arn:{partition}:iam::{account}:role/*', 'arn:{partition}:iam::{account}:user/*'],
      why: 'Puts the policy that denies older sessions, and deletes it when the change is undone; IAM has no condition on what an inline policy says',
    },
  ],
  params: Params,

  async plan(context, params) {
    const principal = principalOf(context, params);
    if ('refused' in principal) return principal;
    const holder = await readHolder(context, principal);
    if ('refused' in holder) return holder;
    const document = denyBefore(context.plannedAt);
    const used = await inlineSize(context, holder);
    if (typeof used === 'object') return used;
    const limit = INLINE_LIMITS[holder.kind];
    if (used + document.length > limit) {
      return refuse(
        'too-large',
        `The inline policies of ${holder.name} leave ${limit - used} of ${limit} characters; ${document.length} are needed.`,
        'Attach a managed policy that denies sessions by aws:TokenIssueTime by hand, and move inline policies out.',
      );
    }
    return revoking(context, holder, document);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const holder = await readHolder(context, before);
    if ('refused' in holder) return holder;
    if (holder.id !== before.id) {
      return refuse('drifted', `${holder.name} was deleted and made anew since.`, 'The policy went with the old one.');
    }
    const present = await context.readOptional(getPolicy(holder, before.policyName), ['NoSuchEntity']);
    if (present === undefined) {
      return refuse('nothing-to-do', 'The policy is gone already.', 'See CloudTrail for who deleted it.');
    }
    return restoring(holder, before.policyName, plan.changes[0]?.after ?? null);
  },
});

function principalOf(context: PlanContext, params: z.infer<typeof Params>): Principal | Refusal {
  if ('roleName' in params) return { kind: 'role', name: params.roleName };
  if ('userName' in params) return { kind: 'user', name: params.userName };
  return nameOfPrincipal(context, params.principalArn);
}

/** Access keys of a user have no issue time, so that the condition never meets them. */
function denyBefore(time: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'CordonRevokesOlderSessions',
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': time } },
      },
    ],
  });
}

function revoking(context: PlanContext, holder: Holder, document: string): PlanDraft {
  const policyName = `cordon-revoke-${context.runId}`;
  return {
    summary: `Deny everything to sessions of ${holder.kind} ${holder.name} issued before ${context.plannedAt}`,
    target: targetOf(holder),
    changes: [{ path: pathOf(holder, policyName), before: null, after: document }],
    blastRadius: blastRadius(context, holder),
    before: stateOf(holder, policyName),
    steps: [
      {
        id: 'put-policy',
        title: 'Put the policy that denies older sessions',
        call: policyCall('Put', holder, { PolicyName: policyName, PolicyDocument: document }),
        iam: [{ actions: [`iam:Put${WORD[holder.kind]}Policy`], resources: [holder.arn] }],
        precondition: [isTheSame(holder), policyIs(holder, policyName, null)],
        applied: policyIs(holder, policyName, context.plannedAt),
      },
    ],
    verify: [policyIs(holder, policyName, context.plannedAt)],
    rollback: {
      available: true,
      summary: 'Deletes the policy; sessions from before that have not expired work again (two people).',
    },
  };
}

function blastRadius(context: PlanContext, holder: Holder): readonly string[] {
  const newer = `Sessions issued after ${context.plannedAt} work: whoever can still get new ones is not stopped by this.`;
  if (holder.kind === 'user') {
    return [
      'Sessions that were made from the keys of this user before are denied everything; its access keys and console password are not touched.',
      newer,
    ];
  }
  return [
    'Programs and people that use the role now are denied everything until they fetch new credentials; most SDKs do so only shortly before expiry.',
    'Instances get new credentials within hours, not at once: what runs on them may fail until then or until it is restarted.',
    newer,
  ];
}

function restoring(holder: Holder, policyName: string, document: PlanDraft['changes'][number]['before']): PlanDraft {
  const step: PlanStep = {
    id: 'delete-policy',
    title: 'Delete the policy that denies older sessions',
    call: policyCall('Delete', holder, { PolicyName: policyName }),
    iam: [{ actions: [`iam:Delete${WORD[holder.kind]}Policy`], resources: [holder.arn] }],
    precondition: [isTheSame(holder)],
    applied: policyIs(holder, policyName, null),
  };
  return {
    summary: `Let the older sessions of ${holder.kind} ${holder.name} work again`,
    target: targetOf(holder),
    changes: [{ path: pathOf(holder, policyName), before: document, after: null }],
    blastRadius: ['Whoever holds a session from before that has not expired can use it again at once.'],
    before: stateOf(holder, policyName),
    steps: [step],
    verify: [policyIs(holder, policyName, null)],
    rollback: { available: false, why: 'Ask for the sessions to be revoked again instead.' },
  };
}

const WORD = { role: 'Role', user: 'User' } as const;

function policyCall(verb: 'Put' | 'Delete', holder: Holder, input: JsonObject): AwsCall {
  const word = WORD[holder.kind];
  return iam(`${verb}${word}Policy`, { [`${word}Name`]: holder.name, ...input });
}

function getPolicy(holder: Holder, policyName: string): AwsCall {
  const word = WORD[holder.kind];
  return iam(`Get${word}Policy`, { [`${word}Name`]: holder.name, PolicyName: policyName });
}

/** IAM gives a policy back percent-encoded: parts that no encoding touches are looked for. The name belongs to one run alone. */
function policyIs(holder: Holder, policyName: string, deniesBefore: string | null): Probe {
  const parts = ['Deny', 'DateLessThan', 'TokenIssueTime', ...(deniesBefore?.split(':') ?? [])];
  return {
    title: deniesBefore === null ? 'There is no such policy' : `The policy denies sessions from before ${deniesBefore}`,
    read: getPolicy(holder, policyName),
    query: parts.map((part) => `contains(PolicyDocument, '${part}')`).join(' && '),
    expect: deniesBefore === null ? null : true,
    absentOn: ['NoSuchEntity'],
  };
}

function isTheSame(holder: Holder): Probe {
  const word = WORD[holder.kind];
  return {
    title: `It is the same ${holder.kind} still`,
    read: iam(`Get${word}`, { [`${word}Name`]: holder.name }),
    query: `${word}.${word}Id`,
    expect: holder.id,
  };
}

function pathOf(holder: Holder, policyName: string): string {
  return `${holder.arn} inline policy ${policyName}`;
}

function targetOf(holder: Holder): PlanDraft['target'] {
  return { type: holder.kind === 'role' ? 'AwsIamRole' : 'AwsIamUser', id: holder.name, arn: holder.arn };
}

function stateOf({ kind, name, id, arn, longestSession }: Holder, policyName: string): JsonObject {
  return { kind, name, id, arn, longestSession, policyName };
}
