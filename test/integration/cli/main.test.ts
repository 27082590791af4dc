import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectRoot } from '../../../src/project-root.ts';
import { guardDutyEvent } from '../../support/flow-world.ts';

const root = projectRoot(import.meta.url);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-main-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The command line as a process of its own, with nothing in its environment but what is given. */
function start(argv: readonly string[], environment: Readonly<Record<string, string>>) {
  const args = ['--import', join(root, 'node_modules/tsx/dist/esm/index.mjs'), join(root, 'src/cli/main.ts'), ...argv];
  return spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = start(argv, environment);
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const [code] = await once(child, 'close');
  return { code, out: out.join(''), err: err.join('') };
}

test('help needs nothing; wrong usage ends with 2', async () => {
  const [help, wrong] = await Promise.all([run([]), run(['statsu'])]);
  expect(help).toMatchObject({ code: 0, out: expect.stringContaining('quarantine'), err: '' });
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean status') });
});

test('a reader that goes away, as in `| head`, is no error, and the command ends as it would have', async () => {
  await writeFile(join(folder, 'bad.json'), '{');
  const [help, match] = [start([], {}), start(['match', 'bad.json'], {})];
  const said: string[] = [];
  // Closed long before the first line is written.
  for (const child of [help, match]) child.stdout.destroy();
  help.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  match.stderr.resume();
  const codes = await Promise.all([help, match].map(async (child) => (await once(child, 'close'))[0]));
  expect({ codes, said }).toEqual({ codes: [0, 1], said: [] });
});

test('match shows a refused finding beside its problem', async () => {
  await writeFile(join(folder, 'short.json'), guardDutyEvent().replaceAll('333333333331', '3333'));
  const { code, out } = await run(['match', 'short.json', '--json']);
  const lines = out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(code).toBe(1);
  expect(lines).toMatchObject([
    { account: '3333', playbook: 'compute.command-and-control', refused: true },
    { problem: { code: 'account_invalid' } },
  ]);
});

test('match answers insight results with the reason and what to send instead, and reads every finding of a custom action', async () => {
  const samples = join(root, 'test/fixtures/findings');
  const [insight, several] = await Promise.all([
    run(['match', join(samples, 'event-insight-results.json')]),
    run(['match', join(samples, 'event-custom-action-with-three.json'), '--json']),
  ]);
  expect(insight).toMatchObject({ code: 1, out: '' });
  expect(insight.err).toContain('insight results name resources and hold no findings');
  expect(insight.err).toContain('choose the findings of the insight');
  expect(several.out.trim().split('\n')).toHaveLength(3);
});

test('match gives a JSON object a line for findings and problems, and stores nothing', async () => {
  await writeFile(join(folder, 'good.json'), guardDutyEvent());
  await writeFile(join(folder, 'bad.json'), '{');
  const { code, out } = await run(['match', '.', '--json']);
  const lines = out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(code).toBe(1);
  expect(lines).toMatchObject([
    { file: 'bad.json', problem: { code: 'not_json' } },
    {
      file: 'good.json',
      source: 'guardduty',
      type: 'Backdoor:EC2/C&CActivity.B!DNS',
      account: '333333333331',
      region: 'eu-west-1',
      severity: 'high',
      playbook: 'compute.command-and-control',
      rung: 'family',
      why: expect.any(String),
      runnerUp: expect.anything(),
    },
  ]);
  expect(existsSync(join(folder, '.cordon'))).toBe(false);
});

test('playbooks and iam work without a configuration', async () => {
  const [lint, iam] = await Promise.all([run(['playbooks', 'lint']), run(['iam', 'render', '--dir', 'out'])]);
  expect(lint).toMatchObject({ code: 0, out: expect.stringContaining('ok') });
  expect(iam.code).toBe(0);
  expect(JSON.parse(await readFile(join(folder, 'out/member-role.json'), 'utf8'))).toHaveProperty('Resources');
  expect(await readFile(join(folder, 'out/hub.json'), 'utf8')).toBe(
    await readFile(join(root, 'infra/hub.json'), 'utf8'),
  );
});

test('with nothing running and nothing configured a command says how to reach one, with 69', async () => {
  expect(await run(['status'])).toMatchObject({ code: 69, err: expect.stringContaining('--data-dir') });
});

test('half a configuration names everything that is missing, with 78', async () => {
  const { code, err } = await run(['status'], { SLACK_BOT_TOKEN: 'xoxb-1' });
  expect(code).toBe(78);
  expect(err).toContain('SLACK_APP_TOKEN: is not set');
  expect(err).toContain('CORDON_QUEUE_URL: is not set');
});

test('stop works whatever is broken: it leaves the file, readable by its owner alone, and says so', async () => {
  const { code, out } = await run(['stop', 'strange', 'things', '--data-dir', 'data'], { SLACK_BOT_TOKEN: 'xoxb-1' });
  expect(code).toBe(0);
  expect(out).toContain('STOPPED by the file');
  const path = join(folder, 'data/STOP');
  expect(await readFile(path, 'utf8')).toContain('strange things');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await run(['stop', '--data-dir', 'data2'])).code).toBe(0);
});
