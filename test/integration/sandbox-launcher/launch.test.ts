import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../../src/project-root.ts';

const root = projectRoot(import.meta.url);
const Ready = z.object({
  ready: z.literal(true),
  page: z.url(),
  awsControl: z.url(),
  http: z.url(),
  dataDir: z.string(),
  logs: z.string(),
  pids: z.object({ launcher: z.number(), aws: z.number(), slack: z.number(), product: z.number() }),
});
type Ready = z.infer<typeof Ready>;
const Restarted = z.object({ restarted: z.literal(true), product: z.number() });

interface Started {
  readonly launcher: ChildProcessByStdio<null, Readable, Readable>;
  readonly lines: AsyncIterator<string>;
  readonly reader: Interface;
  readonly ready: Ready;
  readonly errors: () => string;
}

let started: Started | undefined;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cordon-launch-'));
});
afterEach(async () => {
  started?.launcher.kill('SIGKILL');
  // Without the launcher the others end by themselves; waiting for it here keeps one test out of the next.
  if (started) await expectGone(Object.values(started.ready.pids));
  if (started) await rm(started.ready.logs, { recursive: true, force: true });
  started = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<Started> {
  const args = [
    '--import',
    'tsx',
    'sandbox/launch.ts',
    '--json-ready',
    '--no-play',
    '--port',
    '0',
    '--data-dir',
    dataDir,
  ];
  const launcher = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  launcher.stderr.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  const reader = createInterface({ input: launcher.stdout });
  const lines = reader[Symbol.asyncIterator]();
  const errors = (): string => chunks.join('');
  const ready = Ready.parse(await nextLine(lines, errors));
  started = { launcher, lines, reader, ready, errors };
  return started;
}

async function nextLine(lines: AsyncIterator<string>, errors: () => string): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done) throw new Error(`the launcher ended: ${errors()}`);
  return JSON.parse(value);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the answer we ask for: no such process.
    return false;
  }
}

async function expectGone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: 40_000 }).toEqual([]);
}

test('everything answers, a killed product comes back, and a signal stops all in order with exit code 0', async () => {
  const { launcher, lines, ready, errors } = await start();
  expect((await fetch(ready.page)).status).toBe(200);
  expect((await fetch(`${ready.http}/readyz`)).status).toBe(200);
  expect(existsSync(join(dataDir, 'cordon.sock'))).toBe(true);

  process.kill(ready.pids.product, 'SIGKILL');
  const { product } = Restarted.parse(await nextLine(lines, errors));
  expect(errors()).toContain('starting it again (1 of 5)');
  const ok = async (): Promise<boolean> =>
    fetch(`${ready.http}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await expect.poll(ok, { timeout: 40_000, interval: 200 }).toBe(true);

  launcher.kill('SIGTERM');
  const [code] = await once(launcher, 'exit');
  expect(code).toBe(0);
  expect([...Object.values(ready.pids), product].filter(isAlive)).toEqual([]);
  expect(existsSync(ready.logs)).toBe(false);
  expect(existsSync(dataDir)).toBe(true);
}, 120_000);

test('when the launcher is killed outright nothing outlives it', async () => {
  const { ready } = await start();
  process.kill(ready.pids.launcher, 'SIGKILL');
  await expectGone(Object.values(ready.pids));
}, 120_000);

test('a simulator that ends takes the rest down with exit code 1, and the logs are kept', async () => {
  const { launcher, ready, errors } = await start();
  process.kill(ready.pids.slack, 'SIGKILL');
  const [code] = await once(launcher, 'exit');
  expect(code).toBe(1);
  expect(errors()).toContain('the simulated Slack ended unexpectedly (SIGKILL)');
  expect(existsSync(join(ready.logs, 'cordon.log'))).toBe(true);
  await expectGone(Object.values(ready.pids));
}, 120_000);
