import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';

const BLOCKED_MS = 10_000;
const STEPS = 9;

export default defineFault({
  id: 'F29',
  title: 'the event loop is blocked for 10 s in mid-run',
  engines: ['pglite', 'redis'],
  seeds: 4,
  trials: seedsOf,
  async run(bench, trial) {
    const nth = 1 + (trial.seed % STEPS);
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      async prepare() {
        const when =
          trial.seed % 2 === 0
            ? ({ place: 'sending', when: 'before' } as const)
            : ({ place: 'sent', when: 'after' } as const);
        await bench.product.tell({ ask: 'strike', ...when, nth, how: BLOCKED_MS });
      },
      strike: async () => performance.now(),
    });
    return verdict ?? NO_INSTANCE;
  },
});
