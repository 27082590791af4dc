import { describe, expect, test } from 'vitest';
import { readFindings } from '../../../src/sources/read.ts';
import { findingOf, problemOf } from './fixtures.ts';

const ACCOUNT = '333333333331';
const INSTANCE = { id: 'i-0a1b2c3d4e5f60718' };

describe('casings', () => {
  test.each(['guardduty-lower-case-keys', 'guardduty-pascal-case-keys', 'guardduty-native-twin'])('%s', (name) => {
    expect(findingOf(name)).toMatchObject({
      source: 'guardduty',
      shape: 'guardduty',
      kind: 'threat',
      type: 'UnauthorizedAccess:EC2/MaliciousIPCaller.Custom',
      accountId: ACCOUNT,
      region: 'eu-west-1',
      partition: 'aws',
      severity: 'high',
      rawSeverity: '8',
      state: 'active',
      count: 3,
      createdAt: '2026-11-20T02:46:31.118Z',
      lastSeenAt: '2026-11-20T03:12:44.000Z',
      sample: false,
      entities: {
        instance: INSTANCE,
        vpc: { id: 'vpc-0a1b2c3d4e5f60718' },
        subnet: { id: 'subnet-0a1b2c3d4e5f60718' },
        securityGroup: { id: 'sg-0a1b2c3d4e5f60718' },
        ip: { address: '198.51.100.77' },
      },
      writeBack: {
        guardDuty: {
          detectorId: '1a2b3c4d5e6f708192a3b4c5d6e7f809',
          findingId: '7c1e5a90b3d24f6e8a0b1c2d3e4f5061',
          region: 'eu-west-1',
        },
      },
    });
  });
});

test('an export with flattened columns is put together again', () => {
  const finding = findingOf('guardduty-flattened-columns');
  const native = findingOf('guardduty-native-twin');
  expect(finding).toMatchObject({ key: native.key, count: 3, firstSeenAt: '2026-11-20T02:41:07.000Z' });
  expect(finding.resources.map(({ id }) => id)).toEqual(native.resources.map(({ id }) => id));
  expect(finding.resources[0]?.tags).toEqual({ team: 'shop' });
  expect(finding.entities).toEqual(native.entities);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('account and Region are the finding’s, not those of the event', () => {
  expect(findingOf('guardduty-event-of-another-account')).toMatchObject({ accountId: ACCOUNT, region: 'eu-west-1' });
});

describe('severity', () => {
  test.each([
    ['guardduty-severity-as-text', 'high', '8.7'],
    ['guardduty-severity-beyond-the-scale', 'critical', '11'],
    ['guardduty-no-severity', 'medium', 'absent'],
  ])('%s', (name, severity, rawSeverity) => {
    expect(findingOf(name)).toMatchObject({ severity, rawSeverity });
  });
});

test('dates come as text without zone, seconds, milliseconds and with an offset', () => {
  expect(findingOf('guardduty-odd-dates')).toMatchObject({
    createdAt: '2025-02-25T20:40:06.721Z',
    updatedAt: '2025-02-25T20:40:06.500Z',
    firstSeenAt: '2025-02-25T20:40:06.721Z',
    lastSeenAt: '2025-02-25T19:40:06.000Z',
  });
});

test('without an ARN the key is the ARN that GuardDuty would write', () => {
  expect(findingOf('guardduty-without-arn').key).toBe(findingOf('guardduty-native-twin').key);
});

test('empty objects, null and placeholder ids leave entities out', () => {
  const { entities } = findingOf('guardduty-empty-and-null-values');
  expect(entities).toEqual({ instance: INSTANCE, securityGroup: { id: 'sg-0a1b2c3d4e5f60718' } });
});

test('several details side by side: the one that resourceType names leads, all give entities', () => {
  const finding = findingOf('guardduty-kubernetes-three-details');
  expect(finding.resources.map(({ type }) => type)).toEqual(['AwsEksCluster', 'AwsIamAccessKey']);
  expect(finding.resources[0]?.tags).toEqual({ stage: 'prod' });
  expect(finding.entities).toMatchObject({
    cluster: { name: 'shop', arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/shop` },
    pod: { name: 'checkout-7d9f', namespace: 'shop' },
    accessKey: { id: 'ASIAZZZZZZZZZZZZZZZ4' },
    principal: { type: 'AssumedRole', name: 'shop-node' },
    role: { name: 'shop-node' },
    ip: { address: '198.51.100.31' },
  });
});

test('a list of buckets: the first is the entity, all are resources', () => {
  const finding = findingOf('guardduty-two-buckets');
  expect(finding.entities.bucket).toEqual({ name: 'cordon-test-first' });
  expect(finding.resources.map(({ id }) => id)).toEqual([
    'arn:aws:s3:::cordon-test-first',
    'arn:aws:s3:::cordon-test-second',
    'AKIAZZZZZZZZZZZZZZZ1',
  ]);
});

test('an attack sequence without its sequence names no resource: the account stands in', () => {
  const finding = findingOf('guardduty-attack-sequence');
  expect(finding).toMatchObject({ severity: 'critical', entities: {} });
  expect(finding.resources).toEqual([{ type: 'AwsAccount', id: `AWS::::Account:${ACCOUNT}`, region: 'eu-west-1' }]);
});

test('the resources, the actor and the endpoints of an attack sequence stand in its sequence', () => {
  const finding = findingOf('guardduty-attack-sequence-with-signals');
  const instance = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/i-0a1b2c3d4e5f60718`;
  expect(finding.resources.map(({ type, id }) => [type, id])).toEqual([
    ['AwsIamAccessKey', 'AKIAZZZZZZZZZZZZZZZ1'],
    ['AwsS3Bucket', 'arn:aws:s3:::cordon-test-reports'],
    ['AwsS3Bucket', 'arn:aws:s3:::cordon-test-other'],
    ['AwsEc2Instance', instance],
    ['AwsEksCluster', `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/shop`],
    ['Other', 'shop/checkout'],
  ]);
  expect(finding.resources[1]?.tags).toEqual({ team: 'reports' });
  expect(finding.entities).toEqual({
    accessKey: { id: 'AKIAZZZZZZZZZZZZZZZ1', userName: 'deploy-bot' },
    principal: { type: 'IAMUser', name: 'deploy-bot', id: 'AIDAZZZZZZZZZZZZZZZZ1' },
    user: { name: 'deploy-bot' },
    bucket: { name: 'cordon-test-reports' },
    instance: INSTANCE,
    cluster: { name: 'shop', arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/shop` },
    ip: { address: '198.51.100.7' },
    domain: { name: 'drop.example.net' },
  });
});

test('a retired type is still read', () => {
  expect(findingOf('guardduty-retired-type').type).toBe('S3Object:S3/MaliciousFile');
});

describe('samples', () => {
  test.each(['guardduty-console-sample', 'guardduty-sample-inside-text', 'guardduty-canary'])('%s is one', (name) => {
    expect(findingOf(name).sample).toBe(true);
  });

  test.each(['guardduty-user-named-like-a-sample', 'guardduty-title-quotes-sample', 'guardduty-native-twin'])(
    '%s is none: whoever names a user must not hide a finding',
    (name) => {
      expect(findingOf(name).sample).toBe(false);
    },
  );
});

test('hostile text is kept as it is, but for what a database refuses; prototype names are no tags', () => {
  const finding = findingOf('guardduty-hostile-text');
  expect(finding.title).toBe('user <!channel> `rm` \u202e\ufffd \ufffd end');
  expect(finding.resources[0]?.tags).toEqual({ note: '<https://example.net|click>' });
  expect(Reflect.get({}, 'note')).toBeUndefined();
});

describe('a wrong place is a problem', () => {
  test.each([
    ['guardduty-no-such-region', 'region_invalid'],
    ['guardduty-short-account', 'account_invalid'],
    ['guardduty-foreign-cluster', 'account_mismatch'],
    ['guardduty-attack-sequence-foreign', 'account_mismatch'],
  ])('%s: %s', (name, code) => {
    expect(problemOf(name).code).toBe(code);
  });
});

describe('what an API call was about, and what a function runs as', () => {
  const finding = (change: (detail: { service: object; resource: object }) => void) => {
    const detail = {
      schemaVersion: '2.0',
      accountId: ACCOUNT,
      region: 'eu-west-1',
      id: '7c1e5a90b3d24f6e8a0b1c2d3e4f5061',
      type: 'Stealth:IAMUser/CloudTrailLoggingDisabled',
      resource: {},
      service: {},
      severity: 2,
      createdAt: '2026-11-20T02:46:31.118Z',
      updatedAt: '2026-11-20T03:16:02.540Z',
    };
    change(detail);
    return readFindings(JSON.stringify(detail)).findings[0]?.entities;
  };
  const about = (trail: unknown, name = 'AffectedResources') =>
    finding((detail) => {
      detail.service = { action: { awsApiCallAction: { [name]: { 'AWS::CloudTrail::Trail': trail } } } };
    });
  const runsAs = (role: unknown) =>
    finding((detail) => {
      detail.resource = { resourceType: 'Lambda', lambdaDetails: { role } };
    });

  test('the trail, by its ARN alone', () => {
    const arn = `arn:aws:cloudtrail:eu-west-1:${ACCOUNT}:trail/audit`;
    for (const name of ['AffectedResources', 'affectedResources']) expect(about(arn, name)).toEqual({ trail: { arn } });
    for (const bad of ['audit', 'arn:aws:s3:::audit', `${arn} --name other`, '', {}, null])
      expect(about(bad)).toEqual({});
  });

  test('the role of a function', () => {
    const arn = `arn:aws:iam::${ACCOUNT}:role/service/resize`;
    expect(runsAs(arn)).toEqual({ role: { name: 'resize', arn } });
    for (const bad of ['resize', 'arn:aws:lambda:eu-west-1::role/x', `${arn}<b>`, null])
      expect(runsAs(bad)).toEqual({});
  });
});

describe('what was found in a backup is told apart by its own ARN', () => {
  const snapshot = 'arn:aws:ec2:eu-west-1::snapshot/snap-0a1b2c3d4e5f60718';
  const image = 'arn:aws:ec2:eu-west-1::image/ami-0a1b2c3d4e5f60718';
  const point = `arn:aws:backup:eu-west-1:${ACCOUNT}:recovery-point:0c0ffee0-0000-4000-8000-000000000001`;
  test.each([
    ['ebsSnapshotDetails', { snapshotArn: snapshot }, 'AwsEc2Snapshot', { snapshot: { id: 'snap-0a1b2c3d4e5f60718' } }],
    ['ec2ImageDetails', { imageArn: image }, 'AwsEc2Image', {}],
    ['recoveryPointDetails', { recoveryPointArn: point, backupVaultName: 'daily' }, 'AwsBackupRecoveryPoint', {}],
  ])('%s', (detail, value, type, entities) => {
    const { findings } = readFindings(
      JSON.stringify({
        accountId: ACCOUNT,
        region: 'eu-west-1',
        id: '7c1e5a90b3d24f6e8a0b1c2d3e4f5061',
        type: 'Execution:EC2/MaliciousFile!Snapshot',
        severity: 8,
        createdAt: '2026-11-20T02:46:31.118Z',
        resource: { [detail]: value },
      }),
    );
    expect(findings[0]?.resources).toEqual([{ type, id: Object.values(value)[0], region: 'eu-west-1' }]);
    expect(findings[0]?.entities).toEqual(entities);
  });
});
