import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { death, passVisibility, rest, restart, someInstance } from './support/trial.ts';

export default defineFault({
  id: 'F10',
  title: 'kill -9 under a load of findings, at any moment',
  engines: ['pglite', 'redis'],
  seeds: 20,
  trials: seedsOf,
  async run(bench, { seed }) {
    const deaths = bench.product.deaths.length;
    let diedAt = 0;
    return disturbedFindings(bench, {
      instances: Array.from({ length: 25 }, someInstance),
      async strike() {
        await rest((seed * 137) % 1_500);
        bench.product.signal('SIGKILL');
        diedAt = await death(bench, deaths);
        await bench.product.ready();
        await passVisibility(bench);
        return diedAt;
      },
      after: async () => restart(bench, diedAt),
    });
  },
});
