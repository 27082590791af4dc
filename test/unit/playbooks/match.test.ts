import { describe, expect, test } from 'vitest';
import type { Account } from '../../../src/domain/account.ts';
import { globMatches, globsOverlap } from '../../../src/playbooks/glob.ts';
import { book, books, finding, problemsOf } from './books.ts';

const rule = (type: string, more = '') => `[{source: guardduty, types: ["${type}"]${more}}]`;
const threat = (type: string) => finding({ type });

async function winner(matches: Readonly<Record<string, string>>, type: string) {
  return (await books(matches)).match(threat(type), undefined);
}

describe('rungs', () => {
  test('exact over family over net over catch-all', async () => {
    const set = await books({
      'a.exact': rule('Recon:EC2/Portscan'),
      'a.family': rule('Recon:EC2/*'),
      'a.net': rule('*:EC2/*', ', net: true'),
    });
    const result = set.match(threat('Recon:EC2/Portscan'), undefined);
    expect(result.primary).toMatchObject({ rung: 'exact', rule: 'guardduty type Recon:EC2/Portscan' });
    expect(result.runnerUp).toEqual({ playbookId: 'a.family', rung: 'family', rule: 'guardduty type Recon:EC2/*' });
    expect(result.seeAlso).toEqual(['a.family', 'a.net']);
    expect(set.match(threat('Recon:EC2/Other'), undefined).primary.rung).toBe('family');
    expect(set.match(threat('Impact:EC2/Other'), undefined).primary).toMatchObject({ rung: 'net' });
    const last = set.match(threat('Impact:S3/Other'), undefined);
    expect(last).toMatchObject({
      primary: { rung: 'catch-all', playbook: { playbook: { id: 'generic.threat' } } },
      seeAlso: [],
    });
    expect(last.runnerUp).toBeUndefined();
  });

  test('the exact tier is equality of the whole string', async () => {
    const result = await winner({ 'a.one': rule('Execution:EC2/MaliciousFile') }, 'Execution:EC2/MaliciousFile!AMI');
    expect(result.primary.rung).toBe('catch-all');
  });

  test('case does not count', async () => {
    const set = await books({ 'a.one': '[{source: securityhub, controls: [opensearch.1]}]' });
    const control = finding({ source: 'securityhub', kind: 'posture', control: 'Opensearch.1' });
    expect(set.match(control, undefined).primary.rung).toBe('exact');
  });

  test('each kind has its catch-all', async () => {
    const set = await books({});
    const ids = (['threat', 'posture', 'notice'] as const).map(
      (kind) => set.match(finding({ kind }), undefined).primary.playbook.playbook.id,
    );
    expect(ids).toEqual(['generic.threat', 'generic.posture', 'generic.aws-notice']);
  });

  test('a rule of another source does not hold', async () => {
    const set = await books({ 'a.one': '[{source: macie, types: ["Policy:IAMUser/*"]}]' });
    expect(set.match(threat('Policy:IAMUser/RootCredentialUsage'), undefined).primary.rung).toBe('catch-all');
  });
});

describe('specificity among globs', () => {
  const wins = async (better: string, worse: string, type: string) => {
    const result = await winner({ 'a.worse': rule(worse), 'a.better': rule(better) }, type);
    expect(result.primary.playbook.playbook.id).toBe('a.better');
    expect(result.runnerUp?.playbookId).toBe('a.worse');
  };

  test.each([
    ['resource before purpose', '*:Kubernetes/*', 'PrivilegeEscalation:*/*', 'PrivilegeEscalation:Kubernetes/X'],
    ['literal resource before partly', '*:Route53Resolver/*', '*:Route53*/Abc*', 'Impact:Route53Resolver/Abcd'],
    ['partly before star', '*:Route53*/*', 'Impact:*/Abc*', 'Impact:Route53Resolver/Abcd'],
    [
      'family exact before partial',
      '*:IAMUser/AnomalousBehavior',
      'Discovery:IAMUser/Anomalous*',
      'Discovery:IAMUser/AnomalousBehavior',
    ],
    ['family partial before star', '*:EC2/DNS*', 'Trojan:EC2/*', 'Trojan:EC2/DNSDataExfiltration'],
    [
      'purpose literal before star',
      'Impact:EC2/*Request*',
      '*:EC2/*DomainRequest*',
      'Impact:EC2/BitcoinDomainRequest.Reputation',
    ],
    [
      'then more characters',
      '*:Kubernetes/AnomalousBehavior.WorkloadDeployed!*',
      '*:Kubernetes/AnomalousBehavior.*',
      'PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer',
    ],
  ])('%s', async (_, better, worse, type) => {
    await wins(better, worse, type);
  });

  test('nets are compared the same way among themselves', async () => {
    const result = await winner(
      { 'a.wide': rule('*:*/*', ', net: true'), 'a.near': rule('*:EC2/*', ', net: true') },
      'New:EC2/Thing',
    );
    expect(result.primary).toMatchObject({ rung: 'net', rule: 'guardduty type *:EC2/* (safety net)' });
  });

  test('for controls: the prefix, then the characters', async () => {
    const set = await books({
      'a.all': '[{source: securityhub, controls: ["*.1"]}]',
      'a.s3': '[{source: securityhub, controls: ["S3.*"]}]',
    });
    const control = finding({ source: 'securityhub', kind: 'posture', control: 'S3.1' });
    expect(set.match(control, undefined).primary.playbook.playbook.id).toBe('a.s3');
  });

  test('a condition more decides when all else is equal, then the priority', async () => {
    const type = 'Recon:EC2/Portscan';
    const conditioned = await winner({ 'a.plain': rule(type), 'a.z-more': rule(type, ', severityAtLeast: low') }, type);
    expect(conditioned.primary.playbook.playbook.id).toBe('a.z-more');
    const ranked = await winner({ 'a.plain': rule(type), 'a.up': rule(type, ', priority: 1') }, type);
    expect(ranked.primary.playbook.playbook.id).toBe('a.up');
  });

  test('except takes a match away before anything is compared', async () => {
    const result = await winner(
      { 'a.one': rule('Recon:EC2/*', ', except: ["*:EC2/Port*"]'), 'a.net': rule('*:EC2/*', ', net: true') },
      'Recon:EC2/Portscan',
    );
    expect(result.primary.playbook.playbook.id).toBe('a.net');
  });
});

describe('conditions of a rule', () => {
  const set = (more: string) => books({ 'a.one': `[{source: securityhub, controls: [S3.8], ${more}}]` });
  const control = finding({
    source: 'securityhub',
    kind: 'posture',
    control: 'S3.8',
    severity: 'medium',
    standards: ['arn:aws:securityhub:::standards/aws-resource-tagging-standard/v/1.0.0'],
    resources: [{ type: 'AwsS3Bucket', id: 'b', tags: { env: 'prod' } }],
  });

  test.each([
    ['severityAtLeast: medium', 'exact'],
    ['severityAtLeast: high', 'catch-all'],
    ['resourceTypes: ["awss3*"]', 'exact'],
    ['resourceTypes: [AwsIamUser]', 'catch-all'],
    ['standards: ["aws-resource-tagging-standard/v/1.0.0"]', 'exact'],
    ['standards: ["pci-dss/v/3.2.1"]', 'catch-all'],
    ['tags: {env: prod}', 'exact'],
    ['tags: {env: test}', 'catch-all'],
    ['tags: {toString: x}', 'catch-all'],
  ])('%s gives %s', async (more, rung) => {
    expect((await set(more)).match(control, undefined).primary.rung).toBe(rung);
  });
});

describe('pins', () => {
  const account: Account = {
    id: '333333333331',
    alias: 'shop',
    environment: 'prod',
    owners: [],
    regions: [],
    act: true,
    management: false,
  };

  test('a pin comes before an exact rule, the more particular one first', async () => {
    const set = await books(
      { 'a.rule': rule('Recon:EC2/Portscan'), 'a.pin': rule('X:Y/Z'), 'a.other': rule('X:Y/W') },
      [
        { playbookId: 'a.other', environments: ['prod'] },
        { playbookId: 'a.pin', environments: ['prod'], types: ['Recon:*'] },
        { playbookId: 'a.other' },
      ],
    );
    const pinned = set.match(threat('Recon:EC2/Portscan'), account);
    expect(pinned).toMatchObject({
      primary: { rung: 'pin', playbook: { playbook: { id: 'a.pin' } } },
      runnerUp: { playbookId: 'a.other' },
    });
    expect(set.match(threat('Recon:EC2/Portscan'), undefined).primary.rung).toBe('exact');
  });
});

describe('ties are errors of the set', () => {
  test.each([
    ['the same exact type', rule('Recon:EC2/Portscan'), rule('recon:ec2/portscan')],
    ['globs of equal weight that overlap', rule('Recon:EC2/Ab*'), rule('Recon:EC2/*cd')],
    ['nets of which one resource fits both', rule('*:Rd*/*', ', net: true'), rule('*:*Ds/*', ', net: true')],
    ['globs without segments that overlap', rule('*Reached*'), rule('*Patched*')],
    [
      'conditions of equal number',
      rule('Recon:EC2/X', ', severityAtLeast: low'),
      rule('Recon:EC2/X', ', resourceTypes: [A]'),
    ],
  ])('%s', async (_, one, two) => {
    const problems = await problemsOf({ 'a/one.yaml': book('a.one', one), 'a/two.yaml': book('a.two', two) });
    expect(problems).toMatchObject([
      { file: 'playbooks/a/two.yaml', line: 10, field: 'match.0', message: expect.stringContaining('ties with') },
    ]);
  });

  test.each([
    ['globs that cannot both hold', rule('Recon:EC2/Ab*'), rule('Recon:EC2/Cd*')],
    ['nets of resources of equal length', rule('*:RDS/*', ', net: true'), rule('*:IAM/*', ', net: true')],
    ['an except that takes the other away', rule('Recon:EC2/Ab*', ', except: ["*:*/*cd"]'), rule('Recon:EC2/*cd')],
    ['another source', rule('Recon:EC2/X'), '[{source: macie, types: ["Recon:EC2/X"]}]'],
  ])('no tie: %s', async (_, one, two) => {
    expect((await books({ 'a.one': one, 'a.two': two })).list()).toHaveLength(5);
  });

  test('two rules of one playbook never tie', async () => {
    const set = await books({
      'a.one': '[{source: guardduty, types: ["A:B/C"]}, {source: guardduty, types: ["A:B/C"]}]',
    });
    expect(set.match(threat('A:B/C'), undefined).seeAlso).toEqual([]);
  });
});

test.each([
  ['*', '', true],
  ['a*b*c', 'aXXbYYc', true],
  ['a*b*c', 'aXXbYY', false],
  ['*.*', 'a.b', true],
  ['[a-z]', 'b', false],
  ['a.c', 'abc', false],
  ['C&C*!DNS', 'c&cActivity.B!dns', true],
])('glob %s on %s: %s', (glob, text, expected) => {
  expect(globMatches(glob, text)).toBe(expected);
});

test('a glob of many stars is not slow', () => {
  expect(globMatches('*a'.repeat(100), 'a'.repeat(99))).toBe(false);
  expect(globMatches(`${'*a'.repeat(90)}b`, 'a'.repeat(20_000))).toBe(false);
});

test.each([
  ['a*', '*b', true],
  ['a*', 'b*', false],
  ['a', 'A', true],
  ['*x*', '*y*', true],
  ['ab*', 'a*c', true],
  ['a', 'ab', false],
])('%s and %s overlap: %s', (one, two, expected) => {
  expect(globsOverlap(one, two)).toBe(expected);
  expect(globsOverlap(two, one)).toBe(expected);
});
