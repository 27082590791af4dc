import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { death, restart } from './support/trial.ts';

const STEPS = 9;

export default defineFault({
  id: 'F23',
  title: 'SIGTERM in mid-run',
  engines: ['pglite', 'redis'],
  short: { pglite: 1, redis: 1 },
  seeds: 9,
  trials: seedsOf,
  async run(bench, trial) {
    const deaths = bench.product.deaths.length;
    let askedAt = 0;
    let endedAt = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      async prepare() {
        const nth = 1 + (trial.seed % STEPS);
        await bench.product.tell({ ask: 'strike', place: 'run.step-intent', when: 'after', nth, how: 'SIGTERM' });
      },
      async strike() {
        askedAt = performance.now();
        endedAt = await death(bench, deaths);
        return endedAt;
      },
      after: async () => ({
        'from the approval to the exit, ms': Math.round(endedAt - askedAt),
        'exit code': String(bench.product.deaths[deaths]?.how),
        ...restart(bench, endedAt),
      }),
    });
    if (!verdict) return NO_INSTANCE;
    const late = endedAt - askedAt > 25_000 ? 1 : 0;
    return { ...verdict, stuck: verdict.stuck + late };
  },
});
