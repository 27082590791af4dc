import { CreateSecurityGroupCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { ListAccessKeysCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { GetPublicAccessBlockCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { accessKeyId, vpcId } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, control, startTestAws } from './harness.ts';

const ACCOUNT = '333333333331';
const KEY = { UserName: 'ci-deploy', AccessKeyId: accessKeyId(ACCOUNT, 'ci-deploy') };
let aws: RunningAws;
let iam: ReturnType<typeof adminClients>['iam'];

beforeAll(async () => {
  aws = await startTestAws();
  iam = adminClients(aws, ACCOUNT).iam;
});

afterEach(async () => {
  await control(aws, 'DELETE', '/faults');
  await iam.send(new UpdateAccessKeyCommand({ ...KEY, Status: 'Active' }));
});

afterAll(() => aws.close());

async function status(): Promise<string | undefined> {
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'ci-deploy' }));
  return AccessKeyMetadata?.[0]?.Status;
}

function deactivate(abortSignal?: AbortSignal): Promise<unknown> {
  return iam.send(new UpdateAccessKeyCommand({ ...KEY, Status: 'Inactive' }), abortSignal ? { abortSignal } : {});
}

function order(kind: string, rest: object = {}): Promise<{ status: number; body: unknown }> {
  return control(aws, 'POST', '/faults', { service: 'iam', operation: 'UpdateAccessKey', kind, ...rest });
}

const Entries = z.object({
  entries: z.array(
    z.looseObject({
      status: z.number(),
      effect: z.boolean(),
      write: z.boolean(),
      faulted: z.string().nullable(),
      target: z.string(),
      errorCode: z.string().nullable(),
    }),
  ),
});

async function lastEntry() {
  const { body } = await control(aws, 'GET', '/log?service=iam&operation=UpdateAccessKey');
  return Entries.parse(body).entries.at(-1);
}

test.each([
  ['throttle', 'Throttling'],
  ['server-error', 'ServiceFailure'],
  ['expire-token', 'ExpiredToken'],
  ['deny', 'AccessDenied'],
])('%s is answered as AWS does, once, and nothing is applied', async (kind, name) => {
  await order(kind);
  const error: unknown = await deactivate().catch((caught: unknown) => caught);
  expect(error instanceof Error && error.name.replace(/Exception$/, '')).toBe(name);
  expect(await lastEntry()).toMatchObject({
    effect: false,
    write: true,
    faulted: kind,
    target: `arn:aws:iam::${ACCOUNT}:user/service/ci-deploy`,
  });
  expect(await status()).toBe('Active');
  await deactivate();
  expect(await status()).toBe('Inactive');
});

test('deny names the service control policy', async () => {
  await order('deny');
  await expect(deactivate()).rejects.toThrow(
    /is not authorized to perform: iam:UpdateAccessKey on resource: .* with an explicit deny in a service control policy/,
  );
});

test.each([
  ['timeout-before', 'Active', false],
  ['timeout-after', 'Inactive', true],
])('%s withholds the answer; the key is %s', async (kind, expected, effect) => {
  await order(kind);
  const gone = new AbortController();
  const waiting = deactivate(gone.signal).catch((error: unknown) => error);
  await vi.waitFor(async () => expect(await lastEntry()).toMatchObject({ faulted: kind, status: 0, effect }), {
    timeout: 5000,
  });
  gone.abort();
  expect(await waiting).toBeInstanceOf(Error);
  expect(await status()).toBe(expected);
});

test('ignore answers as usual and changes nothing', async () => {
  await order('ignore', { times: 2 });
  await deactivate();
  expect(await status()).toBe('Active');
  expect(await lastEntry()).toMatchObject({ status: 200, effect: false, faulted: 'ignore' });
  await deactivate();
  expect(await status()).toBe('Active');
  await deactivate();
  expect(await status()).toBe('Inactive');
});

test('an ignored creation gives an id of something that does not exist', async () => {
  await control(aws, 'POST', '/faults', { service: 'ec2', operation: '*', kind: 'ignore' });
  const { ec2 } = adminClients(aws, '333333333333');
  const made = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: 'ghost',
      Description: 'x',
      VpcId: vpcId('333333333333', 'eu-west-1/data'),
    }),
  );
  expect(made.GroupId).toMatch(/^sg-0[0-9a-f]{16}$/);
  await expect(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [made.GroupId ?? ''] }))).rejects.toMatchObject({
    name: 'InvalidGroup.NotFound',
  });
});

test('stale-read: applied, and the old state is shown for a while', async () => {
  await order('stale-read', { params: { forMs: 300 } });
  await deactivate();
  expect(await lastEntry()).toMatchObject({ effect: true, faulted: 'stale-read' });
  expect(await status()).toBe('Active');
  await vi.waitFor(async () => expect(await status()).toBe('Inactive'), { timeout: 5000 });
});

test('a fault may be for one account alone', async () => {
  await order('throttle', { account: '333333333332' });
  await expect(deactivate()).resolves.toBeDefined();
  expect((await control(aws, 'GET', '/faults')).body).toHaveLength(1);
});

test('a repeated change has no effect the second time', async () => {
  await deactivate();
  expect(await lastEntry()).toMatchObject({ effect: true });
  await deactivate();
  expect(await lastEntry()).toMatchObject({ effect: false, status: 200 });
});

test('faults that make no sense are refused', async () => {
  expect((await order('explode')).status).toBe(400);
  expect(
    (await control(aws, 'POST', '/faults', { service: 'sqs', operation: 'DeleteMessage', kind: 'ignore' })).status,
  ).toBe(400);
});

test('a bucket: drift behind the back of everybody is seen by the next read', async () => {
  const { s3 } = adminClients(aws, '333333333332');
  const closed = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket: 'acme-prod-web-assets', PublicAccessBlockConfiguration: closed }),
  );
  await control(aws, 'PATCH', '/state/333333333332/eu-west-1/buckets/acme-prod-web-assets', {
    PublicAccessBlock: { ...closed, BlockPublicAcls: false },
  });
  expect(
    (await s3.send(new GetPublicAccessBlockCommand({ Bucket: 'acme-prod-web-assets' }))).PublicAccessBlockConfiguration,
  ).toEqual({ ...closed, BlockPublicAcls: false });
});
