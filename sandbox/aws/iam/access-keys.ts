import { z } from 'zod';
import { iamArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import type { AccessKey } from '../state/kinds.ts';
import { userNameOf, userOf } from './lookup.ts';
import { EntityName, iamPage, Paging, userNeed } from './users.ts';

const KeyId = z.string().min(16).max(128).regex(/^\w+$/, 'Member must satisfy regular expression pattern: [\\w]+');

function keyOf(call: Call, id: string): AccessKey | undefined {
  return call.state.table('access-keys', call.account).get(id);
}

function noSuchKey(id: string): AwsError {
  return new AwsError('NoSuchEntity', `The Access Key with id ${id} cannot be found.`, { status: 404 });
}

const listAccessKeys = defineOperation({
  name: 'ListAccessKeys',
  input: z.strictObject({ UserName: EntityName.optional(), ...Paging }),
  needs: (input, call) => userNeed('iam:ListAccessKeys', call, userNameOf(call, input.UserName)),
  run(input, call) {
    const user = userOf(call, userNameOf(call, input.UserName));
    const keys = call.state
      .table('access-keys', call.account)
      .list()
      .filter((key) => key.UserName === user.UserName);
    const { items, rest } = iamPage(keys, input);
    return {
      AccessKeyMetadata: items.map(({ UserName, AccessKeyId, Status, CreateDate }) => ({
        UserName,
        AccessKeyId,
        Status,
        CreateDate: new Date(CreateDate),
      })),
      ...rest,
    };
  },
});

/** Answers with the user of a key, too: the only way to find whose key an id is. */
const getAccessKeyLastUsed = defineOperation({
  name: 'GetAccessKeyLastUsed',
  input: z.strictObject({ AccessKeyId: KeyId }),
  needs(input, call) {
    const key = keyOf(call, input.AccessKeyId);
    if (key) return userNeed('iam:GetAccessKeyLastUsed', call, key.UserName);
    return [{ action: 'iam:GetAccessKeyLastUsed', resource: iamArn(call.account, 'user', '/', '*') }];
  },
  run(input, call) {
    const key = keyOf(call, input.AccessKeyId);
    if (!key) throw noSuchKey(input.AccessKeyId);
    const used = key.LastUsed;
    return {
      UserName: key.UserName,
      AccessKeyLastUsed: used
        ? { LastUsedDate: new Date(used.Date), ServiceName: used.ServiceName, Region: used.Region }
        : { ServiceName: 'N/A', Region: 'N/A' },
    };
  },
});

const updateAccessKey = defineOperation({
  name: 'UpdateAccessKey',
  write: true,
  input: z.strictObject({
    UserName: EntityName.optional(),
    AccessKeyId: KeyId,
    Status: z.enum(['Active', 'Inactive']),
  }),
  needs: (input, call) => userNeed('iam:UpdateAccessKey', call, userNameOf(call, input.UserName)),
  run(input, call) {
    const user = userOf(call, userNameOf(call, input.UserName));
    const key = keyOf(call, input.AccessKeyId);
    if (key?.UserName !== user.UserName) throw noSuchKey(input.AccessKeyId);
    call.state.table('access-keys', call.account).put(key.AccessKeyId, { ...key, Status: input.Status });
    return {};
  },
});

export const accessKeyOperations = [listAccessKeys, getAccessKeyLastUsed, updateAccessKey];
