import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { CordonError } from './domain/errors.ts';
import type { Allowance, RateBuckets, RateLimit } from './ports.ts';

/** Where the counters are kept: in this process, or where all processes of the deployment see them. */
export type CounterHome =
  | { readonly kind: 'memory' }
  /** A pool with node-postgres' `query`; the table is `cordon.rate_counter`. */
  | { readonly kind: 'postgres'; readonly pool: object }
  /** An ioredis client that fails fast; `prefix` begins every key. */
  | { readonly kind: 'redis'; readonly client: object; readonly prefix: string };

/**
 * Counters of calls. Losing them (a restart, a wiped Redis) costs at worst one "slow down" from the service. While a shared home does not answer, each process counts
 * for itself: waiting for it would hold up decisions for the sake of a limit.
 */
export function rateBuckets(home: CounterHome): RateBuckets {
  const limiters = new Map<string, RateLimiterAbstract>();
  const limiterOf = (limit: RateLimit): RateLimiterAbstract => {
    const held = limiters.get(limit.name) ?? makeLimiter(home, limit);
    limiters.set(limit.name, held);
    return held;
  };
  const closed = limiterOf({ name: 'closed', points: 1, seconds: 1 });
  return {
    take: (limit, key) => consume(limiterOf(limit), key),
    async close(key, seconds) {
      await closed.block(key, Math.max(1, Math.ceil(seconds)));
    },
    async closedFor(key) {
      const state = await closed.get(key);
      return state !== null && state.consumedPoints > 1 ? Math.max(0, state.msBeforeNext) : 0;
    },
  };
}

function makeLimiter(home: CounterHome, { name, points, seconds }: RateLimit): RateLimiterAbstract {
  const options = { keyPrefix: name, points, duration: seconds };
  switch (home.kind) {
    case 'memory':
      return new RateLimiterMemory(options);
    case 'redis':
      return new RateLimiterRedis({
        ...options,
        keyPrefix: `${home.prefix}:rate:${name}`,
        storeClient: home.client,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory(options),
      });
    case 'postgres':
      return new RateLimiterPostgres({
        ...options,
        storeClient: home.pool,
        storeType: 'pool',
        schemaName: 'cordon',
        tableName: 'rate_counter',
        // A migration has made it. The keys are few (accounts, Regions and APIs; channels), so nothing need be cleared.
        tableCreated: true,
        clearExpiredByTimeout: false,
        insuranceLimiter: new RateLimiterMemory(options),
      });
  }
}

/** A limiter rejects with its state when the points are used up, and with an error when it failed. */
async function consume(limiter: Pick<RateLimiterAbstract, 'consume'>, key: string): Promise<Allowance> {
  try {
    await limiter.consume(key);
    return { ok: true };
  } catch (rejected) {
    if (rejected instanceof RateLimiterRes) return { ok: false, waitMilliseconds: Math.max(50, rejected.msBeforeNext) };
    throw new CordonError('rate_store_failed', 'The rate counters could not be read.', {
      hint: 'Check Redis or the database; the call is tried again.',
      retry: true,
      cause: rejected,
    });
  }
}
