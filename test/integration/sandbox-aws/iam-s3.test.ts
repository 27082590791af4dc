import { Readable } from 'node:stream';
import {
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListAttachedUserPoliciesCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import {
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessKeyId } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, startTestAws } from './harness.ts';

const PAYMENTS = '333333333331';
const KEY = accessKeyId(PAYMENTS, 'ci-deploy');
const OPEN = 'acme-prod-web-assets';
let aws: RunningAws;
let iam: ReturnType<typeof adminClients>['iam'];
let s3: ReturnType<typeof adminClients>['s3'];

beforeAll(async () => {
  aws = await startTestAws();
  iam = adminClients(aws, PAYMENTS).iam;
  s3 = adminClients(aws, '333333333332').s3;
});

afterAll(() => aws.close());

test('a key leads to its user, is set to Inactive, and read back', async () => {
  expect(await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: KEY }))).toMatchObject({
    UserName: 'ci-deploy',
    AccessKeyLastUsed: { ServiceName: 's3', Region: 'eu-west-1' },
  });
  expect((await iam.send(new GetUserCommand({ UserName: 'ci-deploy' }))).User).toMatchObject({
    Path: '/service/',
    Arn: `arn:aws:iam::${PAYMENTS}:user/service/ci-deploy`,
  });
  await iam.send(new UpdateAccessKeyCommand({ UserName: 'ci-deploy', AccessKeyId: KEY, Status: 'Inactive' }));
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'ci-deploy' }));
  expect(AccessKeyMetadata).toEqual([
    { UserName: 'ci-deploy', AccessKeyId: KEY, Status: 'Inactive', CreateDate: new Date('2025-11-17T09:30:00.000Z') },
  ]);
  await expect(
    iam.send(new UpdateAccessKeyCommand({ UserName: 'ledger-export', AccessKeyId: KEY, Status: 'Active' })),
  ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await expect(iam.send(new GetUserCommand({ UserName: 'nobody' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
});

test('policies of a user, roles and aliases', async () => {
  expect((await iam.send(new ListUserPoliciesCommand({ UserName: 'ci-deploy' }))).PolicyNames).toEqual([
    'read-artifacts',
  ]);
  expect(
    (await iam.send(new ListAttachedUserPoliciesCommand({ UserName: 'ci-deploy' }))).AttachedPolicies ?? [],
  ).toEqual([]);
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
  });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ci-deploy', PolicyName: 'quarantine', PolicyDocument }));
  const read = await iam.send(new GetUserPolicyCommand({ UserName: 'ci-deploy', PolicyName: 'quarantine' }));
  expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(PolicyDocument);
  await expect(
    iam.send(new PutUserPolicyCommand({ UserName: 'ci-deploy', PolicyName: 'bad', PolicyDocument: '{}' })),
  ).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  expect((await iam.send(new GetRoleCommand({ RoleName: 'cordon-read' }))).Role?.Arn).toBe(
    `arn:aws:iam::${PAYMENTS}:role/cordon-read`,
  );
  expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual(['prod-payments']);
});

const CLOSED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

test('a bucket without a block gets one, and loses it again', async () => {
  await expect(s3.send(new GetPublicAccessBlockCommand({ Bucket: OPEN }))).rejects.toMatchObject({
    name: 'NoSuchPublicAccessBlockConfiguration',
  });
  await s3.send(new PutPublicAccessBlockCommand({ Bucket: OPEN, PublicAccessBlockConfiguration: CLOSED }));
  expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket: OPEN }))).PublicAccessBlockConfiguration).toEqual(
    CLOSED,
  );
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: OPEN }));
  await expect(s3.send(new GetPublicAccessBlockCommand({ Bucket: OPEN }))).rejects.toMatchObject({
    name: 'NoSuchPublicAccessBlockConfiguration',
  });
});

test('whether a policy is public is computed from the policy', async () => {
  expect((await s3.send(new GetBucketPolicyStatusCommand({ Bucket: OPEN }))).PolicyStatus?.IsPublic).toBe(true);
  const narrowed = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${OPEN}/*`,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-acmesbx001' } },
      },
    ],
  };
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: OPEN }));
  await s3.send(new PutBucketPolicyCommand({ Bucket: OPEN, Policy: JSON.stringify(narrowed) }));
  expect((await s3.send(new GetBucketPolicyStatusCommand({ Bucket: OPEN }))).PolicyStatus?.IsPublic).toBe(false);
  await s3.send(new PutBucketPolicyCommand({ Bucket: OPEN, Policy }));
  await expect(s3.send(new GetBucketPolicyStatusCommand({ Bucket: 'acme-prod-web-logs' }))).rejects.toMatchObject({
    name: 'NoSuchBucketPolicy',
  });
  await expect(s3.send(new PutBucketPolicyCommand({ Bucket: 'acme-prod-web-logs', Policy }))).rejects.toThrow(
    'BlockPublicPolicy',
  );
});

test('the other settings of a bucket', async () => {
  expect((await s3.send(new GetBucketLocationCommand({ Bucket: OPEN }))).LocationConstraint).toBe('eu-west-1');
  expect((await s3.send(new GetBucketWebsiteCommand({ Bucket: OPEN }))).IndexDocument?.Suffix).toBe('index.html');
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket: OPEN }))).TagSet).toEqual([
    { Key: 'team', Value: 'web' },
  ]);
  expect((await s3.send(new GetBucketOwnershipControlsCommand({ Bucket: OPEN }))).OwnershipControls?.Rules).toEqual([
    { ObjectOwnership: 'BucketOwnerEnforced' },
  ]);
  expect((await s3.send(new HeadBucketCommand({ Bucket: OPEN }))).BucketRegion).toBe('eu-west-1');
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'acme-nowhere' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await expect(s3.send(new GetBucketTaggingCommand({ Bucket: 'acme-prod-web-logs' }))).rejects.toMatchObject({
    name: 'NoSuchTagSet',
  });
  await expect(s3.send(new GetBucketWebsiteCommand({ Bucket: 'acme-prod-web-logs' }))).rejects.toMatchObject({
    name: 'NoSuchWebsiteConfiguration',
  });
  const open = await adminClients(aws, '444444444442').s3.send(
    new GetBucketAclCommand({ Bucket: 'acme-staging-web-uploads' }),
  );
  expect(open.Grants?.map(({ Grantee, Permission }) => `${Grantee?.URI ?? Grantee?.Type} ${Permission}`)).toEqual([
    'CanonicalUser FULL_CONTROL',
    'http://acs.amazonaws.com/groups/global/AllUsers READ',
  ]);
});

test('a bucket belongs to one account and one Region', async () => {
  const foreign = adminClients(aws, PAYMENTS).s3;
  await expect(foreign.send(new GetPublicAccessBlockCommand({ Bucket: OPEN }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await expect(s3.send(new GetBucketPolicyCommand({ Bucket: 'acme-prod-web-assets-us' }))).rejects.toThrow(
    "expecting 'us-east-1'",
  );
  await expect(
    adminClients(aws, '333333333332', 'us-east-1').s3.send(
      new GetBucketPolicyCommand({ Bucket: 'acme-prod-web-assets-us' }),
    ),
  ).resolves.toBeDefined();
  expect(
    (await s3.send(new GetBucketLocationCommand({ Bucket: 'acme-prod-web-assets-us' }))).LocationConstraint,
  ).toBeUndefined();
  const { Buckets } = await foreign.send(new ListBucketsCommand({}));
  expect(Buckets?.map(({ Name }) => Name)).toEqual(['acme-prod-payments-artifacts']);
});

test('objects come back as they went up, whole or as a stream of chunks', async () => {
  const Bucket = 'acme-prod-web-logs';
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a/é 1.txt', Body: 'one', ContentType: 'text/plain' }));
  const body = Buffer.from('x'.repeat(100_000));
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'a/2',
      Body: Readable.from([body.subarray(0, 10), body.subarray(10)]),
      ContentLength: body.length,
    }),
  );
  const one = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/é 1.txt' }));
  expect(await one.Body?.transformToString()).toBe('one');
  const two = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/2' }));
  expect((await two.Body?.transformToByteArray())?.length).toBe(100_000);
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', MaxKeys: 1 }));
  expect(listed).toMatchObject({ IsTruncated: true, KeyCount: 1 });
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
});
