import { describe, expect, test } from 'vitest';
import { MatchRule } from '../../../src/domain/playbook.ts';
import { isActionable } from '../../../src/domain/sighting.ts';
import { unmetConditions } from '../../../src/playbooks/match.ts';
import { resourceTypeOf } from '../../../src/sources/resource-type.ts';
import { findingOf, problemOf } from './fixtures.ts';

const ACCOUNT = '333333333331';

test('account and Region are the affected ones, not those of the bus', () => {
  const event = 'arn:aws:health:eu-west-1::event/EC2/AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED';
  const arn = `${event}/AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED_1`;
  const instance = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/i-0a1b2c3d4e5f60718`;
  expect(findingOf('health-retirement')).toEqual({
    key: `health|${ACCOUNT}|${arn.toLowerCase()}`,
    source: 'health',
    shape: 'health',
    kind: 'notice',
    id: arn,
    type: 'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
    standards: [],
    requirements: [],
    title: 'Health notice from AWS: AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
    description: 'Written for a test.',
    accountId: ACCOUNT,
    region: 'eu-west-1',
    partition: 'aws',
    severity: 'high',
    rawSeverity: 'ACTION_REQUIRED',
    state: 'active',
    count: 1,
    createdAt: '2026-11-20T13:44:13.000Z',
    updatedAt: '2026-11-20T13:44:13.000Z',
    statedAt: '2026-11-20T13:45:00.000Z',
    resources: [
      { type: 'Other', id: arn, region: 'eu-west-1' },
      { type: 'AwsEc2Instance', id: instance, tags: { stage: 'prod' } },
    ],
    entities: { instance: { id: 'i-0a1b2c3d4e5f60718' }, healthEntity: { id: instance } },
    sample: false,
    writeBack: {},
    health: {
      abuse: false,
      page: 1,
      pages: 1,
      category: 'scheduledChange',
      actionability: 'ACTION_REQUIRED',
      scope: 'ACCOUNT_SPECIFIC',
      status: 'upcoming',
      service: 'EC2',
      communication: '0c0ffee0a1b2',
      startsAt: '2027-02-04T13:19:03.000Z',
    },
  });
});

test('a closing update is the same record, a second page is one of its own and of the same event', () => {
  const first = findingOf('health-retirement');
  const closed = findingOf('health-retirement-closed');
  expect(closed).toMatchObject({ key: first.key, state: 'archived', updatedAt: '2026-11-21T10:00:00.000Z' });
  expect(isActionable(closed)).toBe(false);
  const second = findingOf('health-retirement-page-two');
  expect(second.key).toBe(`${first.key}|page 2`);
  expect(second.resources[0]).toEqual(first.resources[0]);
  expect(second).toMatchObject({
    entities: { instance: { id: 'i-0a1b2c3d4e5f60719' } },
    health: { page: 2, pages: 2 },
  });
  expect(second.health?.communication).toBe(first.health?.communication);
});

test('a public issue without resources', () => {
  const finding = findingOf('health-public-issue');
  expect(finding).toMatchObject({
    severity: 'medium',
    rawSeverity: 'issue',
    createdAt: '2026-11-20T12:00:00.000Z',
    entities: {},
    health: { scope: 'PUBLIC', category: 'issue' },
  });
  expect(finding.resources).toHaveLength(1);
});

test('an abuse notice: no Region, the resources stand in the envelope, its time is that of sending', () => {
  expect(findingOf('health-abuse')).toMatchObject({
    type: 'AWS_ABUSE_DOS_REPORT',
    title: 'Abuse notice from AWS: AWS_ABUSE_DOS_REPORT',
    region: 'us-east-1',
    severity: 'high',
    updatedAt: '2026-11-20T13:45:00.000Z',
    entities: { instance: { id: 'i-0a1b2c3d4e5f60718' } },
    health: { abuse: true },
  });
});

test('an exposed key is urgent, whatever the event calls itself, and is known by its id', () => {
  expect(findingOf('health-exposed-key')).toMatchObject({
    region: 'us-east-1',
    severity: 'high',
    entities: { accessKey: { id: 'AKIAZZZZZZZZZZZZZZZ1' }, healthEntity: { id: 'AKIAZZZZZZZZZZZZZZZ1' } },
  });
});

test.each([
  ['health-without-account', 'account_missing', '/detail'],
  ['health-foreign-entity', 'account_mismatch', '/detail/affectedEntities'],
  ['health-odd-code', 'field_missing', '/detail'],
  ['health-from-a-stranger', 'event_source_mismatch', '/source'],
])('%s: %s', (name, code, field) => {
  expect(problemOf(name)).toMatchObject({ code, field });
});

describe('rules of playbooks', () => {
  const rule = (health: object) => MatchRule.parse({ source: 'health', health });
  test.each([
    ['health-retirement', { categories: ['scheduledChange'], actionability: ['ACTION_REQUIRED'] }, []],
    [
      'health-retirement',
      { categories: ['issue'], actionability: ['INFORMATIONAL'] },
      ['health.categories', 'health.actionability'],
    ],
    ['health-public-issue', { actionability: ['ACTION_REQUIRED'] }, ['health.actionability']],
    ['health-public-issue', { categories: ['issue', 'investigation'] }, []],
  ])('%s against %j', (name, health, unmet) => {
    expect(unmetConditions(rule(health), findingOf(name))).toEqual(unmet);
  });

  test('a notice that came through Security Hub says neither', () => {
    expect(unmetConditions(rule({ categories: ['issue'] }), findingOf('asff-control-fsbp'))).toEqual([
      'health.categories',
    ]);
  });
});

test.each([
  ['AKIAZZZZZZZZZZZZZZZ1', 'AwsIamAccessKey'],
  ['i-0a1b2c3d4e5f60718', 'AwsEc2Instance'],
  ['vol-0a1b2c3d4e5f60718', 'AwsEc2Volume'],
  ['arn:aws:s3:::reports', 'AwsS3Bucket'],
  ['arn:aws:s3:::reports/a/b', 'AwsS3Object'],
  ['arn:aws:rds:eu-west-1:333333333331:db:orders', 'AwsRdsDbInstance'],
  ['arn:aws:rds:eu-west-1:333333333331:snapshot:orders', 'AwsRdsDbSnapshot'],
  ['arn:aws:rds:eu-west-1:333333333331:cluster-snapshot:orders', 'AwsRdsDbClusterSnapshot'],
  ['arn:aws:lambda:eu-west-1:333333333331:function:resize', 'AwsLambdaFunction'],
  ['333333333331', 'AwsAccount'],
  ['arn:aws:constructor:eu-west-1:333333333331:x', 'Other'],
  ['AWS_ACCOUNT', 'Other'],
])('%s is %s', (id, type) => {
  expect(resourceTypeOf(id)).toBe(type);
});
