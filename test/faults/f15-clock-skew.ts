import { defineFault } from './support/fault.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';

const TEN_MINUTES = 600_000;

export default defineFault({
  id: 'F15',
  title: 'the process’s clock is ten minutes ahead',
  engines: ['redis'],
  short: 0,
  seeds: 2,
  bench: { environment: { CORDON_FAULTS_SKEW_MS: String(TEN_MINUTES) } },
  trials: (seeds) => Array.from({ length: seeds }, (_, seed) => ({ name: `ahead ${seed + 1}`, seed })),
  async run(bench, trial) {
    const verdict = await disturbedRun(bench, trial, { story: 'isolation', strike: async () => performance.now() });
    return verdict ?? NO_INSTANCE;
  },
});
