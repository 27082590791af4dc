import { describe, expect, test } from 'vitest';
import { checkKey } from '../../../src/sources/identity.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { bodyOf, findingOf, problemOf } from './fixtures.ts';

const ACCOUNT = '333333333331';

describe('GuardDuty through Security Hub', () => {
  test.each([
    ['asff-guardduty-two-segments', 'Policy:S3/BucketPublicAccessGranted'],
    ['asff-guardduty-slash-kept', 'PenTest:IAMUser/KaliLinux'],
    ['asff-guardduty-suffix-added', 'Trojan:EC2/DNSDataExfiltration'],
    ['asff-guardduty-purpose-lost', 'DefenseEvasion:IAMUser/AnomalousBehavior'],
    ['asff-guardduty-two-namespaces', 'Behavior:EC2/NetworkPortUnusual'],
  ])('%s is of type %s', (name, type) => {
    expect(findingOf(name)).toMatchObject({ source: 'guardduty', kind: 'threat', shape: 'asff', type });
  });

  test('has the same key as natively, and can be written back on both sides', () => {
    const twin = findingOf('asff-guardduty-same-as-native');
    expect(twin.key).toBe(findingOf('guardduty-native-twin').key);
    expect(twin.writeBack).toMatchObject({
      guardDuty: { findingId: '7c1e5a90b3d24f6e8a0b1c2d3e4f5061' },
      securityHub: { productArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty' },
    });
  });

  test('the label wins over a Normalized that contradicts it', () => {
    expect(findingOf('asff-guardduty-severity-disagrees')).toMatchObject({ severity: 'low', rawSeverity: 'LOW' });
  });

  test('before 2020: no label, no Region, fields without prefix, WorkflowState alone', () => {
    const finding = findingOf('asff-guardduty-before-2020');
    expect(finding).toMatchObject({
      severity: 'medium',
      region: 'eu-west-1',
      count: 17,
      entities: { ip: { address: '198.51.100.5' } },
    });
  });

  test('malformed ARNs mean the well-formed ones', () => {
    const finding = findingOf('asff-guardduty-malformed-arns');
    expect(finding).toMatchObject({
      source: 'guardduty',
      partition: 'aws',
      entities: { instance: { id: 'i-0a1b2c3d4e5f60718' } },
    });
    expect(finding.key).toMatch(/^arn:aws:guardduty:eu-west-1:333333333331:detector\/[0-9a-f]+\/finding\/33cc/);
  });

  test('a key id of "null" is no access key; its user is known all the same', () => {
    const { entities } = findingOf('asff-guardduty-key-null');
    expect(entities.accessKey).toBeUndefined();
    expect(entities.user).toEqual({ name: 'deploy-bot' });
  });

  test('instance and key are picked by type', () => {
    expect(findingOf('asff-guardduty-instance-and-key').entities).toMatchObject({
      instance: { id: 'i-0a1b2c3d4e5f60718' },
      accessKey: { id: 'AKIAZZZZZZZZZZZZZZZ1', userName: 'deploy-bot' },
    });
  });

  test('a sample instance makes it a sample', () => {
    expect(findingOf('asff-guardduty-sample-instance').sample).toBe(true);
  });
});

test('an attack sequence names its actor and endpoints in Detection, its resources where all findings do', () => {
  const finding = findingOf('asff-guardduty-attack-sequence');
  expect(finding).toMatchObject({ type: 'AttackSequence:S3/CompromisedData', severity: 'critical' });
  expect(finding.entities).toEqual({
    accessKey: { id: 'AKIAZZZZZZZZZZZZZZZ1', userName: 'deploy-bot' },
    principal: { type: 'IAMUser', name: 'deploy-bot', id: 'AIDAZZZZZZZZZZZZZZZZ1' },
    user: { name: 'deploy-bot' },
    bucket: { name: 'cordon-test-reports' },
    instance: { id: 'i-0a1b2c3d4e5f60718' },
    ip: { address: '198.51.100.7' },
  });
});

describe('controls', () => {
  test.each([
    ['asff-control-fsbp', 'EC2.19', 'EC2.19'],
    ['asff-control-cis', 'EC2.13', '4.1'],
    ['asff-control-pci', 'S3.2', 'PCI.S3.2'],
    ['asff-control-consolidated', 'EC2.19', 'EC2.19'],
    ['asff-control-other-casing', 'Opensearch.1', 'OPENSEARCH.1'],
    ['asff-control-without-generator', 'IAM.8', '1.3'],
  ])('%s is %s', (name, control, rawControl) => {
    expect(findingOf(name)).toMatchObject({ source: 'securityhub', kind: 'posture', control, rawControl });
  });

  test('a number of a standard that is not in the catalogue is not taken for a control', () => {
    const finding = findingOf('asff-control-of-unknown-standard-version');
    expect(finding.control).toBeUndefined();
    expect(finding).toMatchObject({ rawControl: '1.6', type: 'cis-aws-foundations-benchmark/v/9.9.9/1.6' });
  });

  test('the same check of the same resource under two standards: two findings, one check', () => {
    const [fsbp, consolidated] = [findingOf('asff-control-fsbp'), findingOf('asff-control-consolidated')];
    expect(fsbp.key).not.toBe(consolidated.key);
    expect(checkKey(fsbp)).toBe(checkKey(consolidated));
  });

  test('the account is listed first and is not the thing to remediate', () => {
    const finding = findingOf('asff-control-pci');
    expect(finding.resources[0]?.type).toBe('AwsAccount');
    expect(finding.entities).toEqual({ bucket: { name: 'cordon-test-reports' } });
  });

  test('standards and requirements are kept', () => {
    expect(findingOf('asff-control-consolidated')).toMatchObject({
      standards: ['standards/aws-foundational-security-best-practices/v/1.0.0'],
      requirements: ['NIST.800-53.r5 AC-3'],
    });
    expect(findingOf('asff-control-cis').standards).toEqual(['cis-aws-foundations-benchmark/v/1.2.0']);
  });

  test('statuses: Workflow.Status only', () => {
    expect(findingOf('asff-control-passed')).toMatchObject({
      compliance: 'PASSED',
      workflow: 'RESOLVED',
      severity: 'informational',
    });
    expect(findingOf('asff-control-suppressed-archived-noted')).toMatchObject({
      workflow: 'SUPPRESSED',
      state: 'archived',
      noteBy: 'cordon',
    });
  });

  test('severity where the provider put it, or medium', () => {
    expect(findingOf('asff-severity-of-provider')).toMatchObject({ severity: 'high' });
    expect(findingOf('asff-no-severity')).toMatchObject({ severity: 'medium', rawSeverity: 'absent' });
  });

  test('root is no user, and ARNs of AWS itself are of no account', () => {
    expect(findingOf('asff-root-and-policy-of-aws').entities).toEqual({});
  });

  test('other partitions', () => {
    expect(findingOf('asff-govcloud')).toMatchObject({
      partition: 'aws-us-gov',
      region: 'us-gov-west-1',
      control: 'S3.8',
    });
  });
});

describe('other products', () => {
  test('a third party may write what it likes into GeneratorId', () => {
    expect(findingOf('asff-third-party')).toMatchObject({
      source: 'custom',
      kind: 'posture',
      type: 'Software and Configuration Checks/Odd',
    });
  });

  test('a third party that poses as a control stays a third party', () => {
    const finding = findingOf('asff-third-party-poses-as-control');
    expect(finding.source).toBe('custom');
    expect(finding.control).toBeUndefined();
  });

  test('Macie and Config', () => {
    expect(findingOf('asff-macie')).toMatchObject({
      source: 'macie',
      kind: 'threat',
      type: 'Policy:IAMUser/S3BucketPublic',
    });
    expect(findingOf('asff-config-rule')).toMatchObject({
      source: 'config',
      kind: 'posture',
      type: 's3-cors-no-wildcard',
    });
    const nameless = JSON.parse(bodyOf('asff-config-rule'));
    delete nameless.ProductFields;
    expect(readFindings(JSON.stringify(nameless)).findings[0]?.type).toBe('Software and Configuration Checks');
  });

  test('ids are unique only within a product, account and Region', () => {
    expect(findingOf('asff-third-party').key).toBe(`asff|${ACCOUNT}/default|${ACCOUNT}|eu-west-1|item-1`);
  });
});

test('a resource of another account', () => {
  expect(problemOf('asff-foreign-resource')).toMatchObject({
    code: 'account_mismatch',
    field: '/Resources',
    message: 'the finding is of account 333333333331, its resource 2 is of account 333333333332',
  });
});

test.each([
  ['asff-resource-of-another-partition', 'partition_mismatch', '/Resources'],
  ['asff-product-of-another-account', 'account_mismatch', '/ProductArn'],
])('%s: %s', (name, code, field) => {
  expect(problemOf(name)).toMatchObject({ code, field });
});
