import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { someInstance } from './support/trial.ts';

export default defineFault({
  id: 'F5',
  title: 'workers wedged: they take no job and do not know it',
  engines: ['pglite', 'redis'],
  seeds: 2,
  trials: seedsOf,
  run: (bench) =>
    disturbedFindings(bench, {
      // A worker that waits for a job when it is wedged still takes that one.
      instances: Array.from({ length: 20 }, someInstance),
      prepare: async () => void (await bench.product.tell({ ask: 'wedge' })),
      strike: async () => performance.now(),
    }),
});
