import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { death, rest, restart } from './support/trial.ts';

const STEPS = 9;

export default defineFault({
  id: 'F24',
  title: 'SIGTERM in mid-run, and another signal before it has ended',
  engines: ['pglite', 'redis'],
  seeds: 6,
  trials: seedsOf,
  async run(bench, trial) {
    const deaths = bench.product.deaths.length;
    let endedAt = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      async strike() {
        await rest(300 + (((trial.seed % STEPS) * 211) % 1_500));
        bench.product.signal('SIGTERM');
        await rest(100);
        bench.product.signal(trial.seed % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
        endedAt = await death(bench, deaths);
        return endedAt;
      },
      after: async () => ({ 'ended by': String(bench.product.deaths[deaths]?.how), ...restart(bench, endedAt) }),
    });
    return verdict ?? NO_INSTANCE;
  },
});
