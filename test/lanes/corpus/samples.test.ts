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

/** What a sample may be refused for. Anything else is a defect of ours. */
const EXPECTED_PROBLEMS = [
  'account_invalid',
  'account_missing',
  'account_mismatch',
  'region_invalid',
  'insight_without_findings',
];

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

describe.skipIf(corpus === undefined)('the samples', () => {
  test('the table speaks of 40 different files, all of them there', () => {
    expect(new Set(expected.map(([file]) => file)).size).toBe(40);
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

  test('every one is read or refused for a known reason, and every one that is read has a playbook', async () => {
    const directories = [join(projectRoot(import.meta.url), 'playbooks')];
    const playbooks = await openPlaybooks({ directories, actions: ACTIONS.map(({ id }) => id) }).current();
    expect(files.length).toBeGreaterThan(200);
    const results = files.map((file) => ({ file, ...readFindings(bodyOf(file)) }));
    const odd = results.flatMap(({ file, problems }) =>
      problems.filter(({ code }) => !EXPECTED_PROBLEMS.includes(code)).map(({ code }) => `${file} ${code}`),
    );
    expect(odd).toEqual([]);
    expect(results.filter(({ findings, problems }) => findings.length + problems.length === 0)).toEqual([]);
    const landed = results.flatMap(({ findings }) =>
      findings.map((finding) => playbooks.match(finding, undefined).primary.playbook.playbook.id),
    );
    expect(landed.length).toBeGreaterThan(170);
    expect([...new Set(landed)]).toEqual(expect.arrayContaining(SAMPLED_PLAYBOOKS));
  });
});
