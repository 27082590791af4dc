import { Redis } from 'ioredis';
import { startRedis } from '../support/servers.ts';
import { defineFault } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { auditGaps, mark } from './support/judge.ts';
import { endOf } from './support/one-start.ts';
import { rest, someInstance } from './support/trial.ts';

/** Redis refuses writes for so long. */
const FULL_MS = 5_000;

export default defineFault({
  id: 'F6',
  title: 'Redis that may throw jobs away; Redis that is full',
  engines: ['redis'],
  seeds: 1,
  trials: () => [
    { name: 'wrong maxmemory-policy', seed: 0 },
    { name: 'full', seed: 1 },
  ],
  async run(bench, trial) {
    const { redis } = bench;
    if (!redis) throw new Error('the bench has no Redis');
    if (trial.seed === 0) {
      const evicting = await startRedis('--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru');
      const before = await mark(bench);
      const end = await endOf(bench, 'evicted', { REDIS_URL: evicting.url }).finally(() => evicting.stop());
      const refused = end.how !== 0 && end.output.includes('maxmemory-policy') && end.output.includes('noeviction');
      return {
        acked: 0,
        lost: 0,
        duplicated: 0,
        stuck: refused ? 0 : 1,
        auditGaps: (await auditGaps(bench, before, [])).length,
        recoveryMs: null,
        figures: { start: refused ? 'refused, and says which setting' : `not refused: ${end.output.slice(-200)}` },
      };
    }
    const client = new Redis(redis.url);
    return disturbedFindings(bench, {
      instances: Array.from({ length: 5 }, someInstance),
      prepare: async () => void (await client.config('SET', 'maxmemory', '1mb')),
      async strike() {
        await rest(FULL_MS);
        await client.config('SET', 'maxmemory', '0');
        return performance.now();
      },
    }).finally(async () => {
      await client.config('SET', 'maxmemory', '0');
      client.disconnect();
    });
  },
});
