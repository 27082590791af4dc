import { Redis } from 'ioredis';
import { defineFault } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { open, queue, rest, someInstance } from './support/trial.ts';

/** Enough that most are open when everything is gone; the full count only when many seeds are asked for. */
const SMALL = 200;

export default defineFault({
  id: 'F4',
  title: 'FLUSHALL with a backlog',
  engines: ['redis'],
  short: 0,
  seeds: 2,
  trials: (seeds) =>
    Array.from({ length: seeds }, (_, seed) => ({ name: `${SMALL} findings, seed ${seed + 1}`, seed })),
  async run(bench) {
    const { redis } = bench;
    if (!redis) throw new Error('the bench has no Redis');
    let rows = 0;
    return disturbedFindings(bench, {
      instances: Array.from({ length: SMALL }, someInstance),
      async strike() {
        while ((await queue(bench)).waiting > SMALL / 4) await rest(20);
        rows = await open(bench);
        const client = new Redis(redis.url);
        await client.flushall();
        client.disconnect();
        return performance.now();
      },
      recoveredWhen: 'settled',
      after: async () => ({ 'rows open at the time': rows }),
    });
  },
});
