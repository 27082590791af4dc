import { CreateSecurityGroupCommand, DeleteSecurityGroupCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { ListAccessKeysCommand, PutRolePolicyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type AssumeRoleCommandInput, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { externalIdOf } from '../../../sandbox/aws/deploy/organization-roles.ts';
import { accessKeyId, vpcId } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, assume, clientsFor, control, startTestAws } from './harness.ts';

const ACCOUNT = '333333333331';
let aws: RunningAws;

beforeAll(async () => {
  aws = await startTestAws();
});

afterAll(() => aws.close());

function act(overrides: Partial<AssumeRoleCommandInput> = {}, account = ACCOUNT): AssumeRoleCommandInput {
  return {
    RoleArn: `arn:aws:iam::${account}:role/cordon-remediate`,
    RoleSessionName: 'inc-1',
    SourceIdentity: 'run-1',
    ExternalId: externalIdOf(account),
    Tags: [{ Key: 'case', Value: 'inc-1' }],
    DurationSeconds: 900,
    ...overrides,
  };
}

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

test('both session kinds are given out, with who they are', async () => {
  const session = await assume(aws, act());
  const me = await clientsFor(aws, session).sts.send(new GetCallerIdentityCommand({}));
  expect(me).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/cordon-remediate/inc-1` });
  await expect(
    assume(aws, {
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/cordon-read`,
      RoleSessionName: 'r1',
      SourceIdentity: 'cordon-read',
    }),
  ).resolves.toBeDefined();
});

test.each<[string, AssumeRoleCommandInput, string, string]>([
  ['a wrong ExternalId', act({ ExternalId: 'wrong' }), 'AccessDenied', 'sts:AssumeRole'],
  ['no ExternalId', { ...act(), ExternalId: undefined }, 'AccessDenied', 'sts:AssumeRole'],
  ['an account that was deployed with another ExternalId', act({}, '444444444442'), 'AccessDenied', 'sts:AssumeRole'],
  ['a missing role, in the same words', act({}, '555555555551'), 'AccessDenied', 'role/cordon-remediate'],
  [
    'no source identity where the trust asks for one',
    { ...act(), SourceIdentity: undefined },
    'AccessDenied',
    'sts:AssumeRole',
  ],
  ['another source identity', act({ SourceIdentity: 'somebody' }), 'AccessDenied', 'sts:AssumeRole'],
  [
    'a tag key the trust does not know',
    act({ Tags: [{ Key: 'colour', Value: 'red' }] }),
    'AccessDenied',
    'sts:TagSession',
  ],
  [
    'tags where the trust has no TagSession',
    { ...act(), RoleArn: `arn:aws:iam::${ACCOUNT}:role/cordon-read`, SourceIdentity: 'cordon-read' },
    'AccessDenied',
    'sts:TagSession',
  ],
  ['more than an hour, chained', act({ DurationSeconds: 3601 }), 'ValidationError', 'role chaining'],
  ['less than 900 seconds', act({ DurationSeconds: 899 }), 'ValidationError', 'DurationSeconds'],
  ['a session name with a space', act({ RoleSessionName: 'inc 1' }), 'ValidationError', 'RoleSessionName'],
  ['a session name of one character', act({ RoleSessionName: 'i' }), 'ValidationError', 'RoleSessionName'],
  [
    'a policy of more than 2048 characters',
    act({ Policy: policy({ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${'x'.repeat(2048)}` }) }),
    'ValidationError',
    '2048',
  ],
  ['a policy that is none', act({ Policy: '{"Version":"2012-10-17"}' }), 'MalformedPolicyDocument', 'Statement'],
  [
    'policy and tags too large together',
    act({
      Policy: policy({ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${'x'.repeat(1800)}` }),
      Tags: Array.from({ length: 8 }, (_, i) => ({ Key: `k${i}`, Value: 'v'.repeat(200) })),
    }),
    'PackedPolicyTooLarge',
    'allotted space',
  ],
  [
    'more than fifty tags',
    act({ Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: 'v' })) }),
    'ValidationError',
    'Tags',
  ],
  [
    'managed session policies, which are not simulated',
    act({ PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] }),
    'NotImplemented',
    'PolicyArns',
  ],
])('refused: %s', async (_name, input, code, text) => {
  const error: unknown = await assume(aws, input).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Error);
  if (!(error instanceof Error)) return;
  expect(error.name.replace(/Exception$/, '')).toBe(code);
  expect(error.message).toContain(text);
});

test('somebody who is not the hub is not trusted', async () => {
  const { sts } = adminClients(aws, '222222222222');
  await expect(sts.send(new AssumeRoleCommand(act()))).rejects.toThrow('is not authorized to perform: sts:AssumeRole');
});

test('a session policy limits the role to one user', async () => {
  const user = `arn:aws:iam::${ACCOUNT}:user/service/ci-deploy`;
  const { iam } = clientsFor(
    aws,
    await assume(aws, act({ Policy: policy({ Effect: 'Allow', Action: 'iam:UpdateAccessKey', Resource: user }) })),
  );
  const key = { UserName: 'ci-deploy', AccessKeyId: accessKeyId(ACCOUNT, 'ci-deploy') };
  await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }));
  const sibling = iam.send(
    new UpdateAccessKeyCommand({
      UserName: 'ledger-export',
      AccessKeyId: accessKeyId(ACCOUNT, 'ledger-export'),
      Status: 'Inactive',
    }),
  );
  await expect(sibling).rejects.toThrow(/because no session policy allows the iam:UpdateAccessKey action/);
  await expect(iam.send(new ListAccessKeysCommand({ UserName: 'ci-deploy' }))).rejects.toThrow(
    'no session policy allows the iam:ListAccessKeys',
  );
});

test('a session policy cannot widen the role, and an explicit deny is named as one', async () => {
  const everything = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
  const { iam, ec2 } = clientsFor(aws, await assume(aws, act({ Policy: everything })));
  await expect(ec2.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    message: expect.stringContaining('no identity-based policy allows the ec2:DescribeInstances'),
  });
  const own = iam.send(
    new PutRolePolicyCommand({ RoleName: 'cordon-remediate', PolicyName: 'p', PolicyDocument: everything }),
  );
  await expect(own).rejects.toThrow('with an explicit deny in an identity-based policy');
});

test('tags of the request and of the resource decide; the Region of the session policy too', async () => {
  const account = '333333333333';
  const session = await assume(
    aws,
    act(
      {
        Policy: policy({
          Effect: 'Allow',
          Action: 'ec2:*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
        }),
      },
      account,
    ),
  );
  const { ec2 } = clientsFor(aws, session);
  const order = { GroupName: 'run-1', Description: 'x', VpcId: vpcId(account, 'eu-west-1/worker-01') };
  await expect(ec2.send(new CreateSecurityGroupCommand(order))).rejects.toThrow('ec2:CreateSecurityGroup');
  const tagged = {
    ...order,
    TagSpecifications: [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'cordon:run', Value: 'run-1' }] }],
  };
  const made = await ec2.send(new CreateSecurityGroupCommand(tagged));
  const american = clientsFor(aws, session, 'us-east-1').ec2.send(
    new CreateSecurityGroupCommand({ ...tagged, VpcId: vpcId(account, 'us-east-1/reports') }),
  );
  await expect(american).rejects.toThrow('no session policy allows the ec2:CreateSecurityGroup');
  const foreign = await adminClients(aws, account).ec2.send(
    new CreateSecurityGroupCommand({ ...order, GroupName: 'not-ours' }),
  );
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: foreign.GroupId }))).rejects.toThrow(
    'ec2:DeleteSecurityGroup',
  );
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: made.GroupId }))).resolves.toMatchObject({
    Return: true,
  });
});

test('the log says who acted, in whose name, and hides the ExternalId', async () => {
  const session = await assume(aws, act());
  await clientsFor(aws, session)
    .iam.send(new ListAccessKeysCommand({ UserName: 'ci-deploy' }))
    .catch(() => undefined);
  const { body } = await control(aws, 'GET', '/log');
  const text = JSON.stringify(body);
  expect(text).toContain('"sourceIdentity":"run-1","sessionName":"inc-1"');
  expect(text).toContain('"ExternalId":"(hidden)"');
  expect(text).not.toContain(externalIdOf(ACCOUNT));
  expect(text).not.toContain(session.sessionToken);
});
