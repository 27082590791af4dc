import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { endOf } from './support/one-start.ts';
import { someInstance } from './support/trial.ts';

export default defineFault({
  id: 'F9',
  title: 'a second process on the same data directory',
  engines: ['pglite'],
  seeds: 20,
  trials: seedsOf,
  async run(bench, { seed }) {
    let refused = 0;
    const verdict = await disturbedFindings(bench, {
      instances: Array.from({ length: 5 }, someInstance),
      async strike() {
        const { how, output } = await endOf(bench, `second-${seed}`, { CORDON_DATA_DIR: bench.dataDir });
        if (how !== 0 && output.includes(`process ${bench.product.pid()}`)) refused = 1;
        return performance.now();
      },
      after: async () => ({ 'refused, naming the holder': refused }),
    });
    return { ...verdict, stuck: verdict.stuck + 1 - refused };
  },
});
