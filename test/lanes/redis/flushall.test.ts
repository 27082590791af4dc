import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { vote } from '../../../src/flow/approve.ts';
import { ingest } from '../../../src/flow/ingest.ts';
import { rebuildQueue } from '../../../src/flow/rebuild-queue.ts';
import type { Deps } from '../../../src/ports.ts';
import { type Jobs, openJobs } from '../../../src/queue/jobs.ts';
import { relayOnce, startRelay } from '../../../src/queue/relay.ts';
import { QUEUES } from '../../../src/queue/settings.ts';
import { startWorkers } from '../../../src/queue/workers.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { makeHandlers } from '../../../workers/handlers.ts';
import { approvalPending, deliver, unwrap } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, guardDutyEvent, testSettings, type World } from '../../support/flow-world.ts';
import { present, QUIET, until } from '../../support/rows.ts';
import { startPostgres, startRedis, type TestServer } from '../../support/servers.ts';

const RUNS = 250;
const DELIVERIES = 800;
/** Beside those that the runs want to have shown. */
const MESSAGES = 200;
/** Findings of deliveries fold into this many incidents. */
const INSTANCES = 30;

describe('Redis is emptied with 2,000 open rows', () => {
  let servers: readonly TestServer[] = [];
  let store: OpenStore | undefined;
  let jobs: Jobs | undefined;
  beforeAll(async () => {
    servers = await Promise.all([startPostgres(), startRedis()]);
    const [postgres, redis] = servers.map((server) => server.url);
    store = await openStore({ kind: 'postgres', url: present(postgres) }, QUIET);
    jobs = await openJobs({ kind: 'redis', url: present(redis) }, QUIET);
  });
  afterAll(async () => {
    await jobs?.close();
    await store?.close();
    for (const server of servers) await server.stop();
  });

  it('and the sweeper brings all of it back: nothing is lost, nothing is done twice', {
    timeout: 180_000,
  }, async () => {
    const records = present(store);
    const queue = present(jobs);
    const world = flowWorld(records);
    world.settings = testSettings((file) => {
      file.limits = { runsPerAccountPerHour: RUNS, runsPerHour: RUNS, shareOfAccountsPerHour: { percent: 100 } };
    });
    const delivered: string[] = [];
    const deps: Deps = { ...world.deps, notifier: { deliver: (key) => show(world.deps, key, delivered) } };
    await openRows(deps, world);
    const clock = await queue.startSweeping(() => rebuildQueue(deps));
    while ((await relayOnce(records, queue)) > 0);
    expect(await open(records)).toBeGreaterThanOrEqual(2_000);
    expect((await queue.counts()).remediate.waiting).toBe(RUNS);
    await empty(present(servers[1]).url);
    expect(Object.values(await queue.counts()).every(({ waiting, delayed }) => waiting + delayed === 0)).toBe(true);
    expect(await records.read.outbox.unsentCount()).toBe(0);
    expect(world.cloud.writes).toEqual([]);

    const relay = startRelay(records, queue, QUIET);
    // Nobody works yet: what is in the queue now was built anew from the records, every row of it.
    const openRowsNow = await open(records);
    await until(async () => (await waiting(queue)) >= openRowsNow, 60_000);
    const workers = startWorkers(queue, QUEUES, makeHandlers(deps), QUIET);
    try {
      await until(async () => (await open(records)) === 0, 150_000);
    } finally {
      await clock.stop();
      await relay.stop();
      await workers.close();
    }
    expect(await count(records, "SELECT count(*) FROM cordon.run WHERE state = 'verified'")).toBe(RUNS);
    expect([world.cloud.writes.length, new Set(world.cloud.writes).size]).toEqual([RUNS, RUNS]);
    expect(await count(records, "SELECT count(*) FROM cordon.audit WHERE event = 'run.claimed'")).toBe(RUNS);
    expect(await count(records, 'SELECT count(*) FROM cordon.finding')).toBe(RUNS + DELIVERIES);
    expect(await count(records, 'SELECT count(*) FROM cordon.incident')).toBe(RUNS + INSTANCES);
    expect(await count(records, "SELECT count(*) FROM cordon.audit WHERE event = 'incident.opened'")).toBe(
      RUNS + INSTANCES,
    );
    expect(new Set(delivered.filter((one) => one.startsWith('reply:flush-'))).size).toBe(MESSAGES);
    expect(delivered).toHaveLength(new Set(delivered).size);
  });
});

/** Runs that are approved, deliveries that nobody has read, messages that nobody has seen. */
async function openRows(deps: Deps, world: World): Promise<void> {
  for (let number = 0; number < RUNS; number += 1) {
    await deliver(deps, event(number, number));
    const [incident] = await deps.store.read.incidents.list({ limit: 1 });
    const { id: approvalId, planHash } = await approvalPending(deps, present(incident));
    unwrap(await vote(deps, ALICE, { approvalId, planHash, decision: 'approve', reason: 'looked at it' }));
  }
  for (let number = 0; number < DELIVERIES; number += 1) {
    const body = event(RUNS + number, RUNS + (number % INSTANCES));
    await ingest(deps, { transport: 'sqs', transportId: `flush-${number}`, body });
  }
  for (let number = 0; number < MESSAGES; number += 1) {
    const message = { key: `reply:flush-${number}`, kind: 'reply', subjectId: `flush-${number}`, priority: 2 } as const;
    await deps.store.tx((tx) => tx.messages.touch(message));
  }
  expect(world.cloud.effects).toEqual([]);
}

function event(finding: number, instance: number): string {
  return guardDutyEvent({
    id: finding.toString(16).padStart(32, '0'),
    instanceId: `i-${instance.toString(16).padStart(17, '0')}`,
  });
}

/** Stands for Slack: shows each state of a message, and remembers it. */
async function show(deps: Deps, key: string, delivered: string[]): Promise<void> {
  const row = present(await deps.store.read.messages.get(key));
  if (row.deliveredRev >= row.desiredRev) return;
  delivered.push(`${key} ${row.desiredRev}`);
  await deps.store.tx((tx) =>
    tx.messages.delivered(key, { rev: row.desiredRev, hash: '', channel: 'C0TRIAGE', ts: '1' }),
  );
}

async function empty(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  expect(await redis.dbsize()).toBe(0);
  redis.disconnect();
}

async function waiting(queue: Jobs): Promise<number> {
  const { triage, notify, propose, remediate } = await queue.counts();
  return [triage, notify, propose, remediate].reduce((sum, counts) => sum + counts.waiting, 0);
}

/** What still waits for somebody. */
function open(store: OpenStore): Promise<number> {
  return count(
    store,
    `SELECT (SELECT count(*) FROM cordon.delivery WHERE state = 'received')
          + (SELECT count(*) FROM cordon.run WHERE state IN ('approved', 'executing', 'verifying'))
          + (SELECT count(*) FROM cordon.message WHERE delivered_rev < desired_rev) AS count`,
  );
}

async function count(store: OpenStore, query: string): Promise<number> {
  const { rows } = await store.pool.query(query);
  return z.tuple([z.object({ count: z.coerce.number() })]).parse(rows)[0].count;
}
