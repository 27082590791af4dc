import { Redis } from 'ioredis';
import { defineFault } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { open, queue, rest, someInstance } from './support/trial.ts';

const FINDINGS = 300;

export default defineFault({
  id: 'F4',
  title: `FLUSHALL with ${FINDINGS} findings waiting, workers wedged until the watchdog sees it`,
  engines: ['redis'],
  seeds: 2,
  trials: (seeds) => Array.from({ length: seeds }, (_, seed) => ({ name: `seed ${seed + 1}`, seed })),
  async run(bench) {
    const { redis } = bench;
    if (!redis) throw new Error('the bench has no Redis');
    let rows = 0;
    return disturbedFindings(bench, {
      instances: Array.from({ length: FINDINGS }, someInstance),
      // Nobody works meanwhile, so that the backlog is there when everything is gone; the watchdog ends that.
      prepare: async () => void (await bench.product.tell({ ask: 'wedge' })),
      async strike() {
        while ((await queue(bench)).waiting > 0) await rest(50);
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
