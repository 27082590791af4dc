import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';

const STEPS = 9;

export default defineFault({
  id: 'F14',
  title: 'AWS carries a step out and never answers',
  engines: ['pglite', 'redis'],
  short: { pglite: 0, redis: 1 },
  seeds: 9,
  trials: seedsOf,
  async run(bench, trial) {
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      prepare: () =>
        bench.story.fault({
          service: 'ec2',
          operation: '*',
          kind: 'timeout-after',
          skip: trial.seed % STEPS,
          times: 1,
        }),
      strike: async () => performance.now(),
    }).finally(() => bench.story.clearFaults());
    return verdict ?? NO_INSTANCE;
  },
});
