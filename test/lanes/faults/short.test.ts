import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../../src/project-root.ts';

const ROOT = projectRoot(import.meta.url);
const LONGEST_MS = 590_000;
/** What the short form is made of; each fault with the engines it runs on. */
const SHORT = [
  ['F1', ['pglite', 'redis']],
  ['F2', ['redis']],
  ['F3', ['redis']],
  ['F7', ['redis']],
  ['F11', ['redis']],
  ['F14', ['redis']],
  ['F16', ['pglite', 'redis']],
  ['F19', ['pglite', 'redis']],
  ['F23', ['pglite', 'redis']],
  ['F26', ['pglite']],
] as const;

const Line = z.object({
  fault: z.string(),
  engine: z.string(),
  trials: z.number(),
  acked: z.number(),
  lost: z.number(),
  duplicated: z.number(),
  stuck: z.number(),
  auditGaps: z.number(),
  errors: z.number(),
  notes: z.array(z.string()),
});
type Line = z.infer<typeof Line>;

const folder = mkdtempSync(join(tmpdir(), 'cordon-short-'));
let lines: readonly Line[] = [];

beforeAll(async () => {
  await ran('typescript/bin/tsc', '-p', 'test/faults/tsconfig.json');
  const printed = await ran(
    'tsx/dist/cli.mjs',
    'test/faults/run.ts',
    '--short',
    '--json',
    '--results',
    join(folder, 'short.jsonl'),
  );
  lines = z.array(Line).parse(JSON.parse(printed.trim().split('\n').at(-1) ?? ''));
}, LONGEST_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(SHORT.flatMap(([fault, engines]) => engines.map((engine) => [fault, engine] as const)))(
  '%s on %s: nothing lost, doubled, stuck or missing from the audit',
  (fault, engine) => {
    const line = lines.find((one) => one.fault === fault && one.engine === engine);
    expect(line).toMatchObject({ lost: 0, duplicated: 0, stuck: 0, auditGaps: 0, errors: 0 });
    expect(line?.trials).toBeGreaterThan(0);
    expect(line?.acked).toBeGreaterThan(0);
  },
);

test('the short form is all of these and no more', () => {
  expect([...new Set(lines.map(({ fault }) => fault))]).toEqual(SHORT.map(([fault]) => fault));
});

/** Runs a program of node_modules; its progress goes on to the terminal, what it prints is returned. It may say by its exit code that something was lost: the lines tell what. */
async function ran(program: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0 && code !== 1) throw new Error(`${program} ended with ${code}`);
  return printed;
}
