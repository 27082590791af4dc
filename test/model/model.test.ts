import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explore, keptCases, openModel, replay } from './explore.ts';
import type { ModelDatabase } from './world/database.ts';

const RUNS = Number(process.env['CORDON_MODEL_RUNS'] ?? 300);
const COMMANDS = 60;
const SEED = Number(process.env['CORDON_SEED'] ?? 20261128);

let db: ModelDatabase;
beforeAll(async () => {
  db = await openModel();
}, 120_000);
afterAll(() => db.close());

describe('cases that once broke a promise', () => {
  it.each(keptCases().map((one) => [one.file, one] as const))('%s', async (_file, one) => {
    await replay(db, one);
  });

  it('can be read', () => {
    expect(keptCases().every(({ commands }) => commands.length > 0)).toBe(true);
  });
});

describe('every promise', () => {
  it(`holds in ${RUNS} sequences of ${COMMANDS} commands, seed ${SEED}`, async () => {
    const told: string[] = [];
    const report = await explore(db, {
      runs: RUNS,
      commands: COMMANDS,
      seed: SEED,
      progress: (line) => told.push(line),
    });
    expect(report.failure).toBeUndefined();
    expect(report.runs).toBe(RUNS);
    // A test that gets nowhere proves nothing.
    for (const state of [
      'run verified',
      'run stale',
      'approval expired',
      'approval denied',
      'take-over',
      'claim held: a cap',
      'stopped',
    ])
      expect(report.seen[state] ?? 0, state).toBeGreaterThan(0);
  });
});
