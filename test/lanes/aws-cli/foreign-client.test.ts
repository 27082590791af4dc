import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminCredentials } from '../../../sandbox/aws/admin.ts';
import { externalIdOf } from '../../../sandbox/aws/deploy/organization-roles.ts';
import { accessKeyId, groupId, instanceId, vpcId } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { HUB_CREDENTIALS, QUEUE_NAME } from '../../../sandbox/world.ts';
import { startTestAws } from '../../integration/sandbox-aws/harness.ts';

const run = promisify(execFile);
let aws: RunningAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-aws-cli-'));
  aws = await startTestAws();
});

afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Runs the AWS CLI with an environment of its own: no profile, no other endpoint. Gives what it printed, or what it complained. */
async function cli(credentials: Credentials, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    ...pyenv(),
  };
  return run('aws', [...args, '--output', 'json', '--endpoint-url', aws.endpoint], { env }).then(
    ({ stdout }) => stdout,
    (error: unknown) => `failed: ${error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)}`,
  );
}

/** Where Python is managed by pyenv, its shims look for their versions here. */
function pyenv(): Record<string, string> {
  const root =
    process.env['PYENV_ROOT'] ?? (process.env['HOME'] === undefined ? undefined : join(process.env['HOME'], '.pyenv'));
  return root === undefined ? {} : { PYENV_ROOT: root };
}

const PAYMENTS = adminCredentials('333333333331');
const WEB = adminCredentials('333333333332');
const DATA = adminCredentials('333333333333');
const KEY = accessKeyId('333333333331', 'ci-deploy');
const INSTANCE = instanceId('333333333333', 'etl-runner');

test('STS: who am I, and a role with everything a session may have', async () => {
  expect(JSON.parse(await cli(WEB, 'sts', 'get-caller-identity'))).toMatchObject({ Account: '333333333332' });
  const role = [
    '--role-arn',
    'arn:aws:iam::333333333331:role/cordon-remediate',
    '--role-session-name',
    'inc-1',
    '--source-identity',
    'run-1',
    '--duration-seconds',
    '900',
  ];
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iam:UpdateAccessKey', Resource: '*' }],
  });
  const answer = JSON.parse(
    await cli(
      HUB_CREDENTIALS,
      'sts',
      'assume-role',
      ...role,
      '--external-id',
      externalIdOf('333333333331'),
      '--tags',
      'Key=case,Value=inc-1',
      '--policy',
      policy,
    ),
  );
  const session = {
    accessKeyId: answer.Credentials.AccessKeyId,
    secretAccessKey: answer.Credentials.SecretAccessKey,
    sessionToken: answer.Credentials.SessionToken,
  };
  expect(await cli(session, 'iam', 'list-access-keys', '--user-name', 'ci-deploy')).toContain(
    'no session policy allows the iam:ListAccessKeys action',
  );
  expect(await cli(HUB_CREDENTIALS, 'sts', 'assume-role', ...role, '--external-id', 'wrong')).toContain(
    '(AccessDenied)',
  );
});

test('IAM: a key is found, set to Inactive and read back', async () => {
  expect(JSON.parse(await cli(PAYMENTS, 'iam', 'get-access-key-last-used', '--access-key-id', KEY))).toMatchObject({
    UserName: 'ci-deploy',
  });
  expect(JSON.parse(await cli(PAYMENTS, 'iam', 'get-user', '--user-name', 'ci-deploy'))).toMatchObject({
    User: { Path: '/service/' },
  });
  expect(
    await cli(
      PAYMENTS,
      'iam',
      'update-access-key',
      '--user-name',
      'ci-deploy',
      '--access-key-id',
      KEY,
      '--status',
      'Inactive',
    ),
  ).toBe('');
  expect(JSON.parse(await cli(PAYMENTS, 'iam', 'list-access-keys', '--user-name', 'ci-deploy'))).toMatchObject({
    AccessKeyMetadata: [{ Status: 'Inactive' }],
  });
  expect(JSON.parse(await cli(PAYMENTS, 'iam', 'list-users', '--max-items', '2')).Users).toHaveLength(2);
  expect(await cli(PAYMENTS, 'iam', 'get-user', '--user-name', 'nobody')).toContain('(NoSuchEntity)');
});

test('S3: settings of a bucket, and objects', async () => {
  const bucket = ['--bucket', 'acme-prod-web-assets'];
  expect(JSON.parse(await cli(WEB, 's3api', 'list-buckets')).Buckets.length).toBeGreaterThan(5);
  expect(await cli(WEB, 's3api', 'get-public-access-block', ...bucket)).toContain(
    '(NoSuchPublicAccessBlockConfiguration)',
  );
  const block = 'BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true';
  expect(
    await cli(WEB, 's3api', 'put-public-access-block', ...bucket, '--public-access-block-configuration', block),
  ).toBe('');
  expect(
    JSON.parse(await cli(WEB, 's3api', 'get-public-access-block', ...bucket)).PublicAccessBlockConfiguration
      .BlockPublicAcls,
  ).toBe(true);
  expect(await cli(WEB, 's3api', 'delete-public-access-block', ...bucket)).toBe('');
  expect(JSON.parse(await cli(WEB, 's3api', 'get-bucket-policy-status', ...bucket))).toEqual({
    PolicyStatus: { IsPublic: true },
  });
  expect(JSON.parse(await cli(WEB, 's3api', 'get-bucket-location', ...bucket))).toEqual({
    LocationConstraint: 'eu-west-1',
  });
  expect(JSON.parse(await cli(WEB, 's3api', 'get-bucket-acl', ...bucket)).Grants[0].Grantee.Type).toBe('CanonicalUser');
  const [up, down] = [join(folder, 'up.txt'), join(folder, 'down.txt')];
  writeFileSync(up, 'héllo');
  expect(await cli(WEB, 's3', 'cp', up, 's3://acme-prod-web-logs/a/é b.txt')).toContain('upload');
  expect(await cli(WEB, 's3', 'ls', 's3://acme-prod-web-logs/')).toContain('PRE a/');
  expect(await cli(WEB, 's3', 'cp', 's3://acme-prod-web-logs/a/é b.txt', down)).toContain('download');
  expect(readFileSync(down, 'utf8')).toBe('héllo');
});

test('EC2: an instance is read and isolated by hand', async () => {
  const instances = JSON.parse(await cli(DATA, 'ec2', 'describe-instances', '--instance-ids', INSTANCE));
  const [eni] = instances.Reservations[0].Instances[0].NetworkInterfaces;
  const vpc = vpcId('333333333333', 'eu-west-1/data');
  const tags = 'ResourceType=security-group,Tags=[{Key=cordon:run,Value=run-1}]';
  const group = JSON.parse(
    await cli(
      DATA,
      'ec2',
      'create-security-group',
      '--group-name',
      'by-hand',
      '--description',
      'x',
      '--vpc-id',
      vpc,
      '--tag-specifications',
      tags,
    ),
  ).GroupId;
  expect(
    await cli(DATA, 'ec2', 'create-security-group', '--group-name', 'by-hand', '--description', 'x', '--vpc-id', vpc),
  ).toContain('(InvalidGroup.Duplicate)');
  expect(
    JSON.parse(
      await cli(
        DATA,
        'ec2',
        'revoke-security-group-egress',
        '--group-id',
        group,
        '--protocol',
        'all',
        '--cidr',
        '0.0.0.0/0',
      ),
    ),
  ).toMatchObject({ Return: true });
  expect(
    await cli(
      DATA,
      'ec2',
      'modify-network-interface-attribute',
      '--network-interface-id',
      eni.NetworkInterfaceId,
      '--groups',
      group,
    ),
  ).toBe('');
  const inGroup = JSON.parse(
    await cli(DATA, 'ec2', 'describe-network-interfaces', '--filters', `Name=group-id,Values=${group}`),
  );
  expect(inGroup.NetworkInterfaces).toHaveLength(1);
  expect(await cli(DATA, 'ec2', 'delete-security-group', '--group-id', group)).toContain('(DependencyViolation)');
  const service = groupId('333333333333', 'eu-west-1/data', 'service');
  expect(
    await cli(
      DATA,
      'ec2',
      'modify-network-interface-attribute',
      '--network-interface-id',
      eni.NetworkInterfaceId,
      '--groups',
      service,
    ),
  ).toBe('');
  expect(await cli(DATA, 'ec2', 'delete-security-group', '--group-id', group)).not.toContain('failed');
  const owned = async (): Promise<number> =>
    JSON.parse(await cli(DATA, 'ec2', 'describe-snapshots', '--owner-ids', 'self')).Snapshots.length;
  const before = await owned();
  const snapshots = JSON.parse(
    await cli(
      DATA,
      'ec2',
      'create-snapshots',
      '--instance-specification',
      `InstanceId=${INSTANCE}`,
      '--description',
      'by hand',
    ),
  );
  expect(snapshots.Snapshots).toHaveLength(2);
  expect(await owned()).toBe(before + 2);
  expect(await cli(DATA, 'ec2', 'describe-images')).toContain('ec2:DescribeImages is not simulated');
});

test('SQS: a message is sent, received and deleted', async () => {
  const security = adminCredentials('222222222222');
  const { QueueUrl } = JSON.parse(await cli(security, 'sqs', 'get-queue-url', '--queue-name', QUEUE_NAME));
  const url = ['--queue-url', QueueUrl];
  expect(JSON.parse(await cli(security, 'sqs', 'send-message', ...url, '--message-body', 'héllo'))).toMatchObject({
    MessageId: expect.any(String),
  });
  const { Messages } = JSON.parse(await cli(security, 'sqs', 'receive-message', ...url, '--attribute-names', 'All'));
  expect(Messages).toMatchObject([{ Body: 'héllo', Attributes: { ApproximateReceiveCount: '1' } }]);
  expect(await cli(security, 'sqs', 'delete-message', ...url, '--receipt-handle', Messages[0].ReceiptHandle)).toBe('');
  expect(
    JSON.parse(await cli(security, 'sqs', 'get-queue-attributes', ...url, '--attribute-names', 'All')).Attributes,
  ).toMatchObject({ ApproximateNumberOfMessagesNotVisible: '0' });
  expect(await cli(security, 'sqs', 'get-queue-url', '--queue-name', 'nowhere')).toContain('NonExistentQueue');
});

test('a wrong secret and an unknown key are refused as by AWS', async () => {
  expect(await cli({ ...WEB, secretAccessKey: 'guess' }, 'sts', 'get-caller-identity')).toContain(
    '(SignatureDoesNotMatch)',
  );
  expect(await cli({ ...WEB, accessKeyId: 'AKIANOBODYKNOWSTHIS0' }, 'ec2', 'describe-vpcs')).toContain('(AuthFailure)');
  expect(await cli({ ...WEB, accessKeyId: 'AKIANOBODYKNOWSTHIS0' }, 's3api', 'list-buckets')).toContain(
    '(InvalidAccessKeyId)',
  );
});
