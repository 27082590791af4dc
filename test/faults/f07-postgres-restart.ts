import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { callsSince, effectsOf, mark } from './support/judge.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { rest, STUCK_MS } from './support/trial.ts';

const OUTAGE_MS = 10_000;
const STEPS = 9;

export default defineFault({
  id: 'F7',
  title: 'PostgreSQL down for 10 s in mid-execution',
  engines: ['redis'],
  short: { pglite: 0, redis: 1 },
  seeds: 9,
  trials: seedsOf,
  async run(bench, trial) {
    const { postgres } = bench;
    if (!postgres) throw new Error('the bench has no PostgreSQL');
    const before = await mark(bench);
    let unrecorded = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      async strike() {
        const effects = async () => effectsOf(await callsSince(bench, before)).length;
        await until('a step', async () => (await effects()) > trial.seed % STEPS, STUCK_MS);
        await postgres.down();
        // At most the one call whose intent was on record already.
        const from = await effects();
        await rest(OUTAGE_MS);
        unrecorded = Math.max(0, (await effects()) - from - 1);
        await postgres.restart();
        return performance.now();
      },
      after: async () => ({ 'calls while nothing could be recorded': unrecorded }),
    });
    return verdict ? { ...verdict, auditGaps: verdict.auditGaps + unrecorded } : NO_INSTANCE;
  },
});
