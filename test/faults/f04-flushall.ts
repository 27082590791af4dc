import { Redis } from 'ioredis';
import { z } from 'zod';
import { until } from '../support/poll.ts';
import type { Bench } from './support/bench.ts';
import { defineFault } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { open, queue, rest, STUCK_MS, someInstance } from './support/trial.ts';

/** How many findings belong to one incident: what is rebuilt are the findings, not their cards. */
const EACH = 50;

export default defineFault({
  id: 'F4',
  title: 'FLUSHALL with a backlog, workers wedged until the watchdog sees it',
  engines: ['redis'],
  seeds: 2,
  trials: (seeds) => [{ name: '300 findings', seed: 0 }, ...(seeds >= 2 ? [{ name: '10000 findings', seed: 1 }] : [])],
  async run(bench, trial) {
    const { redis } = bench;
    if (!redis) throw new Error('the bench has no Redis');
    const findings = Number.parseInt(trial.name, 10);
    let rows = 0;
    let rebuiltMs = 0;
    return disturbedFindings(bench, {
      instances: Array.from({ length: findings / EACH }, someInstance),
      findingsEach: EACH,
      // Nobody works meanwhile, so that the backlog is there when everything is gone; the watchdog ends that.
      prepare: async () => void (await bench.product.tell({ ask: 'wedge' })),
      async strike() {
        while ((await queue(bench)).waiting > 0) await rest(50);
        rows = await open(bench);
        const client = new Redis(redis.url);
        await client.flushall();
        client.disconnect();
        const from = performance.now();
        await until('the queue to be built anew', async () => (await rebuilt(bench)) || undefined, STUCK_MS);
        rebuiltMs = Math.round(performance.now() - from);
        return from;
      },
      recoveredWhen: 'settled',
      settleMs: 10 * 60_000,
      after: async () => ({ 'rows open at the time': rows, 'all of them back in the queue, ms': rebuiltMs }),
    });
  },
});

const Left = z.tuple([z.object({ open: z.coerce.number(), woken: z.coerce.number(), unsent: z.coerce.number() })]);

/** Every finding that waits has a wake of the rebuilding, and each wake has been handed to the queue. */
async function rebuilt(bench: Bench): Promise<boolean> {
  const text = `SELECT (SELECT count(*) FROM cordon.delivery WHERE state = 'received') AS open,
    (SELECT count(*) FROM cordon.outbox o JOIN cordon.delivery d ON d.id = o.subject_id WHERE d.state = 'received' AND o.dedup LIKE 'triage.%.rebuild-%') AS woken,
    (SELECT count(*) FROM cordon.outbox WHERE sent_at IS NULL) AS unsent`;
  const [{ open: waiting, woken, unsent }] = Left.parse(await bench.product.tell({ ask: 'sql', text }));
  return woken >= waiting && unsent === 0;
}
