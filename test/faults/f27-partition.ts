import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { callsSince, effectsOf, mark } from './support/judge.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { rest, STUCK_MS } from './support/trial.ts';

/** Past the lease and the two seconds within which a write may still be sent. */
const CUT_MS = 25_000;
const STEPS = 9;

export default defineFault({
  id: 'F27',
  title: 'the database does not answer while AWS does',
  engines: ['redis'],
  seeds: 4,
  trials: seedsOf,
  async run(bench, trial) {
    const { postgres } = bench;
    if (!postgres) throw new Error('the bench has no PostgreSQL');
    const before = await mark(bench);
    let unfenced = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      async strike() {
        const effects = async () => effectsOf(await callsSince(bench, before)).length;
        await until('a step', async () => (await effects()) > trial.seed % STEPS, STUCK_MS);
        postgres.signal('SIGSTOP');
        const from = await effects();
        await rest(CUT_MS);
        unfenced = Math.max(0, (await effects()) - from - 1);
        postgres.signal('SIGCONT');
        return performance.now();
      },
      after: async () => ({ 'calls without a fence': unfenced }),
    }).finally(() => postgres.signal('SIGCONT'));
    return verdict ? { ...verdict, auditGaps: verdict.auditGaps + unfenced } : NO_INSTANCE;
  },
});
