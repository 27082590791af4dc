import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../../../scripts/lib/generated.ts';
import { scaffold } from '../../../scripts/lib/scaffold.ts';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { openPlaybooks } from '../../../src/playbooks/load.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { ROOT } from '../house/project-files.ts';

const TODAY = '2026-11-22';

test('an action and a command are written with their tests, under the names that their places say', () => {
  expect(scaffold('action', 'ec2.reboot-thing', TODAY).map(({ path }) => path)).toEqual([
    'src/actions/ec2/reboot-thing.ts',
    'test/unit/actions/ec2/reboot-thing.test.ts',
    'test/integration/actions/ec2-reboot-thing.test.ts',
  ]);
  expect(scaffold('action', 'iam.do-thing', TODAY).map(({ path }) => path)).toEqual([
    'src/actions/iam/do-thing.ts',
    'test/unit/actions/iam/do-thing.test.ts',
  ]);
  expect(scaffold('command', 'who-knows', TODAY).map(({ path }) => path)).toEqual([
    'src/cli/commands/who-knows.ts',
    'test/unit/cli/commands/who-knows.test.ts',
  ]);
});

test.each([
  ['docs/writing-actions.md', scaffold('action', 'ec2.mark-for-review', TODAY)],
  ['docs/writing-playbooks.md', scaffold('playbook', 'ec2.odd-login', TODAY)],
] as const)('%s says how many files are touched', (path, files) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toContain(`**Files touched: ${files.length}**`);
});

test('a new playbook loads with the others and takes its own fixture', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-scaffold-'));
  await cp(join(ROOT, 'playbooks'), join(folder, 'playbooks'), { recursive: true });
  const files = scaffold('playbook', 's3.odd-thing', TODAY);
  writeFiles(folder, files);
  const source = openPlaybooks({ directories: [join(folder, 'playbooks')], actions: ACTIONS.map(({ id }) => id) });
  const playbooks = await source.current();
  const fixture = files.find(({ path }) => path.endsWith('.json'))?.text ?? '';
  const { findings, problems } = readFindings(fixture);
  expect(problems).toEqual([]);
  expect(findings.map((finding) => playbooks.match(finding, undefined).primary.playbook.playbook.id)).toEqual([
    's3.odd-thing',
  ]);
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ['action', 'reboot', 'is not an id'],
  ['action', 'sagemaker.reboot', 'There is no client'],
  ['action', 'ec2.../../x', 'is not an id'],
  ['playbook', 'S3.Thing', 'is not an id'],
  ['command', 'Who Knows', 'is not a name'],
  ['command', '../x', 'is not a name'],
] as const)('%s %s is refused', (kind, id, why) => {
  expect(() => scaffold(kind, id, TODAY)).toThrow(why);
});
