/**
 * Reads a directory of public sample findings that is not part of the project: CORDON_CORPUS_DIR, with the folders guardduty, eventbridge and
 * securityhub. The table beside this file was made by hand, from the raw files, not from what the adapters say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { openPlaybooks } from '../../../src/playbooks/load.ts';
import { projectRoot } from '../../../src/project-root.ts';
import { readFindings } from '../../../src/sources/read.ts';

const corpus = process.env['CORDON_CORPUS_DIR'];
const FOLDERS = ['guardduty', 'eventbridge', 'securityhub'];
const files =
  corpus === undefined
    ? []
    : FOLDERS.flatMap((folder) => readdirSync(join(corpus, folder)).map((name) => `${folder}/${name}`));
const bodyOf = (file: string) => readFileSync(join(corpus ?? '', file), 'utf8');

const expected = readFileSync(new URL('expected.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'));

/**
 * What a sample may be refused for, and how many are: accounts and Regions that somebody made up or struck out, one example of a user guide that mixes two
 * accounts, and the results of insights, which hold no finding at all. Anything else is a defect of ours.
 */
const REFUSED: Readonly<Record<string, number>> = {
  account_invalid: 30,
  account_mismatch: 1,
  account_missing: 1,
  insight_without_findings: 2,
  region_invalid: 5,
};

/** Playbooks that some sample of the directory belongs to; for the others the public has none. */
const SAMPLED_PLAYBOOKS = [
  'autoscaling.fleet-hardening',
  'cicd.supply-chain',
  'cloudfront.origin-protection',
  'compute.command-and-control',
  'compute.cryptomining',
  'detection.coverage',
  'dns.abuse',
  'ec2.brute-force',
  'ec2.control-plane-abuse',
  'ec2.data-volumes',
  'ec2.metadata-abuse',
  'ec2.outbound-abuse',
  'ec2.port-exposure',
  'elb.listener-security',
  'emr.cluster-exposure',
  'generic.posture',
  'generic.threat',
  'iam.access-key-compromise',
  'iam.access-key-hygiene',
  'iam.anomalous-activity',
  'iam.signin-hardening',
  'kms.key-protection',
  'lambda.hardening',
  'logging.alarm-coverage',
  'logging.audit-impairment',
  'messaging.access-policy',
  'patch.vulnerability',
  'rds.events-logging',
  'rds.exposure-and-access',
  'rds.login-attack',
  'rds.patching',
  'rds.resilience',
  'redshift.exposure',
  'redshift.operations',
  'runtime.container-escape',
  'runtime.process-threat',
  's3.encryption',
  's3.exfiltration',
  's3.public-exposure',
  's3.sensitive-data',
  'sequence.multi-stage-attack',
  'ses.sending-abuse',
  'vpc.network-controls',
];

/** The two files without a finding. */
const INSIGHTS = [
  'eventbridge/aws-security-hub-user-gu--sh-insight-results-name-of-the-insight--01.json',
  'eventbridge/cloud-custodian--sh-insight-results-5-aws-users-with-the-most-suspicious-activity--01.json',
];

/** Every field of a finding that is empty in some sample: in how many of the 222 findings, and why. A field that is not listed is never empty. */
const EMPTY: Readonly<Record<string, readonly [count: number, why: string]>> = {
  accountId: [1, 'a native finding without accountId, region and arn; it is refused for that'],
  region: [1, 'that one again'],
  type: [
    94,
    '85 checks, which have a control instead, and 9 findings of third parties without Types, which go by title',
  ],
  control: [
    137,
    'only a Security Hub check has one: threats, third parties and standards that are in no catalogue have none',
  ],
  rawControl: [136, 'the same; one check of an unknown standard has its number there and no control'],
  compliance: [106, 'only checks are passed or failed'],
  standards: [126, 'only consolidated checks and those whose id names the standard say it'],
  requirements: [192, 'RelatedRequirements is written for few checks'],
  description: [10, 'made for tests of other tools, without one'],
  entities: [
    110,
    'checks of a whole account, kinds of resource that no step of a playbook takes (images, topics, pipelines, ...), and ids that were struck out or made up',
  ],
  firstSeenAt: [54, 'FirstObservedAt may be left out in ASFF and OCSF, and third parties do'],
  lastSeenAt: [72, 'LastObservedAt may be left out likewise, more often'],
  statedAt: [
    182,
    'only an event has a time of sending and only a note a time of writing: the others are findings alone',
  ],
  workflow: [77, 'GuardDuty knows none (32), and ASFF before 2020 or of third parties has none'],
  noteBy: [217, 'five samples carry a note'],
  writeBack: [
    12,
    'OCSF of Security Hub v2 and of tools, which BatchUpdateFindings does not know, and one GuardDuty finding without its detector',
  ],
};

/** What every sample of the directory is, and the table has some of each. */
const SHAPES = [
  'asff alone',
  'asff in Security Hub Findings - Custom Action',
  'asff in Security Hub Findings - Imported',
  'guardduty alone',
  'guardduty in GuardDuty Finding',
  'ocsf alone',
  'ocsf in Findings Imported V2',
];

function shapeOf(file: string): string {
  const raw: unknown = JSON.parse(bodyOf(file));
  const { findings, refused } = readFindings(bodyOf(file));
  const event: unknown = raw instanceof Object ? Reflect.get(raw, 'detail-type') : undefined;
  return `${[...findings, ...refused][0]?.shape} ${typeof event === 'string' ? `in ${event}` : 'alone'}`;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (value instanceof Object && Object.keys(value).length === 0);
}

describe.skipIf(corpus === undefined)('the samples', () => {
  test('the table speaks of 60 different files, all of them there', () => {
    expect(new Set(expected.map(([file]) => file)).size).toBe(60);
    expect(expected.filter(([file = '']) => !files.includes(file))).toEqual([]);
    expect([...new Set(expected.map(([file = '']) => shapeOf(file)))].sort()).toEqual(SHAPES);
    expect(expected.every((row) => row.length === 6 && row.every((cell) => cell !== ''))).toBe(true);
  });

  test.each(expected)('%s', (file = '', account, region, subject, severity, resource) => {
    const { findings, problems } = readFindings(bodyOf(file));
    const [finding] = findings;
    expect(problems).toEqual([]);
    expect(findings).toHaveLength(1);
    expect({
      account: finding?.accountId,
      region: finding?.region,
      subject: finding?.control ?? finding?.type,
      severity: finding?.severity,
      resource: finding?.resources[0]?.id,
    }).toEqual({ account, region, subject, severity, resource });
  });

  test('every one but the insights holds a finding, refused for a known reason or not, and each finding has a playbook', async () => {
    const directories = [join(projectRoot(import.meta.url), 'playbooks')];
    const playbooks = await openPlaybooks({ directories, actions: ACTIONS.map(({ id }) => id) }).current();
    expect(files).toHaveLength(223);
    const results = files.map((file) => ({ file, ...readFindings(bodyOf(file)) }));
    const reasons = results.flatMap(({ problems }) => problems.map(({ code }) => code));
    const counted = Object.fromEntries(
      [...new Set(reasons)].sort().map((code) => [code, reasons.filter((one) => one === code).length]),
    );
    expect(counted).toEqual(REFUSED);
    const silent = results.filter(({ findings, refused }) => findings.length + refused.length === 0);
    expect(silent.map(({ file }) => file)).toEqual(INSIGHTS);
    const landed = results.flatMap(({ findings, refused }) =>
      [...findings, ...refused].map((finding) => playbooks.match(finding, undefined).primary.playbook.playbook.id),
    );
    // One custom action was pressed with two findings chosen; every other file has one.
    const several = results.filter(({ findings, refused }) => findings.length + refused.length > 1);
    expect(several.map(({ findings }) => findings.length)).toEqual([2]);
    expect(landed).toHaveLength(files.length - INSIGHTS.length + 1);
    expect([...new Set(landed)]).toEqual(expect.arrayContaining(SAMPLED_PLAYBOOKS));
  });

  test('the insights are answered with the reason and with what to do', () => {
    for (const file of INSIGHTS) {
      const [problem] = readFindings(bodyOf(file)).problems;
      expect(problem).toMatchObject({ code: 'insight_without_findings', field: '/detail-type' });
      expect(problem?.hint).toContain('choose the findings of the insight');
    }
  });

  test('each empty field is one that the samples leave out, counted by name', () => {
    const all = files.flatMap((file) => {
      const { findings, refused } = readFindings(bodyOf(file));
      return [...findings, ...refused];
    });
    expect(all).toHaveLength(222);
    const names = [...new Set(all.flatMap((finding) => Object.keys(finding)))].filter((name) => name !== 'health');
    const counts = names.map(
      (name) => [name, all.filter((finding) => isEmpty(Reflect.get(finding, name))).length] as const,
    );
    const empty = Object.fromEntries(counts.filter(([, count]) => count > 0));
    expect(empty).toEqual(Object.fromEntries(Object.entries(EMPTY).map(([name, [count]]) => [name, count])));
    // What is never empty and yet says little.
    expect(all.filter(({ type, control }) => type === undefined && control === undefined)).toHaveLength(9);
    expect(all.filter(({ rawSeverity }) => rawSeverity === 'absent')).toHaveLength(0);
    // Checks of a whole account, two attack sequences without their sequence, and a finding about a database that names none.
    expect(all.filter(({ resources }) => resources.every(({ type }) => type === 'AwsAccount'))).toHaveLength(38);
    console.log(
      Object.entries(EMPTY)
        .map(([name, [count, why]]) => `${name}: empty in ${count} of ${all.length}: ${why}`)
        .join('\n'),
    );
  });
});
