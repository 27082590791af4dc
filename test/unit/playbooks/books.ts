import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { openPlaybooks, type Playbooks } from '../../../src/playbooks/load.ts';
import type { Pin } from '../../../src/playbooks/match.ts';
import { type PlaybookProblem, PlaybooksError } from '../../../src/playbooks/problem.ts';
import { projectRoot } from '../../../src/project-root.ts';

export const ROOT = projectRoot(import.meta.url);
export const ACTIONS = [
  'iam.deactivate-access-key',
  's3.block-public-access',
  'ec2.isolate-instance',
  'ec2.snapshot-volumes',
];

/** The playbooks that the project ships. */
export function shipped(): Promise<Playbooks> {
  return openPlaybooks({ directories: [join(ROOT, 'playbooks')], actions: ACTIONS }).current();
}

/** The text of a playbook with everything that must stand in one; `match` and `more` are YAML. */
export function book(id: string, match: string, more = ''): string {
  return [
    'schema: cordon/v1',
    `id: ${id}`,
    'version: 1.0.0',
    'status: test',
    'title: A title',
    'summary: A summary.',
    'owner: somebody',
    'reviewed: 2026-11-22',
    'responsibility: customer',
    `match: ${match}`,
    more.includes('phases:') ? '' : 'phases: {}',
    more,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const CATCH_ALLS = {
  'generic/threat.yaml': book('generic.threat', '[]'),
  'generic/posture.yaml': book('generic.posture', '[]'),
  'generic/aws-notice.yaml': book('generic.aws-notice', '[]'),
};

/** A directory `playbooks` with those files and the three catch-alls, gone when the test is over. */
export function folder(files: Readonly<Record<string, string>>): string {
  const directory = join(mkdtempSync(join(tmpdir(), 'cordon-books-')), 'playbooks');
  onTestFinished(() => rmSync(dirname(directory), { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ ...CATCH_ALLS, ...files })) write(directory, name, text);
  return directory;
}

export function write(directory: string, name: string, text: string): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
}

/** Playbooks `a.one`, `a.two`, … made of their `match` in YAML. */
export function books(matches: Readonly<Record<string, string>>, pins: readonly Pin[] = []): Promise<Playbooks> {
  const files = Object.entries(matches).map(([id, match]) => [`${id.replace('.', '/')}.yaml`, book(id, match)]);
  return openPlaybooks({ directories: [folder(Object.fromEntries(files))], actions: ACTIONS, pins }).current();
}

/** The problems of a set that must not load. */
export async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly PlaybookProblem[]> {
  try {
    await openPlaybooks({ directories: [folder(files)], actions: ACTIONS }).current();
  } catch (thrown) {
    if (thrown instanceof PlaybooksError) return thrown.problems;
    throw thrown;
  }
  throw new Error('the set was loaded');
}

/** A finding of which only what matters is given. */
export function finding(parts: Partial<Finding>): Finding {
  return {
    key: 'k',
    source: 'guardduty',
    shape: 'guardduty',
    kind: 'threat',
    id: 'x',
    standards: [],
    requirements: [],
    title: 'T',
    description: 'D',
    accountId: '333333333331',
    region: 'eu-west-1',
    partition: 'aws',
    severity: 'high',
    rawSeverity: '8',
    state: 'active',
    count: 1,
    createdAt: '2026-11-20T00:00:00.000Z',
    updatedAt: '2026-11-20T00:00:00.000Z',
    resources: [{ type: 'AwsAccount', id: 'AWS::::Account:333333333331' }],
    entities: {},
    sample: false,
    writeBack: {},
    ...parts,
  };
}
