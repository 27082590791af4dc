import { z } from 'zod';
import { isOwnName } from '../../domain/own-names.ts';
import type { AwsCall, PlanDraft, PlanStep, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { readAs, readAsOptional } from '../answer.ts';
import { refuse } from '../refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from '../tags.ts';

/** AKIA: a long-lived key of a user. ASIA: a session's key, let in only so that the refusal can say what to do instead. */
const Params = z.strictObject({ accessKeyId: z.string().regex(/^(AKIA|ASIA)[A-Z0-9]{12,124}$/) });

const KeyStatus = z.enum(['Active', 'Inactive', 'Expired']);
const Owner = z.object({ UserName: z.string().optional() });
const UserAnswer = z.object({ User: z.object({ UserName: z.string(), UserId: z.string(), Arn: z.string(), Tags }) });
const KeysAnswer = z.object({
  AccessKeyMetadata: z.array(z.object({ AccessKeyId: z.string(), Status: KeyStatus })).default([]),
});
const Before = z.object({ accessKeyId: z.string(), userName: z.string(), userArn: z.string(), userId: z.string() });

/** IAM's own characters for user names; the root user has none of these. */
const USER_NAME = /^[\w+=,.@-]{1,128}$/;

interface Holder {
  readonly userName: string;
  readonly userId: string;
  readonly userArn: string;
  readonly tags: Tags;
  readonly status: z.infer<typeof KeyStatus>;
  readonly otherKeys: readonly { readonly id: string; readonly status: string }[];
}

export default defineAction({
  id: 'iam.deactivate-access-key',
  version: 1,
  title: 'Deactivate the access key',
  risk: 'reversible',
  undoReexposes: true,
  undoAllowance: 'reactivateAccessKey',
  services: ['iam'],
  docs:
    'Sets one long-lived access key of an IAM user to Inactive. The user is taken from IAM itself, never from the finding. ' +
    'Sessions that were made with the key before live on until they expire.',
  reads: [
    {
      actions: ['iam:GetAccessKeyLastUsed', 'iam:GetUser', 'iam:ListAccessKeys'],
      resources: ['arn:{partition}:iam::{account}:user/*'],
      why: 'Whose key it is, its state, and the other keys of that user',
    },
  ],
  writes: [
    {
      actions: ['iam:UpdateAccessKey'],
      resources: ['arn:{partition}:iam::{account}:user/*'],
      why: 'Sets the key to Inactive, and back to Active when the change is undone',
    },
  ],
  params: Params,

  async plan(context, { accessKeyId }) {
    if (accessKeyId.startsWith('ASIA')) {
      return refuse(
        'unsupported',
        'This key belongs to a role session, not to a user.',
        'Revoke the sessions of the role instead.',
      );
    }
    const holder = await readHolder(context, accessKeyId);
    if ('refused' in holder) return holder;
    const refusal = refusalFor(context, holder);
    return refusal ?? deactivation(accessKeyId, holder);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const holder = await readHolder(context, before.accessKeyId);
    if ('refused' in holder) return holder;
    if (holder.userId !== before.userId || holder.userArn !== before.userArn) {
      return refuse(
        'drifted',
        'The key no longer belongs to the user it was taken from.',
        'Look at the user in IAM before anything else.',
      );
    }
    if (holder.status === 'Active') {
      return refuse(
        'nothing-to-do',
        'The key is active already.',
        'Somebody has re-activated it; see CloudTrail for UpdateAccessKey.',
      );
    }
    return refusalFor(context, { ...holder, status: 'Active' }) ?? reactivation(before.accessKeyId, holder);
  },
});

async function readHolder(context: PlanContext, accessKeyId: string): Promise<Holder | Refusal> {
  const unknown = refuse(
    'not-found',
    'IAM does not know this access key.',
    "It may have been deleted already; list the user's keys.",
  );
  const lastUse = iam('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId });
  const owner = await readAsOptional(context, lastUse, Owner, ['NoSuchEntity']);
  if (owner === undefined) return unknown;
  const userName = owner.UserName;
  if (userName === undefined || !USER_NAME.test(userName)) return rootRefusal();

  const found = await readAsOptional(context, iam('GetUser', { UserName: userName }), UserAnswer, ['NoSuchEntity']);
  if (found === undefined) return unknown;
  const user = found.User;
  if (!user.Arn.startsWith(`arn:${context.partition}:iam::${context.accountId}:user/`)) {
    return refuse(
      'mismatch',
      'The key belongs to a user of another account.',
      'Check which account the finding is about.',
    );
  }
  const { AccessKeyMetadata: keys } = await readAs(context, iam('ListAccessKeys', { UserName: userName }), KeysAnswer);
  const key = keys.find((candidate) => candidate.AccessKeyId === accessKeyId);
  if (key === undefined) return unknown;
  const otherKeys = keys
    .filter((candidate) => candidate !== key)
    .map((candidate) => ({ id: candidate.AccessKeyId, status: candidate.Status }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return { userName, userId: user.UserId, userArn: user.Arn, tags: user.Tags, status: key.Status, otherKeys };
}

function rootRefusal(): Refusal {
  return refuse(
    'unsupported',
    'This is a key of the root user; no role can change it.',
    'Sign in as the root user of the account, delete the key under Security credentials, and change the password and MFA.',
  );
}

function refusalFor(context: PlanContext, holder: Holder): Refusal | undefined {
  if (isOwnName(holder.userName, context.self.roleNames)) {
    return refuse('self', 'The key belongs to Cordon itself.', "Change Cordon's own credentials by hand.");
  }
  if (isProtected(holder.tags)) {
    return refuse(
      'protected',
      `The user carries the tag ${PROTECT_TAG}.`,
      'Ask the owner of the account; the tag must go before Cordon may act.',
    );
  }
  if (holder.status !== 'Active') {
    return refuse(
      'nothing-to-do',
      `The key is ${holder.status} already.`,
      'Go on with the sessions that were made with it.',
    );
  }
  return undefined;
}

function deactivation(accessKeyId: string, holder: Holder): PlanDraft {
  const others = holder.otherKeys.map(
    (key) => `The user has another access key, ${key.id} (${key.status}); it is not changed.`,
  );
  return {
    summary: `Set access key ${accessKeyId} of user ${holder.userName} to Inactive`,
    target: { type: 'AwsIamAccessKey', id: accessKeyId, arn: holder.userArn },
    changes: [{ path: `${holder.userArn} ${accessKeyId} Status`, before: 'Active', after: 'Inactive' }],
    blastRadius: [
      'Every program that signs with this key fails at once.',
      'Sessions made with the key before (STS) live on until they expire; a console password is not touched.',
      ...(others.length > 0 ? others : ['The user has no other access key.']),
    ],
    before: stateOf(accessKeyId, holder),
    steps: [statusStep('deactivate-key', accessKeyId, holder, 'Inactive')],
    verify: [statusProbe(accessKeyId, holder.userName, 'Inactive')],
    rollback: {
      available: true,
      summary:
        'Sets the key to Active again; two people, and only on playbooks that cordon.yaml names under allow.reactivateAccessKey.',
    },
  };
}

function reactivation(accessKeyId: string, holder: Holder): PlanDraft {
  return {
    summary: `Set access key ${accessKeyId} of user ${holder.userName} to Active again`,
    target: { type: 'AwsIamAccessKey', id: accessKeyId, arn: holder.userArn },
    changes: [{ path: `${holder.userArn} ${accessKeyId} Status`, before: holder.status, after: 'Active' }],
    blastRadius: ['Whoever holds a copy of this key can use it again at once.'],
    before: stateOf(accessKeyId, holder),
    steps: [statusStep('reactivate-key', accessKeyId, holder, 'Active')],
    verify: [statusProbe(accessKeyId, holder.userName, 'Active')],
    rollback: { available: false, why: 'Ask for the key to be deactivated again instead.' },
  };
}

function stateOf(accessKeyId: string, holder: Holder): PlanDraft['before'] {
  const { userName, userId, userArn, status, otherKeys } = holder;
  return { accessKeyId, userName, userId, userArn, status, otherKeys };
}

function statusStep(id: string, accessKeyId: string, holder: Holder, to: 'Active' | 'Inactive'): PlanStep {
  return {
    id,
    title: `Set the key to ${to}`,
    call: iam('UpdateAccessKey', { UserName: holder.userName, AccessKeyId: accessKeyId, Status: to }),
    iam: [{ actions: ['iam:UpdateAccessKey'], resources: [holder.userArn] }],
    precondition: [statusProbe(accessKeyId, holder.userName, holder.status)],
    applied: statusProbe(accessKeyId, holder.userName, to),
  };
}

function statusProbe(accessKeyId: string, userName: string, status: string): Probe {
  return {
    title: `The key is ${status}`,
    read: iam('ListAccessKeys', { UserName: userName }),
    query: `AccessKeyMetadata[?AccessKeyId=='${accessKeyId}'].Status | [0]`,
    expect: status,
    absentOn: ['NoSuchEntity'],
  };
}

function iam(operation: string, input: AwsCall['input']): AwsCall {
  return { service: 'iam', operation, input };
}
