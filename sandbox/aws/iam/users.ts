import { z } from 'zod';
import { iamArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, type Need, resourceTagKeys } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { User } from '../state/kinds.ts';
import { noSuchPolicy, userNameOf, userOf } from './lookup.ts';
import { identityProblem, parsePolicy } from './policy.ts';

/** A name as IAM takes it; users and roles share the pattern. */
export const EntityName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w+=,.@-]+$/, 'Member must satisfy regular expression pattern: [\\w+=,.@-]+');
/** IAM's paging members. */
export const Paging = { Marker: z.string().optional(), MaxItems: z.number().int().min(1).max(1000).default(100) };

/** The page of a list as IAM answers it. */
export function iamPage<T>(
  all: readonly T[],
  input: { Marker?: string | undefined; MaxItems: number },
): { items: readonly T[]; rest: object } {
  const { items, next } = pageOf(all, input.MaxItems, input.Marker, 'ValidationError');
  return { items, rest: next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: next } };
}

/** What a call on a user needs. An unknown user is judged by the ARN it would have, so that permission is asked before existence. */
export function userNeed(action: string, call: Call, name: string): Need[] {
  const user = call.state.table('users', call.account).get(name);
  return [
    {
      action,
      resource: iamArn(call.account, 'user', user?.Path ?? '/', name),
      keys: resourceTagKeys(user?.Tags ?? []),
    },
  ];
}

function userShape(call: Call, user: User): object {
  const { UserName, UserId, Path, CreateDate, Tags } = user;
  return {
    UserName,
    UserId,
    Path,
    CreateDate: new Date(CreateDate),
    Arn: iamArn(call.account, 'user', Path, UserName),
    ...(Tags.length > 0 ? { Tags } : {}),
  };
}

const getUser = defineOperation({
  name: 'GetUser',
  input: z.strictObject({ UserName: EntityName.optional() }),
  needs: (input, call) => userNeed('iam:GetUser', call, userNameOf(call, input.UserName)),
  run: (input, call) => ({ User: userShape(call, userOf(call, userNameOf(call, input.UserName))) }),
});

const listUsers = defineOperation({
  name: 'ListUsers',
  input: z.strictObject({ PathPrefix: z.string().default('/'), ...Paging }),
  needs: (input, call) => [{ action: 'iam:ListUsers', resource: iamArn(call.account, 'user', input.PathPrefix, '') }],
  run(input, call) {
    const users = call.state
      .table('users', call.account)
      .list()
      .filter((user) => user.Path.startsWith(input.PathPrefix));
    const { items, rest } = iamPage(users, input);
    return { Users: items.map((user) => userShape(call, user)), ...rest };
  },
});

const listUserPolicies = defineOperation({
  name: 'ListUserPolicies',
  input: z.strictObject({ UserName: EntityName, ...Paging }),
  needs: (input, call) => userNeed('iam:ListUserPolicies', call, input.UserName),
  run(input, call) {
    const { items, rest } = iamPage(Object.keys(userOf(call, input.UserName).InlinePolicies), input);
    return { PolicyNames: items, ...rest };
  },
});

const getUserPolicy = defineOperation({
  name: 'GetUserPolicy',
  input: z.strictObject({ UserName: EntityName, PolicyName: EntityName }),
  needs: (input, call) => userNeed('iam:GetUserPolicy', call, input.UserName),
  run(input, call) {
    const text = userOf(call, input.UserName).InlinePolicies[input.PolicyName];
    if (text === undefined) throw noSuchPolicy('user', input.PolicyName);
    return { ...input, PolicyDocument: encodeURIComponent(text) };
  },
});

const putUserPolicy = defineOperation({
  name: 'PutUserPolicy',
  write: true,
  input: z.strictObject({
    UserName: EntityName,
    PolicyName: EntityName,
    PolicyDocument: z.string().min(1).max(131_072),
  }),
  needs: (input, call) => userNeed('iam:PutUserPolicy', call, input.UserName),
  run(input, call) {
    const user = userOf(call, input.UserName);
    checkPolicyDocument(input.PolicyDocument);
    call.state.table('users', call.account).put(user.UserName, {
      ...user,
      InlinePolicies: { ...user.InlinePolicies, [input.PolicyName]: input.PolicyDocument },
    });
    return {};
  },
});

const deleteUserPolicy = defineOperation({
  name: 'DeleteUserPolicy',
  write: true,
  input: z.strictObject({ UserName: EntityName, PolicyName: EntityName }),
  needs: (input, call) => userNeed('iam:DeleteUserPolicy', call, input.UserName),
  run(input, call) {
    const user = userOf(call, input.UserName);
    const { [input.PolicyName]: removed, ...kept } = user.InlinePolicies;
    if (removed === undefined) throw noSuchPolicy('user', input.PolicyName);
    call.state.table('users', call.account).put(user.UserName, { ...user, InlinePolicies: kept });
    return {};
  },
});

const listAttachedUserPolicies = defineOperation({
  name: 'ListAttachedUserPolicies',
  input: z.strictObject({ UserName: EntityName, PathPrefix: z.string().optional(), ...Paging }),
  needs: (input, call) => userNeed('iam:ListAttachedUserPolicies', call, input.UserName),
  run(input, call) {
    const { items, rest } = iamPage(userOf(call, input.UserName).AttachedPolicies, input);
    return { AttachedPolicies: items, ...rest };
  },
});

const listUserTags = defineOperation({
  name: 'ListUserTags',
  input: z.strictObject({ UserName: EntityName, ...Paging }),
  needs: (input, call) => userNeed('iam:ListUserTags', call, input.UserName),
  run(input, call) {
    const { items, rest } = iamPage(userOf(call, input.UserName).Tags, input);
    return { Tags: items, ...rest };
  },
});

/** Throws MalformedPolicyDocument when a text is no identity policy. */
export function checkPolicyDocument(text: string): void {
  const parsed = parsePolicy(text);
  const problem = parsed.ok ? identityProblem(parsed.policy) : parsed.problem;
  if (problem !== undefined) throw new AwsError('MalformedPolicyDocument', `Syntax errors in policy: ${problem}`);
}

export const userOperations = [
  getUser,
  listUsers,
  listUserPolicies,
  getUserPolicy,
  putUserPolicy,
  deleteUserPolicy,
  listAttachedUserPolicies,
  listUserTags,
];
