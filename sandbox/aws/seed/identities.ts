import { ACCOUNTS } from '../../world.ts';
import { ADMIN_USER, adminKeyId } from '../admin.ts';
import { ADMINISTRATOR_ACCESS } from '../iam/policy-set.ts';
import { iamId } from '../state/ids.ts';
import type { AttachedPolicy, InlinePolicies } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import { accessKeyId, INSTANCE_ROLE, LEAKED_KEY_USER, MINING_FUNCTION, SERVICE_USERS } from './names.ts';

const CREATED = '2025-11-17T09:30:00.000Z';

interface SeedUser {
  readonly userName: string;
  readonly path?: string;
  readonly inline?: InlinePolicies;
  readonly attached?: readonly AttachedPolicy[];
}

function seedUser(state: State, account: string, user: SeedUser): void {
  state.table('users', account).put(user.userName, {
    UserName: user.userName,
    UserId: iamId('AIDA', 17, `${account}/${user.userName}`),
    Path: user.path ?? '/',
    CreateDate: CREATED,
    Tags: [{ Key: 'team', Value: 'platform' }],
    InlinePolicies: user.inline ?? {},
    AttachedPolicies: user.attached ?? [],
  });
}

function seedKey(
  state: State,
  account: string,
  UserName: string,
  AccessKeyId: string,
  Status: 'Active' | 'Inactive',
  service?: string,
): void {
  const used =
    service === undefined
      ? {}
      : { LastUsed: { Date: '2026-06-30T11:05:00.000Z', ServiceName: service, Region: 'eu-west-1' } };
  state.table('access-keys', account).put(AccessKeyId, { AccessKeyId, UserName, Status, CreateDate: CREATED, ...used });
}

function readOnlyBucketPolicy(bucket: string): InlinePolicies {
  return {
    'read-artifacts': JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:ListBucket'],
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        },
      ],
    }),
  };
}

interface SeedRole {
  readonly account: string;
  readonly roleName: string;
  /** Who may assume it, such as `ec2.amazonaws.com`. */
  readonly service: string;
  readonly bucket: string;
  readonly team: string;
}

/** A role that instances or functions carry, with one inline policy. */
function seedServiceRole(state: State, { account, roleName: RoleName, service, bucket, team }: SeedRole): void {
  state.table('roles', account).put(RoleName, {
    RoleName,
    RoleId: iamId('AROA', 17, `${account}/${RoleName}`),
    Path: '/service/',
    CreateDate: CREATED,
    MaxSessionDuration: 3600,
    Trust: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] }],
    },
    InlinePolicies: readOnlyBucketPolicy(bucket),
    AttachedPolicies: [],
    Tags: [{ Key: 'team', Value: team }],
  });
}

/** Users, keys and roles of every account. */
export function seedIdentities(state: State): void {
  for (const { id } of ACCOUNTS) {
    seedUser(state, id, {
      userName: ADMIN_USER,
      attached: [{ PolicyName: 'AdministratorAccess', PolicyArn: ADMINISTRATOR_ACCESS }],
    });
    seedKey(state, id, ADMIN_USER, adminKeyId(id), 'Active');
  }
  seedServiceRole(state, {
    ...INSTANCE_ROLE,
    service: 'ec2.amazonaws.com',
    bucket: 'acme-prod-data-exports',
    team: 'data',
  });
  seedServiceRole(state, {
    account: MINING_FUNCTION.account,
    roleName: MINING_FUNCTION.role,
    service: 'lambda.amazonaws.com',
    bucket: 'acme-prod-web-assets',
    team: 'web',
  });
  const { account, userName } = LEAKED_KEY_USER;
  seedUser(state, account, {
    userName,
    path: '/service/',
    inline: readOnlyBucketPolicy('acme-prod-payments-artifacts'),
  });
  seedKey(state, account, userName, accessKeyId(account, userName), 'Active', 's3');
  seedUser(state, account, { userName: 'ledger-export' });
  seedKey(state, account, 'ledger-export', accessKeyId(account, 'ledger-export', 0), 'Active', 'sqs');
  seedKey(state, account, 'ledger-export', accessKeyId(account, 'ledger-export', 1), 'Inactive');
  for (const name of SERVICE_USERS) {
    seedUser(state, account, { userName: name, path: '/service/' });
    seedKey(state, account, name, accessKeyId(account, name), 'Active', 'ec2');
  }
}
