import { describe, expect, test } from 'vitest';
import { isActionable } from '../../../src/domain/sighting.ts';
import { asffType } from '../../../src/sources/ocsf-resources.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { bodyOf, findingOf, problemOf } from './fixtures.ts';

const ACCOUNT = '333333333331';

describe('GuardDuty through Security Hub v2', () => {
  test('the type is the entry with a colon, the times are milliseconds or text, the resource is the one of the native form', () => {
    expect(findingOf('ocsf-guardduty-same-as-native')).toMatchObject({
      source: 'guardduty',
      shape: 'ocsf',
      kind: 'threat',
      type: 'UnauthorizedAccess:EC2/MaliciousIPCaller.Custom',
      accountId: ACCOUNT,
      region: 'eu-west-1',
      partition: 'aws',
      severity: 'high',
      rawSeverity: 'High',
      state: 'active',
      workflow: 'NEW',
      count: 3,
      createdAt: '2026-11-20T02:46:31.118Z',
      updatedAt: new Date(1795144562540).toISOString(),
      resources: [
        {
          type: 'AwsEc2Instance',
          id: `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/i-0a1b2c3d4e5f60718`,
          region: 'eu-west-1',
          tags: { team: 'shop' },
        },
      ],
      entities: {
        instance: { id: 'i-0a1b2c3d4e5f60718' },
        vpc: { id: 'vpc-0a1b2c3d4e5f60718' },
        subnet: { id: 'subnet-0a1b2c3d4e5f60718' },
        securityGroup: { id: 'sg-0a1b2c3d4e5f60718' },
        ip: { address: '198.51.100.77' },
      },
      sample: false,
    });
  });

  test('has the key of its twins, and is archived through GuardDuty only: the v1 API does not know productv2', () => {
    const [twin, native] = [findingOf('ocsf-guardduty-same-as-native'), findingOf('guardduty-native-twin')];
    expect(twin.key).toBe(native.key);
    expect(twin.key).toBe(findingOf('asff-guardduty-same-as-native').key);
    expect(twin.writeBack).toEqual(native.writeBack);
  });

  test('closed; a container goes by its name, not by its digest', () => {
    const finding = findingOf('ocsf-guardduty-container-closed');
    expect(finding).toMatchObject({ state: 'archived', severity: 'medium' });
    expect(isActionable(finding)).toBe(false);
    expect(finding.resources.map(({ type }) => type)).toEqual(['Container', 'AwsEc2Instance']);
    expect(finding.entities).toEqual({
      container: { name: 'shop-web', image: 'registry.example.net/shop:1' },
      instance: { id: 'i-0a1b2c3d4e5f60718' },
      securityGroup: { id: 'sg-0a1b2c3d4e5f60718' },
    });
  });

  test('a key with its user, and the caller', () => {
    expect(findingOf('ocsf-guardduty-access-key').entities).toEqual({
      accessKey: { id: 'AKIAZZZZZZZZZZZZZZZ1', userName: 'deploy-bot' },
      principal: { type: 'IAMUser', name: 'deploy-bot', id: 'AIDAZZZZZZZZZZZZZZZZ1' },
      user: { name: 'deploy-bot' },
      ip: { address: '198.51.100.9' },
    });
  });

  test('a sample, with the name it asked for', () => {
    expect(findingOf('ocsf-guardduty-dns-sample')).toMatchObject({
      sample: true,
      entities: { domain: { name: 'beacon.example.net' } },
    });
  });

  test('Security Lake writes ASFF types in the retired class', () => {
    const finding = findingOf('ocsf-legacy-security-finding');
    expect(finding).toMatchObject({
      source: 'guardduty',
      type: 'Policy:S3/BucketPublicAccessGranted',
      severity: 'medium',
      entities: { bucket: { name: 'cordon-test-reports' } },
      writeBack: { securityHub: { productArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty' } },
    });
  });
});

describe('controls', () => {
  test('control, standards, requirements; the ARN of a resource may stand in uid_alt', () => {
    const finding = findingOf('ocsf-control-failed');
    expect(finding).toMatchObject({
      source: 'securityhub',
      kind: 'posture',
      control: 'SQS.3',
      rawControl: 'sqs.3',
      standards: ['standards/aws-foundational-security-best-practices/v/1.0.0'],
      requirements: ['NIST.800-53.r5 AC-3'],
      compliance: 'FAILED',
      severity: 'critical',
      resources: [{ type: 'AwsSqsQueue', id: `arn:aws:sqs:eu-west-1:${ACCOUNT}:orders` }],
    });
    expect(finding.type).toBeUndefined();
    expect(finding.key).toBe(findingOf('asff-control-sqs').key);
    expect(isActionable(finding)).toBe(true);
  });

  test('a passed one opens nothing', () => {
    const finding = findingOf('ocsf-control-passed');
    expect(finding).toMatchObject({ compliance: 'PASSED', severity: 'informational' });
    expect(isActionable(finding)).toBe(false);
  });
});

describe('other tools', () => {
  test('Inspector', () => {
    expect(findingOf('ocsf-vulnerability')).toMatchObject({
      source: 'inspector',
      kind: 'posture',
      type: 'Software and Configuration Checks/Vulnerabilities/CVE',
      severity: 'critical',
      workflow: 'SUPPRESSED',
    });
  });

  test('prowler: seconds, a status_id that contradicts the status, status_code, no types', () => {
    expect(findingOf('ocsf-prowler-failed')).toMatchObject({
      source: 'custom',
      kind: 'posture',
      type: 'iam_role_readonly',
      workflow: 'NEW',
      compliance: 'FAILED',
      createdAt: '2026-11-20T02:46:31.913Z',
      entities: { role: { name: 'audit' } },
    });
    const manual = findingOf('ocsf-prowler-manual');
    expect(manual).toMatchObject({
      compliance: 'NOT_AVAILABLE',
      createdAt: new Date(1795142791000).toISOString(),
      resources: [{ type: 'AwsAccount' }],
    });
    expect(isActionable(manual)).toBe(false);
  });

  test.each([
    ['ocsf-azure', 'account_invalid', ''],
    ['ocsf-foreign-owner', 'account_mismatch', '/resources'],
    ['ocsf-other-class', 'class_not_read', '/class_uid'],
  ])('%s: %s', (name, code, field) => {
    expect(problemOf(name)).toMatchObject({ code, field });
  });
});

test('an event of Security Hub v2 holds several; the bad one does not take the others with it', () => {
  const { findings, problems } = readFindings(bodyOf('event-ocsf'));
  expect(findings.map(({ type, control, region }) => [type ?? control, region])).toEqual([
    ['UnauthorizedAccess:EC2/MaliciousIPCaller.Custom', 'eu-west-1'],
    ['SQS.3', 'eu-west-1'],
  ]);
  expect(problems).toMatchObject([{ code: 'field_missing', field: '/detail/findings/1/finding_info/uid' }]);
});

test.each([
  ['AWS::EC2::Instance', 'AwsEc2Instance'],
  ['AWS::EC2::SecurityGroup', 'AwsEc2SecurityGroup'],
  ['AWS::IAM::AccessKey', 'AwsIamAccessKey'],
  ['AWS::RDS::DBInstance', 'AwsRdsDbInstance'],
  ['AWS::RDS::DBSnapshot', 'AwsRdsDbSnapshot'],
  ['AWS::RDS::DBClusterSnapshot', 'AwsRdsDbClusterSnapshot'],
  ['AWS::DynamoDB::Table', 'AwsDynamoDbTable'],
  ['AWS::S3::Bucket', 'AwsS3Bucket'],
  ['AWS::EKS::Cluster', 'AwsEksCluster'],
  ['AWS::CloudTrail::Trail', 'AwsCloudTrailTrail'],
  ['AWS::Lambda::Function', 'AwsLambdaFunction'],
  ['AWS::::Account', 'AwsAccount'],
  ['AwsIamRole', 'AwsIamRole'],
  ['Other', 'Other'],
  [undefined, 'Other'],
])('%s is %s in ASFF', (type, expected) => {
  expect(asffType(type)).toBe(expected);
});
