import { Redis } from 'ioredis';
import { CordonError } from '../domain/errors.ts';
import { reconnectDelay } from './settings.ts';

/** The hash tag keeps all keys on one node of a cluster. */
export const REDIS_PREFIX = '{cordon}';

/** Two connections: one that waits through outages, for workers, and one that fails fast, for whoever adds jobs. */
export interface RedisConnections {
  readonly workers: Redis;
  readonly producers: Redis;
  close(): Promise<void>;
}

/** Connects and refuses a server that may throw jobs away: CordonError `redis_evicts`, or `redis_unreachable`. `rediss://` is TLS. */
export async function openRedis(url: string, onError: (error: Error) => void): Promise<RedisConnections> {
  const common = { retryStrategy: reconnectDelay, connectTimeout: 5_000, lazyConnect: true };
  const producers = new Redis(url, { ...common, maxRetriesPerRequest: 1 });
  const workers = new Redis(url, { ...common, maxRetriesPerRequest: null });
  for (const connection of [producers, workers]) connection.on('error', onError);
  try {
    await assertKeeps(producers);
    await workers.connect();
  } catch (error) {
    producers.disconnect();
    workers.disconnect();
    throw error;
  }
  return {
    workers,
    producers,
    async close() {
      await Promise.all([producers, workers].map(quit));
    },
  };
}

/** One connection for counters: it fails fast and never keeps anybody waiting for a Redis that is down. */
export function openCounters(
  url: string,
  onError: (error: Error) => void,
): { readonly client: Redis; close(): Promise<void> } {
  const client = new Redis(url, { retryStrategy: reconnectDelay, connectTimeout: 5_000, maxRetriesPerRequest: 1 });
  client.on('error', onError);
  return { client, close: () => quit(client) };
}

/** By INFO, which managed services allow where they forbid CONFIG. */
async function assertKeeps(redis: Redis): Promise<void> {
  const memory = await redis.info('memory').catch((cause: unknown) => {
    throw new CordonError('redis_unreachable', 'Redis does not answer.', {
      hint: 'Check REDIS_URL, the network and the password.',
      retry: true,
      cause,
    });
  });
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === undefined || policy === 'noeviction') return;
  throw new CordonError('redis_evicts', `Redis may throw jobs away when it is full (maxmemory-policy ${policy}).`, {
    hint: 'Set maxmemory-policy to noeviction (redis.conf or the service’s parameter group), then start again.',
  });
}

/** A connection that is down cannot say goodbye; it is cut. */
async function quit(redis: Redis): Promise<void> {
  try {
    if (redis.status === 'ready') await redis.quit();
  } finally {
    redis.disconnect();
  }
}
