import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consoleUrl, findStep, stepKind, stepsOf } from '../../../src/domain/playbook.ts';
import { describeMatch } from '../../../src/playbooks/describe.ts';
import { playbookJsonSchema } from '../../../src/playbooks/json-schema.ts';
import { fixturesBeside, type LintOptions, lint } from '../../../src/playbooks/lint.ts';
import { openPlaybooks } from '../../../src/playbooks/load.ts';
import { catalogRows } from '../../../src/sources/catalog.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { ACTIONS, book, finding, folder, ROOT, shipped } from './books.ts';

const set = await shipped();
const RISKS: LintOptions['risks'] = new Map([
  ['iam.deactivate-access-key', 'reversible'],
  ['s3.block-public-access', 'reversible'],
  ['ec2.isolate-instance', 'disruptive'],
  ['ec2.snapshot-volumes', 'additive'],
]);

function fixtureFindings(file: string, name: string) {
  const { findings, problems } = readFindings(
    readFileSync(join(ROOT, file.replace(/\.yaml$/, '.tests'), name), 'utf8'),
  );
  expect(problems).toEqual([]);
  expect(findings.length).toBeGreaterThan(0);
  return findings;
}

describe.each(set.list().map((loaded) => [loaded.playbook.id, loaded] as const))('%s', (id, loaded) => {
  const { match, noMatch } = loaded.playbook.tests;

  test.each(match)('takes %s', (name) => {
    for (const one of fixtureFindings(loaded.file, name))
      expect(set.match(one, undefined).primary.playbook.playbook.id).toBe(id);
  });

  test.each(noMatch)('does not take %s', (name) => {
    for (const one of fixtureFindings(loaded.file, name))
      expect(set.match(one, undefined).primary.playbook.playbook.id).not.toBe(id);
  });

  test('its fixtures give every entity it requires', () => {
    const required = loaded.playbook.entities.require;
    const filled = match
      .flatMap((name) => fixtureFindings(loaded.file, name))
      .map(({ entities }) => required.every((kind) => kind in entities));
    expect(filled.some(Boolean)).toBe(true);
  });

  test('every step says something to do', () => {
    for (const { step } of stepsOf(loaded.playbook))
      expect([step.id, (step.guidance ?? step.call)?.toString().length ?? 0]).not.toEqual([step.id, 0]);
  });
});

test('nothing to correct', () => {
  expect(lint(set.list(), { today: '2026-11-28', risks: RISKS, fixtures: fixturesBeside(ROOT) })).toEqual([]);
});

describe('the catalogues', () => {
  const types = catalogRows('guardduty-finding-types.tsv').map(([type = '']) => type);
  const controls = catalogRows('securityhub-controls.tsv').map(([control = '']) => control);
  const ofType = (type: string) => set.match(finding({ type }), undefined);
  const ofControl = (control: string) =>
    set.match(finding({ source: 'securityhub', kind: 'posture', control }), undefined);
  const ids = (results: readonly ReturnType<typeof ofType>[]) =>
    results.map(({ primary }) => primary.playbook.playbook.id);

  /** Every playbook that has such a rule takes something. A net alone takes only what nobody knows yet. */
  const owners = (source: string) =>
    new Set(
      set
        .list()
        .filter(({ playbook }) => playbook.match.some((rule) => rule.source === source && !rule.net))
        .map(({ playbook }) => playbook.id),
    );

  test('every GuardDuty type lands on a playbook of its own, none on the catch-all', () => {
    const landed = ids(types.map(ofType));
    expect(landed).toHaveLength(247);
    expect(new Set(landed)).toEqual(owners('guardduty'));
  });

  test('every control lands on a playbook of its own, none on the catch-all', () => {
    const landed = ids(controls.map(ofControl));
    expect(landed).toHaveLength(584);
    expect(new Set(landed)).toEqual(owners('securityhub'));
  });

  test('no pattern is without a type or a control of the catalogue, but for the safety nets', () => {
    const rules = set
      .list()
      .flatMap(({ playbook }) => playbook.match.map((rule) => ({ id: playbook.id, rule })))
      .filter(({ rule }) => !rule.net);
    const winners = {
      types: types.map((one) => ofType(one).primary),
      controls: controls.map((one) => ofControl(one).primary),
    };
    const idle = rules.flatMap(({ id, rule }) => {
      const [patterns, taken] =
        rule.source === 'guardduty' ? [rule.types, winners.types] : [rule.controls, winners.controls];
      if (!['guardduty', 'securityhub'].includes(rule.source)) return [];
      return (patterns ?? []).filter(
        (pattern) => !taken.some((one) => one.rule.includes(pattern) && one.playbook.playbook.id === id),
      );
    });
    expect(idle).toEqual([]);
  });
});

describe('a safety net takes what its service reports anew', () => {
  const nets = set
    .list()
    .flatMap(({ playbook }) => playbook.match.map((rule) => ({ id: playbook.id, rule })))
    .filter(({ rule }) => rule.net)
    .flatMap(({ id, rule }) => (rule.types ?? []).map((pattern) => [pattern, id] as const));

  test.each(nets)('%s', (pattern, id) => {
    const { primary } = set.match(finding({ type: pattern.replaceAll('*', 'BrandNew') }), undefined);
    expect([primary.playbook.playbook.id, primary.rung]).toEqual([id, 'net']);
  });
});

describe('where two playbooks could take it, the one that owns the type does', () => {
  test.each([
    ['UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration', 'iam.role-credential-exfiltration'],
    ['Recon:IAMUser/TorIPCaller', 'iam.access-key-compromise'],
    ['Discovery:IAMUser/AnomalousBehavior', 'iam.anomalous-activity'],
    ['Policy:S3/BucketPublicAccessGranted', 's3.public-exposure'],
    ['Discovery:S3/MaliciousIPCaller.Custom', 's3.exfiltration'],
    ['Impact:EC2/BitcoinDomainRequest.Reputation', 'compute.cryptomining'],
    ['Impact:EC2/MaliciousDomainRequest.Reputation', 'compute.command-and-control'],
    ['CryptoCurrency:Lambda/BitcoinTool.B', 'lambda.compromise'],
    ['Exfiltration:EC2/TransferDataToCloudAccount', 'ec2.data-volumes'],
    ['DefenseImpairment:RDS/ModifyAuthenticationProcess', 'rds.exposure-and-access'],
    ['DefenseImpairment:EC2/DisableOrModifyTools', 'logging.audit-impairment'],
    ['Stealth:IAMUser/CloudTrailLoggingDisabled', 'logging.audit-impairment'],
    ['UnauthorizedAccess:Runtime/MetadataDNSRebind', 'ec2.metadata-abuse'],
    ['UnauthorizedAccess:Runtime/TorRelay', 'compute.command-and-control'],
    ['CredentialAccess:RDS/ModifyAuthenticationProcess', 'rds.exposure-and-access'],
    ['CredentialAccess:RDS/TorIPCaller.FailedLogin', 'rds.login-attack'],
    ['Impact:IAMUser/CostHarvesting', 'ml.model-protection'],
    ['Recon:EC2/PortProbeEMRUnprotectedPort', 'emr.cluster-exposure'],
  ])('%s goes to %s', (type, id) => {
    expect(set.match(finding({ type }), undefined).primary.playbook.playbook.id).toBe(id);
  });
});

describe('a type or control that nobody has heard of', () => {
  test.each([
    ['guardduty', 'threat', { type: 'Unheard:Of/Thing' }, 'generic.threat'],
    ['securityhub', 'posture', { control: 'Unheard.99' }, 'generic.posture'],
    ['securityhub', 'posture', {}, 'generic.posture'],
    ['custom', 'threat', { type: 'TTPs/Whatever' }, 'generic.threat'],
    ['health', 'notice', { type: 'AWS_UNHEARD_OF' }, 'generic.aws-notice'],
    ['health', 'notice', { type: 'AWS_RISK_CREDENTIALS_EXPOSED' }, 'iam.access-key-compromise'],
    ['health', 'notice', { type: 'AWS_LAMBDA_OPERATIONAL_ISSUE' }, 'aws.service-disruption'],
    ['health', 'notice', { type: 'AWS_ABUSE_PORT_SCAN' }, 'aws.abuse-notice'],
    ['securityhub', 'posture', { control: 'CloudTrail.99' }, 'logging.audit-impairment'],
    ['securityhub', 'posture', { control: 'CloudTrail.9' }, 'governance.resource-tagging'],
    ['trustedadvisor', 'posture', { type: 'Exposed Access Keys' }, 'iam.access-key-compromise'],
    [
      'access-analyzer',
      'posture',
      { resources: [{ type: 'AwsS3Bucket', id: 'arn:aws:s3:::b' }] },
      's3.public-exposure',
    ],
    ['access-analyzer', 'posture', { resources: [{ type: 'AwsIamRole', id: 'r' }] }, 'generic.posture'],
    ['macie', 'threat', { type: 'Policy:IAMUser/S3BucketPublic' }, 's3.public-exposure'],
    [
      'inspector',
      'posture',
      { type: 'Software and Configuration Checks/AWS Security Best Practices/Network Reachability - Port 22' },
      'ec2.port-exposure',
    ],
  ] as const)('%s %s %j goes to %s', (source, kind, parts, id) => {
    expect(set.match(finding({ source, kind, ...parts }), undefined).primary.playbook.playbook.id).toBe(id);
  });
});

test('an action that exists is given what the finding is about, all others are done by hand', () => {
  const given: Readonly<Record<string, unknown>> = {
    'iam.deactivate-access-key': { accessKeyId: { ref: 'entity.accessKey.id' } },
    's3.block-public-access': { bucket: { ref: 'entity.bucket.name' } },
    'ec2.isolate-instance': { instanceId: { ref: 'entity.instance.id' } },
    'ec2.snapshot-volumes': { instanceId: { ref: 'entity.instance.id' } },
  };
  const kinds = set.list().flatMap(({ playbook }) =>
    stepsOf(playbook).map(({ step }) => {
      const kind = stepKind(step, (id) => ACTIONS.includes(id));
      if (kind === 'action')
        expect([playbook.id, step.id, step.action?.params]).toEqual([
          playbook.id,
          step.id,
          given[step.action?.use ?? ''],
        ]);
      return kind;
    }),
  );
  expect(new Set(kinds)).toEqual(new Set(['action', 'planned', 'slack', 'support', 'call', 'manual']));
});

test('console links are filled with a checked place', () => {
  const loaded = set.get('s3.public-exposure');
  const link = loaded === undefined ? undefined : findStep(loaded.playbook, 'block')?.console;
  expect(consoleUrl(link ?? '', { accountId: '333333333331', region: 'eu-west-1' })).toBe(
    'https://s3.console.aws.amazon.com/s3/buckets?region=eu-west-1',
  );
});

test('describeMatch is the line of the match command', () => {
  const one = finding({
    type: 'UnauthorizedAccess:IAMUser/TorIPCaller',
    resources: [{ type: 'AwsIamAccessKey', id: 'AKIAZZZZZZZZZZZZZZZ1' }],
  });
  expect(describeMatch(one, set.match(one, undefined), 'x.json')).toEqual({
    file: 'x.json',
    source: 'guardduty',
    id: 'x',
    type: 'UnauthorizedAccess:IAMUser/TorIPCaller',
    control: null,
    account: '333333333331',
    region: 'eu-west-1',
    resources: [{ type: 'AwsIamAccessKey', id: 'AKIAZZZZZZZZZZZZZZZ1' }],
    severity: 'high',
    sample: false,
    playbook: 'iam.access-key-compromise',
    rung: 'exact',
    why: 'The playbook names UnauthorizedAccess:IAMUser/TorIPCaller itself.',
    runnerUp: { playbook: 'iam.anomalous-activity', rung: 'net', rule: 'guardduty type *:IAMUser/* (safety net)' },
  });
});

test('explain: the order, what decided, what is out, and which paths were missing', async () => {
  const files = {
    'a/one.yaml': book(
      'a.one',
      '[{source: guardduty, types: ["Recon:EC2/Port*"]}]',
      'severity: {raise: [{when: {path: entity.bucket.name, op: eq, value: x}, to: critical, why: x}]}',
    ),
    'a/two.yaml': book('a.two', '[{source: guardduty, types: ["Recon:EC2/*"]}]'),
    'a/three.yaml': book('a.three', '[{source: guardduty, types: ["Recon:EC2/Portscan"], severityAtLeast: critical}]'),
    'a/four.yaml': book('a.four', '[{source: guardduty, types: ["*:EC2/*"], except: ["*:EC2/Port*"]}]'),
  };
  const other = await openPlaybooks({ directories: [folder(files)], actions: ACTIONS }).current();
  const explanation = other.explain(finding({ type: 'Recon:EC2/Portscan' }), undefined);
  expect(explanation.candidates.map(({ playbookId, decidedBy }) => [playbookId, decidedBy])).toEqual([
    ['a.one', 'family segment 1 over 0'],
    ['a.two', 'rung family over catch-all'],
    ['generic.threat', undefined],
  ]);
  expect(explanation.rejected).toEqual([
    { playbookId: 'a.four', rule: 'guardduty type *:EC2/*', why: 'except' },
    {
      playbookId: 'a.three',
      rule: 'guardduty type Recon:EC2/Portscan + severityAtLeast',
      why: 'does not hold: severityAtLeast',
    },
  ]);
  expect(explanation.conditions).toEqual([
    { field: 'severity.raise.0.when', holds: false, missing: ['entity.bucket.name'] },
  ]);
});

describe('lint finds', () => {
  const notes = async (more: string, match = '[{source: guardduty, types: ["A:B/C"]}]', today = '2026-11-22') => {
    const directory = folder({ 'a/one.yaml': book('a.one', match, more) });
    const { list } = await openPlaybooks({ directories: [directory], actions: ACTIONS }).current();
    return lint(
      list().filter(({ playbook }) => playbook.id === 'a.one'),
      { today, risks: RISKS, fixtures: () => [] },
    ).map(({ level, field, message }) => `${level} ${field}: ${message}`);
  };
  const isolate =
    '{id: off, title: Off, action: {use: ec2.isolate-instance, params: {instanceId: {ref: entity.instance.id}}}}';
  const snapshot =
    '{id: snap, title: Snap, evidence: true, action: {use: ec2.snapshot-volumes, params: {instanceId: {ref: entity.instance.id}}}}';
  const listed = 'entities: {require: [instance]}';

  test('isolation before evidence', async () => {
    expect(await notes(`${listed}\nphases: {contain: [${isolate}]}`)).toEqual([
      'error phases.contain.off: ec2.isolate-instance changes the instance before its evidence is kept',
    ]);
    expect(await notes(`${listed}\nphases: {contain: [${isolate}, ${snapshot}]}`)).toHaveLength(1);
    expect(await notes(`${listed}\nphases: {contain: [${snapshot}, ${isolate}]}`)).toEqual([]);
  });

  test.each([
    ['whitepaper: [Nowhere > At all]', /^error whitepaper.0: there is no heading/],
    ['related: [iam.acess-key-compromise]', /^error related.0: there is no playbook/],
    ['outOfScope: [{case: x, goto: no.such-thing}]', /^error outOfScope.0.goto/],
    ['tests: {match: [a.json]}', /^error tests: the fixture a.json does not exist/],
    [`phases: {contain: [${snapshot}]}`, /^error phases.contain.snap: it uses entity.instance, which is not listed/],
  ])('%s', async (more, expected) => {
    const found = await notes(more);
    expect(found).toEqual([expect.stringMatching(expected)]);
  });

  test('dates and priorities', async () => {
    expect(await notes('', undefined, '2026-11-21')).toEqual(['error reviewed: 2026-11-22 is in the future']);
    expect(await notes('', undefined, '2028-01-01')).toEqual(['warning reviewed: it was last reviewed 405 days ago']);
    expect(await notes('', '[{source: guardduty, types: ["A:B/C"], priority: 2}]')).toEqual([
      expect.stringContaining('warning match.0.priority'),
    ]);
  });
});

test('the JSON Schema for editors is closed and knows the fields', () => {
  const schema = playbookJsonSchema();
  expect(schema).toMatchObject({
    additionalProperties: false,
    type: 'object',
    properties: { match: { type: 'array' }, phases: {} },
  });
  expect(schema['required']).toEqual(expect.arrayContaining(['id', 'version', 'title', 'summary']));
  expect(schema['required']).not.toContain('phases');
});
