// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates spell their placeholders so
import { expect, test } from 'vitest';
import { createClock } from '../../../../../sandbox/aws/clock.ts';
import { deployStack } from '../../../../../sandbox/aws/deploy/deploy-stack.ts';
import { parseTemplate } from '../../../../../sandbox/aws/deploy/template.ts';
import type { Organization } from '../../../../../sandbox/aws/organization.ts';
import { Queues } from '../../../../../sandbox/aws/sqs/queues.ts';
import { State } from '../../../../../sandbox/aws/state/state.ts';

const ACCOUNT = '333333333331';

function organization(): Organization {
  return {
    clock: createClock(),
    state: new State(),
    sessions: new Map(),
    queues: new Queues(),
    history: () => [],
    trailDelay: { milliseconds: 0 },
    endpoint: () => 'http://127.0.0.1:1',
  };
}

function deploy(org: Organization, template: unknown, parameters: Record<string, string> = {}) {
  return deployStack(org, {
    template: parseTemplate(template),
    account: ACCOUNT,
    region: 'eu-west-1',
    stackName: 'test',
    parameters,
  });
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: { Ref: 'Hub' } }, Action: 'sts:AssumeRole' }],
};

function role(properties: object = {}): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: { RoleName: 'cordon-read', AssumeRolePolicyDocument: TRUST, ...properties },
  };
}

function inline(resource: unknown): object {
  return {
    Policies: [
      {
        PolicyName: 'p',
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: resource }] },
      },
    ],
  };
}

const HUB = { Hub: { Type: 'String', Default: 'arn:aws:iam::222222222222:role/cordon-hub' } };

function resourceOf(org: Organization, policy = 'p'): string {
  const text = org.state.table('roles', ACCOUNT).get('cordon-read')?.InlinePolicies[policy] ?? '{}';
  return JSON.parse(text).Statement[0].Resource;
}

test.each([
  ['Ref of a parameter', { Ref: 'Hub' }, 'arn:aws:iam::222222222222:role/cordon-hub'],
  ['Ref of the account', { Ref: 'AWS::AccountId' }, ACCOUNT],
  [
    'Fn::Sub with pseudo parameters',
    { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*' },
    `arn:aws:iam::${ACCOUNT}:user/*`,
  ],
  ['Fn::Sub with names of its own', { 'Fn::Sub': ['x-${Name}', { Name: { Ref: 'AWS::Region' } }] }, 'x-eu-west-1'],
  ['Fn::Sub leaves a policy variable alone', { 'Fn::Sub': 'a/${!aws:username}' }, 'a/${aws:username}'],
  ['Fn::Join', { 'Fn::Join': [':', ['a', { Ref: 'AWS::URLSuffix' }]] }, 'a:amazonaws.com'],
  ['Fn::GetAtt of a role', { 'Fn::GetAtt': ['Role', 'Arn'] }, `arn:aws:iam::${ACCOUNT}:role/team/cordon-read`],
  ['Fn::GetAtt with a dot', { 'Fn::GetAtt': 'Role.Arn' }, `arn:aws:iam::${ACCOUNT}:role/team/cordon-read`],
])('%s', (_name, value, expected) => {
  const org = organization();
  deploy(org, { Parameters: HUB, Resources: { Role: role({ Path: '/team/', ...inline(value) }) } });
  expect(resourceOf(org)).toBe(expected);
});

const BOUNDARY = {
  Parameters: { ...HUB, Boundary: { Type: 'String', Default: '' } },
  Conditions: { HasBoundary: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Boundary' }, ''] }] } },
  Resources: {
    Role: role({ PermissionsBoundary: { 'Fn::If': ['HasBoundary', { Ref: 'Boundary' }, { Ref: 'AWS::NoValue' }] } }),
    Only: { Type: 'AWS::SQS::Queue', Condition: 'HasBoundary', Properties: { QueueName: 'only' } },
  },
};

test('a condition on a parameter decides members and resources', () => {
  const without = organization();
  expect(deploy(without, BOUNDARY).made).toEqual(['Role']);
  expect(without.state.table('roles', ACCOUNT).get('cordon-read')).not.toHaveProperty('PermissionsBoundary');
  const given = organization();
  expect(deploy(given, BOUNDARY, { Boundary: 'arn:aws:iam::333333333331:policy/b' }).made).toEqual(['Role', 'Only']);
  expect(given.state.table('roles', ACCOUNT).get('cordon-read')).toMatchObject({
    PermissionsBoundary: 'arn:aws:iam::333333333331:policy/b',
  });
});

test('policies and managed policies reach their roles', () => {
  const org = organization();
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };
  deploy(org, {
    Parameters: HUB,
    Resources: {
      Late: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'late', PolicyDocument: document, Roles: [{ Ref: 'Role' }] },
      },
      Role: role({ ManagedPolicyArns: [{ Ref: 'Managed' }] }),
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'm', PolicyDocument: document } },
    },
  });
  const made = org.state.table('roles', ACCOUNT).get('cordon-read');
  expect(Object.keys(made?.InlinePolicies ?? {})).toEqual(['late']);
  expect(made?.AttachedPolicies).toEqual([{ PolicyName: 'm', PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/m` }]);
});

test('a queue finds its dead letters, whatever the order', () => {
  const org = organization();
  deploy(org, {
    Resources: {
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'q',
          VisibilityTimeout: 60,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q-dead' } },
    },
  });
  expect(org.queues.find(ACCOUNT, 'eu-west-1', 'q')?.settings).toMatchObject({
    visibilityTimeoutSeconds: 60,
    redrive: { deadLetterQueue: 'q-dead', maxReceiveCount: 5 },
  });
});

test.each([
  ['a parameter without default', { Parameters: { ExternalId: { Type: 'String' } }, Resources: {} }, {}, 'ExternalId'],
  ['a parameter nobody declared', { Resources: {} }, { Nope: 'x' }, 'Nope'],
  [
    'a value that does not match its pattern',
    { Parameters: { Hub: { Type: 'String', AllowedPattern: '^arn:' } }, Resources: {} },
    { Hub: 'x' },
    'Hub',
  ],
  ['a type nobody knows', { Resources: { T: { Type: 'AWS::Lambda::Function' } } }, {}, 'AWS::Lambda::Function'],
  [
    'a function nobody knows',
    { Parameters: HUB, Resources: { R: role(inline({ 'Fn::ImportValue': 'x' })) } },
    {},
    'Fn::ImportValue',
  ],
  ['a reference to nothing', { Parameters: HUB, Resources: { R: role(inline({ Ref: 'Nobody' })) } }, {}, 'Nobody'],
  [
    'a malformed policy',
    {
      Parameters: HUB,
      Resources: {
        R: role({
          Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:*' }] } }],
        }),
      },
    },
    {},
    'Resource',
  ],
  [
    'a policy too long for IAM',
    {
      Parameters: HUB,
      Resources: { R: role(inline(Array.from({ length: 600 }, (_, i) => `arn:aws:s3:::bucket-${i}`))) },
    },
    {},
    '10240',
  ],
  ['a property of a role nobody knows', { Parameters: HUB, Resources: { R: role({ Boundary: 'x' }) } }, {}, 'Boundary'],
])('%s is refused by name', (_name, template, parameters, named) => {
  expect(() => deploy(organization(), template, parameters)).toThrow(named);
});
