import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { queue, rest, STUCK_MS, shown, someInstance } from './support/trial.ts';

const OUTAGE_MS = 20_000;

export default defineFault({
  id: 'F3',
  title: 'Redis killed, back after 20 s',
  engines: ['redis'],
  short: { pglite: 0, redis: 1 },
  seeds: 5,
  trials: seedsOf,
  async run(bench) {
    const { redis } = bench;
    if (!redis) throw new Error('the bench has no Redis');
    const instances = Array.from({ length: 5 }, someInstance);
    let storedMs = 0;
    let firstMs = 0;
    return disturbedFindings(bench, {
      instances,
      prepare: () => redis.kill(),
      async strike() {
        const from = performance.now();
        // Ingest does not need Redis: SQS has forgotten the messages while it is still down.
        await until(
          'the messages to be stored',
          async () => (await queue(bench)).waiting + (await queue(bench)).inFlight === 0,
          STUCK_MS,
        );
        storedMs = Math.round(performance.now() - from);
        await rest(Math.max(0, OUTAGE_MS - storedMs));
        await redis.restart();
        const backAt = performance.now();
        await until(
          'the first card',
          async () => (await shown(bench)).some(({ text }) => instances.some((one) => text.includes(one))),
          STUCK_MS,
        );
        firstMs = Math.round(performance.now() - backAt);
        return backAt;
      },
      after: async () => ({ 'stored during the outage, ms': storedMs, 'first card after the return, ms': firstMs }),
    });
  },
});
