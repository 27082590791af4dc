import { z } from 'zod';
import { isOwnName } from '../domain/own-names.ts';
import type { AwsCall, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { readAs, readAsOptional } from './answer.ts';
import { refuse } from './refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from './tags.ts';

/** Characters of inline policies, white space not counted, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const INLINE_LIMITS = { role: 10_240, user: 2_048 } as const;

export interface Principal {
  readonly kind: 'role' | 'user';
  readonly name: string;
}

/** A role or user as IAM knows it. */
export interface Holder extends Principal {
  readonly id: string;
  readonly arn: string;
  /** Seconds; null for users. */
  readonly longestSession: number | null;
}

const RoleAnswer = z.object({
  Role: z.object({ RoleId: z.string(), Arn: z.string(), Path: z.string(), MaxSessionDuration: z.number(), Tags }),
});
const UserAnswer = z.object({ User: z.object({ UserId: z.string(), Arn: z.string(), Tags }) });
const NamesAnswer = z.object({ PolicyNames: z.array(z.string()).default([]), IsTruncated: z.boolean().default(false) });
const PolicyAnswer = z.object({ PolicyDocument: z.string() });

/** The role or user that an ARN speaks of; a session's ARN names its role. */
export function nameOfPrincipal(context: PlanContext, arn: string): Principal | Refusal {
  const [, , , , account, resource = ''] = arn.split(':');
  const [kind, ...rest] = resource.split('/');
  if (account !== context.accountId) {
    return refuse(
      'mismatch',
      'The principal belongs to another account.',
      'Revoke its sessions in the account that owns it; here only its access can be cut.',
    );
  }
  const name = kind === 'assumed-role' ? rest[0] : rest.at(-1);
  if (name !== undefined && (kind === 'role' || kind === 'assumed-role')) return { kind: 'role', name };
  if (name !== undefined && kind === 'user') return { kind: 'user', name };
  return refuse(
    'unsupported',
    'Sessions can be revoked of a role or a user only, and this is neither.',
    'For the root user: change its password and MFA, and delete its keys. For a federated user: act on the user who made the session.',
  );
}

/** The role or user as it is now, or why Cordon leaves it alone: not there, AWS's own, protected by tag, or Cordon's. */
export async function readHolder(context: PlanContext, { kind, name }: Principal): Promise<Holder | Refusal> {
  const own = refuse('self', 'This is an identity of Cordon itself.', "Change Cordon's own roles by hand.");
  if (isOwnName(name, context.self.roleNames)) return own;
  const found = kind === 'role' ? await readRole(context, name) : await readUser(context, name);
  if (found === undefined) {
    return refuse('not-found', `There is no ${kind} ${name} in this account.`, 'It may have been deleted already.');
  }
  if ('refused' in found) return found;
  if (!found.arn.startsWith(`arn:${context.partition}:iam::${context.accountId}:${kind}/`)) {
    return refuse('mismatch', `The ${kind} belongs to another account.`, 'Check which account the finding is about.');
  }
  if (isOwnName(found.arn.split('/').at(-1) ?? '', context.self.roleNames)) return own;
  if (isProtected(found.tags)) {
    return refuse(
      'protected',
      `The ${kind} carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  const { id, arn, longestSession } = found;
  return { kind, name, id, arn, longestSession };
}

type Found = Omit<Holder, keyof Principal> & { readonly tags: Tags };

async function readRole(context: PlanContext, name: string): Promise<Found | Refusal | undefined> {
  const answer = await readAsOptional(context, iam('GetRole', { RoleName: name }), RoleAnswer, ['NoSuchEntity']);
  if (answer === undefined) return undefined;
  const { RoleId, Arn, Path, MaxSessionDuration, Tags: tags } = answer.Role;
  if (Path.startsWith('/aws-reserved/') || name.startsWith('AWSReservedSSO_')) {
    return refuse(
      'unsupported',
      'This role belongs to IAM Identity Center, which would undo a change to it.',
      'End the sessions of the person in Identity Center, and disable the person there.',
    );
  }
  if (Path.startsWith('/aws-service-role/')) {
    return refuse(
      'unsupported',
      'This role belongs to an AWS service and cannot be changed.',
      'Stop the service that uses it, or ask AWS Support.',
    );
  }
  return { id: RoleId, arn: Arn, longestSession: MaxSessionDuration, tags };
}

async function readUser(context: PlanContext, name: string): Promise<Found | undefined> {
  const answer = await readAsOptional(context, iam('GetUser', { UserName: name }), UserAnswer, ['NoSuchEntity']);
  if (answer === undefined) return undefined;
  return { id: answer.User.UserId, arn: answer.User.Arn, longestSession: null, tags: answer.User.Tags };
}

/** How many characters of inline policies the role or user has, as IAM counts them. */
export async function inlineSize(context: PlanContext, { kind, name }: Principal): Promise<number | Refusal> {
  const word = kind === 'role' ? 'Role' : 'User';
  const who = { [`${word}Name`]: name };
  const names = await readAs(context, iam(`List${word}Policies`, who), NamesAnswer);
  if (names.IsTruncated) {
    return refuse('too-large', `The ${kind} has more inline policies than IAM lists at once.`, 'Act by hand.');
  }
  let size = 0;
  for (const PolicyName of names.PolicyNames) {
    const { PolicyDocument } = await readAs(context, iam(`Get${word}Policy`, { ...who, PolicyName }), PolicyAnswer);
    size += decodeURIComponent(PolicyDocument).replace(/\s/g, '').length;
  }
  return size;
}

export function iam(operation: string, input: AwsCall['input']): AwsCall {
  return { service: 'iam', operation, input };
}
