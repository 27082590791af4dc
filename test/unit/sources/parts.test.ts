import { describe, expect, test } from 'vitest';
import { accountOf, parseArn } from '../../../src/sources/arn.ts';
import { catalogRows } from '../../../src/sources/catalog.ts';
import { resolveControl } from '../../../src/sources/control-id.ts';
import { toIso } from '../../../src/sources/dates.ts';
import { fromResources, identifier } from '../../../src/sources/entities.ts';
import { guardDutyType } from '../../../src/sources/guardduty-type.ts';
import { fromGuardDuty, fromLabel, fromNormalized } from '../../../src/sources/severity.ts';

test.each([
  ['2020-08-22T09:15:57Z', '2020-08-22T09:15:57.000Z'],
  ['2020-08-22T09:15:57.123456789Z', '2020-08-22T09:15:57.123Z'],
  ['2020-08-22T09:15:57+00:00', '2020-08-22T09:15:57.000Z'],
  ['2020-08-22T09:15:57+0530', '2020-08-22T03:45:57.000Z'],
  ['2025-02-25 20:40:06.76', '2025-02-25T20:40:06.760Z'],
  [1636625755.218, '2021-11-11T10:15:55.218Z'],
  [1636625755218, '2021-11-11T10:15:55.218Z'],
  ['1636625755', '2021-11-11T10:15:55.000Z'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  ['Thu, 02 Aug 2018 05:30:00 GMT', '2018-08-02T05:30:00.000Z'],
  ['Fri, 3 Jun 2022 05:01:10 GMT', '2022-06-03T05:01:10.000Z'],
  ['Fri, 3 Foo 2022 05:01:10 GMT', undefined],
  ['2020-13-45T99:00:00Z', undefined],
  ['yesterday', undefined],
  ['9999999-01-01T00:00:00Z', undefined],
  [Number.NaN, undefined],
  [-5, undefined],
  [null, undefined],
])('toIso(%s) is %s', (value, expected) => {
  expect(toIso(value)).toBe(expected);
});

test('severities at the edges of the scales', () => {
  expect([0, 0.9, 1, 3.9, 4, 6.9, 7, 8.9, 9, 10].map(fromGuardDuty)).toEqual([
    ...['informational', 'informational', 'low', 'low', 'medium', 'medium', 'high', 'high', 'critical', 'critical'],
  ]);
  expect([0, 1, 39, 40, 69, 70, 89, 90, 100].map(fromNormalized)).toEqual([
    ...['informational', 'low', 'low', 'medium', 'medium', 'high', 'high', 'critical', 'critical'],
  ]);
  expect([fromLabel('CRITICAL'), fromLabel('Informational'), fromLabel('SEVERE')]).toEqual([
    'critical',
    'informational',
    undefined,
  ]);
});

describe('ARNs', () => {
  test('parts, also of the malformed form', () => {
    expect(parseArn('arn:aws::guardduty:us-east-1:333333333331:detector/x')).toEqual(
      parseArn('arn:aws:guardduty:us-east-1:333333333331:detector/x'),
    );
    expect(parseArn('arn:aws:s3:::name')).toMatchObject({ account: '', region: '', resource: 'name' });
    expect(parseArn('arn:azure:x:::y')).toBeUndefined();
  });

  test.each([
    ['arn:aws:ec2:eu-west-1:333333333331:instance/i-1', '333333333331'],
    ['arn:aws:s3:::bucket', undefined],
    ['arn:aws:iam::aws:policy/X', undefined],
    ['AWS::::Account:333333333331', '333333333331'],
    ['333333333331', '333333333331'],
    ['deploy.sh', undefined],
  ])('%s names account %s', (id, account) => {
    expect(accountOf(id)).toBe(account);
  });
});

/** What Security Hub writes for a type: the slash turned into a dash, under a namespace. */
function asAsff(type: string): string {
  return `TTPs/Some Tactic/${type.replace('/', '-')}`;
}

test('every GuardDuty type of the catalogue survives the way through Security Hub', () => {
  const types = catalogRows('guardduty-finding-types.tsv').map(([type = '']) => type);
  expect(types.length).toBeGreaterThan(240);
  expect(types.map((type) => guardDutyType([asAsff(type)]))).toEqual(types);
});

test.each([
  [['Software and Configuration Checks'], undefined],
  [['TTPs/Discovery'], undefined],
  [['TTPs/Nothing Known/IAMUser-AnomalousBehavior'], undefined],
  [['TTPs/Privilege Escalation/IAMUser-AnomalousBehavior'], 'PrivilegeEscalation:IAMUser/AnomalousBehavior'],
  [['Effects/Data Exfiltration/Exfiltration:S3-AnomalousBehavior'], 'Exfiltration:S3/AnomalousBehavior'],
  [['TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS'], 'Backdoor:EC2/C&CActivity.B!DNS'],
  [['TTPs/PenTest:IAMUser/ParrotLinux'], 'PenTest:IAMUser/ParrotLinux'],
  [[], undefined],
])('guardDutyType(%j) is %s', (types, expected) => {
  expect(guardDutyType(types)).toBe(expected);
});

describe('control ids', () => {
  test.each([
    ['security-control/ec2.19', 'EC2.19'],
    ['arn:aws:securityhub:us-east-2:333333333331:security-control/AutoScaling.5/finding/x', 'Autoscaling.5'],
    ['aws-foundational-security-best-practices/v/1.0.0/ELBv2.1', 'ELB.1'],
    ['arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/2.3', 'CloudTrail.6'],
    ['cis-aws-foundations-benchmark/v/1.4.0/3.7', 'CloudTrail.2'],
    ['arn:aws:securityhub:eu-west-1:333333333331:control/pci-dss/v/3.2.1/PCI.S3.2', 'S3.2'],
    ['arn:aws:securityhub:eu-west-1:333333333331:subscription/nist-800-53/v/5.0.0/EC2.3/finding/x', 'EC2.3'],
    ['service-managed-aws-control-tower/v/1.0.0/CT.S3.8', 'S3.8'],
    ['aws-foundational-security-best-practices/v/1.0.0/NewService.42', 'NewService.42'],
    ['cis-aws-foundations-benchmark/v/1.7.0/1.6', undefined],
    ['prowler-check12', undefined],
  ])('%s is %s', (spelling, control) => {
    expect(resolveControl({ spellings: [spelling] }).control).toBe(control);
  });

  test('every row of the alias table resolves to its control', () => {
    for (const [standard = '', id = '', control = ''] of catalogRows('control-aliases.tsv')) {
      const spelling = standard === '-' ? `security-control/${id}` : `${standard}/${id}`;
      expect([spelling, resolveControl({ spellings: [spelling] }).control]).toEqual([spelling, control]);
    }
  });
});

describe('identifiers', () => {
  test.each([
    ['instance', 'i-0a1b2c3d4e5f60718', true],
    ['instance', 'i-99999999', true],
    ['instance', 'i-0a1b2c3d4e5f6071; rm', false],
    ['instance', 'I-0A1B2C3D', false],
    ['accessKey', 'AKIAZZZZZZZZZZZZZZZ1', true],
    ['accessKey', 'null', false],
    ['accessKey', 'AKIAZZZZZZZZZZZZZZZ1\n', false],
    ['bucket', 'my-bucket.logs', true],
    ['bucket', 'my..bucket', false],
    ['bucket', '<!channel>', false],
    ['iamName', 'deploy+bot@example', true],
    ['iamName', 'a b', false],
    ['ip', '2001:db8::1', true],
    ['ip', '198.51.100.999', false],
    ['domain', 'beacon.example.net', true],
    ['domain', 'javascript:alert(1)', false],
    ['image', 'app/web:1.2@sha256', true],
    ['image', '-v /:/host', false],
    ['dbSnapshot', 'rds:orders-2026-11-20-03-07', true],
    ['dbSnapshot', 'awsbackup:job-0a1b2c3d', true],
    ['dbSnapshot', 'other:orders', false],
  ] as const)('%s %s: %s', (kind, text, good) => {
    expect(identifier(kind, text)).toBe(good ? text : undefined);
  });

  const rds = 'arn:aws:rds:eu-west-1:333333333331';
  test.each([
    ['AwsRdsDbInstance', `${rds}:db:orders`, { db: { id: 'orders', arn: `${rds}:db:orders` } }],
    ['AwsRdsDbCluster', `${rds}:cluster:orders`, { dbCluster: { id: 'orders', arn: `${rds}:cluster:orders` } }],
    [
      'AwsRdsDbSnapshot',
      `${rds}:snapshot:rds:orders-2026-11-20`,
      { dbSnapshot: { id: 'rds:orders-2026-11-20', arn: `${rds}:snapshot:rds:orders-2026-11-20` } },
    ],
    [
      'AwsRdsDbClusterSnapshot',
      `${rds}:cluster-snapshot:orders-export`,
      { dbSnapshot: { id: 'orders-export', arn: `${rds}:cluster-snapshot:orders-export` } },
    ],
    ['AwsRdsDbSnapshot', 'orders-export', { dbSnapshot: { id: 'orders-export' } }],
    ['AwsRdsDbSnapshot', `${rds}:snapshot:<!channel>`, {}],
    ['AwsRdsDbSnapshot', `${rds}:db:orders`, {}],
  ])('%s %s', (type, id, entities) => {
    expect(fromResources([{ type, id }])).toEqual(entities);
  });

  test('the first resource of a type gives the entity, whatever stands before it', () => {
    const arn = 'arn:aws:lambda:eu-west-1:333333333331:function:resize:7';
    expect(
      fromResources([
        { type: 'AwsAccount', id: 'AWS::::Account:333333333331' },
        { type: 'AwsLambdaFunction', id: arn },
        { type: 'AwsLambdaFunction', id: 'arn:aws:lambda:eu-west-1:333333333331:function:other' },
      ]),
    ).toEqual({ function: { name: 'resize', arn } });
  });
});
