import { afterAll, beforeAll, describe } from 'vitest';
import { openCounters, REDIS_PREFIX } from '../../../src/queue/redis.ts';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { present } from '../../support/rows.ts';
import { startRedis, type TestServer } from '../../support/servers.ts';
import { sharedBuckets } from '../../support/suites/rate-buckets.ts';

describe('rate counters in Redis', () => {
  let server: TestServer | undefined;
  let connections: readonly ReturnType<typeof openCounters>[] = [];
  beforeAll(async () => {
    server = await startRedis();
    const { url } = server;
    connections = [0, 1].map(() => openCounters(url, () => undefined));
    await Promise.all(connections.map(({ client }) => client.ping()));
  });
  afterAll(async () => {
    await Promise.all(connections.map(({ close }) => close()));
    await server?.stop();
  });

  const buckets = (which: number) =>
    rateBuckets({ kind: 'redis', client: present(connections[which]).client, prefix: REDIS_PREFIX });
  sharedBuckets(() => [buckets(0), buckets(1)]);
});
