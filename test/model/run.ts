/**
 * `npm run model -- [--runs 300] [--commands 60] [--seed N] [--path P] [--json] [--replay FILE]`: draws sequences of commands, plays them against the real flow, store, gate
 * and outbox in a world of fakes with a clock of its own, and looks after each command whether the promises hold. The cases that once broke one come first.
 * A case that breaks a promise is made small and written to test/model/regressions. Exit code 1 when a promise was broken.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { explore, type Failure, keptCases, openModel, REGRESSIONS, type Report, readCase, replay } from './explore.ts';
import { realNow } from './world/time.ts';

const Flags = z.strictObject({
  runs: z.coerce.number().int().min(1).default(300),
  commands: z.coerce.number().int().min(1).max(500).default(60),
  seed: z.coerce.number().int().optional(),
  path: z.string().optional(),
  json: z.boolean().default(false),
  replay: z.string().optional(),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      commands: { type: 'string' },
      seed: { type: 'string' },
      path: { type: 'string' },
      json: { type: 'boolean' },
      replay: { type: 'string' },
    },
  });
  const flags = Flags.parse(values);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const db = await openModel();
  try {
    if (flags.replay !== undefined) {
      await replay(db, readCase(flags.replay));
      say(`${flags.replay}: every promise holds`);
      return;
    }
    for (const { file, ...one } of keptCases()) {
      await replay(db, one);
      say(`kept case ${file}: every promise holds`);
    }
    const seed = flags.seed ?? Math.floor(realNow() * 1000) % 2_147_483_647;
    const report = await explore(db, { ...flags, seed, progress: say });
    process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
    if (report.failure) {
      say(`the case is kept as ${keep(report, report.failure)}`);
      process.exitCode = 1;
    }
  } finally {
    await db.close();
  }
}

function textOf({ runs, commands, milliseconds, cpuMilliseconds, seed, seen, failure }: Report): string {
  const lines = Object.entries(seen).map(([what, times]) => `${String(times).padStart(8)}  ${what}`);
  const each = `${(cpuMilliseconds / Math.max(1, commands)).toFixed(2)} ms each`;
  const took = `${(milliseconds / 1000).toFixed(1)} s, of CPU ${(cpuMilliseconds / 1000).toFixed(1)} s (${each})`;
  const head = `${runs} sequences, ${commands} commands, ${took}, seed ${seed}`;
  const end = failure
    ? `BROKEN  ${failure.what}\n  seed ${seed}, path ${failure.path ?? '-'}, ${failure.shrunk.commands.length} commands after shrinking:\n${failure.shrunk.commands.map((one) => `    ${JSON.stringify(one)}`).join('\n')}\n    ending ${failure.shrunk.ending}`
    : 'every promise held';
  return [...lines, head, end, ''].join('\n');
}

function keep({ seed }: Report, failure: Failure): string {
  const name = `${failure.invariant.toLowerCase()}-${Math.abs(seed)}.json`;
  const text = { broke: failure.what.split('\n')[0], ...failure.shrunk };
  mkdirSync(REGRESSIONS, { recursive: true });
  writeFileSync(join(REGRESSIONS, name), `${JSON.stringify(text, null, 2)}\n`);
  return `test/model/regressions/${name}`;
}

await main();
