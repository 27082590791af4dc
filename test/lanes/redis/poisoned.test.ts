import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vote } from '../../../src/flow/approve.ts';
import { type Jobs, openJobs } from '../../../src/queue/jobs.ts';
import { REDIS_PREFIX } from '../../../src/queue/redis.ts';
import { QUEUES } from '../../../src/queue/settings.ts';
import { startWorkers } from '../../../src/queue/workers.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { makeHandlers } from '../../../workers/handlers.ts';
import { approvalPending, deliver, onlyIncident, planned, unwrap } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, guardDutyEvent } from '../../support/flow-world.ts';
import { present, QUIET, until } from '../../support/rows.ts';
import { startRedis, type TestServer } from '../../support/servers.ts';

const JOBS = 500;
/** What is no job of the library's can stay in its lists. */
const UNREADABLE = 3 * QUEUES.length;

describe('whoever can write to Redis', () => {
  let server: TestServer | undefined;
  let store: OpenStore | undefined;
  let jobs: Jobs | undefined;
  beforeAll(async () => {
    [server, store] = await Promise.all([startRedis(), openStore({ kind: 'memory' }, QUIET)]);
    jobs = await openJobs({ kind: 'redis', url: server.url }, QUIET);
  }, 60_000);
  afterAll(async () => {
    await jobs?.close();
    await store?.close();
    await server?.stop();
  });

  it(`puts ${JOBS} jobs of their own into it: nothing is changed in AWS, and the workers go on`, {
    timeout: 120_000,
  }, async () => {
    const queue = present(jobs);
    const world = flowWorld(present(store));
    const { deps } = world;
    await deliver(deps, guardDutyEvent());
    const incident = await onlyIncident(deps);
    // One run with a plan that nobody has asked for, one that waits for a decision, one that was denied.
    const unasked = (await planned(deps, incident)).id;
    await deliver(deps, guardDutyEvent({ id: '2'.repeat(32), instanceId: 'i-00000000000000002' }));
    const [newest] = await deps.store.read.incidents.list({ limit: 1 });
    const waiting = await approvalPending(deps, present(newest));
    await deliver(deps, guardDutyEvent({ id: '3'.repeat(32), instanceId: 'i-00000000000000003' }));
    const [third] = await deps.store.read.incidents.list({ limit: 1 });
    const denied = await approvalPending(deps, present(third));
    unwrap(
      await vote(deps, ALICE, {
        approvalId: denied.id,
        planHash: denied.planHash,
        decision: 'deny',
        reason: 'no need',
      }),
    );
    const ids = [unasked, waiting.runId, denied.runId, waiting.id, incident.id];

    const refused: string[] = [];
    const log = {
      ...QUIET,
      warn: (fields: object) => refused.push(JSON.stringify(fields)),
      error: (fields: object) => refused.push(JSON.stringify(fields)),
    };
    const handled = new Set<string>();
    const handlers = makeHandlers(deps);
    // The clock's own job takes no subject, so that whoever forges it makes Cordon look around once more.
    const see = {
      ...handlers,
      notify: async (id: string) => void handled.add(id),
      sweep: async () => undefined,
    };
    const workers = startWorkers(queue, QUEUES, see, log);
    const connection = new Redis(present(server).url, { maxRetriesPerRequest: null });
    try {
      for (let at = 0; at < JOBS; at += 1) await put(connection, QUEUES[at % QUEUES.length] ?? 'remediate', at, ids);
      await raw(connection);
      await queue.wake([{ queue: 'notify', dedup: 'a.good.one', id: 'a-good-one' }]);
      await until(() => handled.has('a-good-one'), 60_000);
      await until(async () => (await left(queue)) <= UNREADABLE, 60_000);
      process.stdout.write(
        `${JOBS} jobs written into Redis: ${world.cloud.writes.length} calls to change AWS, ${refused.length} failures told, workers stuck: ${workers.stuck().length}\n`,
      );
      expect(world.cloud.writes).toEqual([]);
      expect(world.cloud.sessions).toEqual([]);
      expect(refused.length).toBeGreaterThan(JOBS / 10);
      const states = await Promise.all(
        [unasked, waiting.runId, denied.runId].map((id) => deps.store.read.runs.get(id)),
      );
      expect(states.map((run) => run?.state)).toEqual(['planned', 'planned', 'cancelled']);
      expect(await deps.store.read.votes.ofApproval(waiting.id)).toEqual([]);
    } finally {
      connection.disconnect();
      await workers.close(1_000);
    }
  });
});

/** Jobs that wait or are being done, in all queues. */
async function left(queue: Jobs): Promise<number> {
  return Object.values(await queue.counts()).reduce((sum, { waiting, active }) => sum + waiting + active, 0);
}

/** What somebody might write who knows the queue's own library. */
async function put(connection: Redis, name: string, at: number, ids: readonly string[]): Promise<void> {
  const queue = new Queue(name, { connection, prefix: REDIS_PREFIX });
  const id = ids[at % ids.length] ?? '';
  const data: readonly unknown[] = [
    { id },
    { id, approved: true, plan: { steps: [] } },
    { id: [id] },
    { id: `${id}' OR '1'='1` },
    { id: '__proto__' },
    { id: 'x'.repeat(10_000) },
    { __proto__: { id } },
    { constructor: { prototype: { id } } },
    id,
    at,
    null,
    [],
    { id: '', sql: 'DROP TABLE cordon.run' },
    { id: '\u0000\u202e', run: { state: 'approved' } },
  ];
  await queue.add(`job-${at}`, data[at % data.length], { jobId: `forged-${at}`, attempts: 1 });
}

/** And somebody who does not. */
async function raw(connection: Redis): Promise<void> {
  for (const name of QUEUES) {
    const key = `${REDIS_PREFIX}:${name}`;
    await connection.hset(`${key}:broken-1`, 'data', '{"id":', 'name', 'x', 'opts', '{}', 'timestamp', '1');
    await connection.hset(`${key}:broken-2`, 'data', '[[[[', 'opts', 'no json');
    await connection.lpush(`${key}:wait`, 'broken-1', 'broken-2', 'not-there');
    await connection.set(`${key}:unknown`, 'text where nobody looks');
  }
}
