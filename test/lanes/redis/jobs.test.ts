import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJobs } from '../../../src/queue/jobs.ts';
import { startRelay } from '../../../src/queue/relay.ts';
import { startWorkers } from '../../../src/queue/workers.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { jobOfKilledWorkerIsDone } from '../../support/killed-worker.ts';
import { fresh, present, QUIET, until } from '../../support/rows.ts';
import { startRedis, type TestServer } from '../../support/servers.ts';
import { jobsSuite } from '../../support/suites/jobs.ts';

describe('the queue on Redis', () => {
  let server: TestServer | undefined;
  let store: OpenStore | undefined;
  const open = (): OpenStore => present(store);
  const config = () => ({ kind: 'redis', url: present(server).url }) as const;
  beforeAll(async () => {
    [server, store] = await Promise.all([startRedis(), openStore({ kind: 'memory' }, QUIET)]);
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
  });

  jobsSuite({ store: open, config, dump: () => everythingIn(config().url) });

  it('has a job of a killed process done by another', () =>
    jobOfKilledWorkerIsDone(['redis', config().url], async () => config()));

  it('keeps jobs while Redis is down, and goes on when it is back, empty as it may be', async () => {
    const warned: string[] = [];
    const log = { ...QUIET, warn: (_: object, message: string) => warned.push(message) };
    const jobs = await openJobs(config(), log);
    const seen: string[] = [];
    const see = async (id: string): Promise<void> => void seen.push(id);
    const workers = startWorkers(
      jobs,
      ['triage'],
      { triage: see, notify: see, propose: see, remediate: see, sweep: see },
      log,
    );
    const relay = startRelay(open(), jobs, log, { everyMs: 100 });
    const add = async (): Promise<string> => {
      const id = fresh('D');
      await open().tx((tx) => tx.outbox.add({ topic: 'triage', dedup: `triage.${id}`, subjectId: id }));
      return id;
    };
    const before = await add();
    await until(() => seen.includes(before));
    await present(server).kill();
    const during = await add();
    await until(() => warned.some((message) => message.includes('cannot be handed to the queue')));
    expect(await open().read.outbox.unsentCount()).toBe(1);
    await present(server).restart();
    await until(() => seen.includes(during), 30_000);
    expect(warned.filter((message) => message.includes('cannot be handed to the queue'))).toHaveLength(1);
    await relay.stop();
    await workers.close();
    await jobs.close();
  });

  it('refuses a server that may throw jobs away', async () => {
    const evicting = await startRedis('--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru');
    await expect(openJobs({ kind: 'redis', url: evicting.url }, QUIET)).rejects.toMatchObject({
      code: 'redis_evicts',
      message: expect.stringContaining('allkeys-lru'),
    });
    await evicting.stop();
    await expect(openJobs({ kind: 'redis', url: evicting.url }, QUIET)).rejects.toMatchObject({
      code: 'redis_unreachable',
    });
  });
});

async function everythingIn(url: string): Promise<string> {
  const redis = new Redis(url);
  const all: unknown[] = [];
  for (const key of await redis.keys('*')) {
    all.push(key);
    if ((await redis.type(key)) === 'hash') all.push(await redis.hgetall(key));
    if ((await redis.type(key)) === 'stream') all.push(await redis.xrange(key, '-', '+'));
  }
  redis.disconnect();
  return JSON.stringify(all);
}
