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
  'compute.command-and-control',
  'ec2.metadata-abuse',
  'ec2.port-exposure',
  'generic.aws-notice',
  'generic.posture',
  'generic.threat',
  'iam.access-key-compromise',
  'iam.anomalous-activity',
  'logging.audit-impairment',
  's3.exfiltration',
  's3.public-exposure',
];

/** The two files without a finding. */
const INSIGHTS = [
  'eventbridge/aws-security-hub-user-gu--sh-insight-results-name-of-the-insight--01.json',
  'eventbridge/cloud-custodian--sh-insight-results-5-aws-users-with-the-most-suspicious-activity--01.json',
];

/** Fields that a finding may lack, and in how many samples each is empty; the reasons stand beside them. */
const EMPTY: Readonly<Record<string, number>> = {
  // One native finding without accountId, region and arn; it is refused for that.
  account: 1,
  region: 1,
  // Third parties without Types, in ASFF; they go by title.
  typeAndControl: 9,
  severity: 0,
  // Made for tests of other tools, without one.
  description: 10,
  // Checks of a whole account, two attack sequences without their sequence, and a finding about a database that names none.
  resourceOfItsOwn: 38,
  // Those again, kinds of resource that no step of a playbook takes (images, topics, pipelines, ...), and ids that were struck out or made up.
  entities: 110,
};

describe.skipIf(corpus === undefined)('the samples', () => {
  test('the table speaks of 60 different files, all of them there', () => {
    expect(new Set(expected.map(([file]) => file)).size).toBe(60);
    expect(expected.filter(([file = '']) => !files.includes(file))).toEqual([]);
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
    expect(files.length).toBeGreaterThan(200);
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
    expect(landed.length).toBeGreaterThanOrEqual(files.length - INSIGHTS.length);
    expect([...new Set(landed)]).toEqual(expect.arrayContaining(SAMPLED_PLAYBOOKS));
  });

  test('the empty fields are those that the samples leave out', () => {
    const all = files.flatMap((file) => {
      const { findings, refused } = readFindings(bodyOf(file));
      return [...findings, ...refused];
    });
    const empty = {
      account: all.filter(({ accountId }) => accountId === '').length,
      region: all.filter(({ region }) => region === '').length,
      typeAndControl: all.filter(({ type, control }) => type === undefined && control === undefined).length,
      severity: all.filter(({ rawSeverity }) => rawSeverity === 'absent').length,
      description: all.filter(({ description }) => description === '').length,
      resourceOfItsOwn: all.filter(({ resources }) => resources.every(({ type }) => type === 'AwsAccount')).length,
      entities: all.filter(({ entities }) => Object.keys(entities).length === 0).length,
    };
    expect(empty).toEqual(EMPTY);
  });
});
