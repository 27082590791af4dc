import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type RunningAws, startAws } from '../../../sandbox/aws/start.ts';
import { HOME_REGION, QUEUE_NAME, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { pollDue } from '../../../src/flow/poll.ts';
import { receiveOnce } from '../../../src/flow/receive.ts';
import { triage } from '../../../src/flow/triage.ts';
import type { FindingsQueue } from '../../../src/ports.ts';
import { SETTINGS } from '../../support/contract/sandbox.ts';
import { sandboxFeeds } from '../../support/feeds.ts';
import { flowWorld, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const CONTROLS = 4_500;
const THREATS = 500;
/** In percent: the queue loses the rest. */
const TOLD = 30;
const never = new AbortController().signal;

let aws: RunningAws;
let open: ReturnType<typeof sandboxFeeds>;
let store: TestStore;
let world: World;
beforeAll(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  world.settings = testSettings((file) => {
    file.polling = { guardDutyRegions: [HOME_REGION] };
  });
  aws = await startAws({ templates: { hub: 'infra/hub.json', member: 'infra/member-role.json' } });
  open = sandboxFeeds(aws.endpoint, SETTINGS);
});
afterAll(async () => {
  open.role.close();
  await aws.close();
});

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${aws.control}/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  expect(answer.ok, `${method} ${path}`).toBe(true);
  return answer.json();
}

/** The simulated queue without the wire: thousands of requests would measure HTTP. */
function queue(): FindingsQueue & { readonly left: () => number } {
  const found = aws.organization.queues.find(SECURITY_ACCOUNT, HOME_REGION, QUEUE_NAME);
  if (!found) throw new Error('there is no queue');
  return {
    left: () => found.counts().visible + found.counts().inFlight,
    receive: async () =>
      found.take(10, 60_000).map((one) => ({
        id: one.messageId,
        body: one.body,
        handle: one.receiptHandle,
        receiveCount: one.receiveCount,
      })),
    delete: async (handle) => void found.delete(handle),
  };
}

const Rates = z.object({ calls: z.array(z.object({ api: z.string(), allowed: z.number(), throttled: z.number() })) });

/** Calls of Security Hub's GetFindings that went through, and all that were told to slow down. */
async function calls(): Promise<{ readonly allowed: number; readonly throttled: number }> {
  const { calls: all } = Rates.parse(await control('GET', 'rates'));
  return {
    allowed: all.find(({ api }) => api === 'securityhub:GetFindings')?.allowed ?? 0,
    throttled: all.reduce((sum, one) => sum + one.throttled, 0),
  };
}

/** Other tools of the account take the API for themselves, again and again, each time until AWS has told Cordon to slow down. */
async function neighbours(times: number, over: () => boolean): Promise<void> {
  const rate = { service: 'securityhub', operation: 'GetFindings' };
  const wait = async (enough: () => Promise<boolean>): Promise<void> => {
    while (!over() && !(await enough())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  for (let time = 0; time < times; time += 1) {
    const before = await calls();
    await control('PUT', 'rates', { ...rate, perSecond: 0.01, burst: 1 });
    await wait(async () => (await calls()).throttled > before.throttled);
    await control('PUT', 'rates', { ...rate, perSecond: 3, burst: 6 });
    await wait(async () => (await calls()).allowed > before.allowed + 5);
  }
}

async function numberOf(text: string): Promise<number> {
  return Number((await store.pool.query(text)).rows[0]?.['n']);
}

async function receiveAll(): Promise<void> {
  const messages = queue();
  while (messages.left() > 0) await receiveOnce(world.deps, messages, never);
}

/** Until every feed has been read to its end; a feed that AWS has slowed down too often is read again. */
async function pollToTheEnd(): Promise<void> {
  for (;;) {
    await pollDue(world.deps, { feeds: open.feeds, backfillSeconds: 86_400 }, never);
    const feeds = await store.read.feeds.list();
    if (feeds.length === 2 && feeds.every(({ lastError }) => lastError === null)) return;
    await store.sql('update cordon.feed set next_due_at = now() where last_error is not null');
  }
}

async function triageUntil(done: () => boolean): Promise<void> {
  for (;;) {
    const last = done();
    const waiting = await store.read.deliveries.list({ state: 'received', limit: 200 });
    for (const { id } of waiting) await triage(world.deps, id);
    if (waiting.length > 0) continue;
    if (last) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('5,000 findings by queue and by poll together, while AWS says to slow down: each is stored once', {
  timeout: 600_000,
}, async () => {
  await control('POST', 'scenarios/backlog', { controls: CONTROLS, guardduty: THREATS, told: TOLD });
  const told = queue().left();
  const [started, before] = [performance.now(), process.cpuUsage()];
  let over = false;
  const intake = Promise.all([receiveAll(), pollToTheEnd()]).finally(() => {
    over = true;
  });
  await Promise.all([intake, triageUntil(() => over), neighbours(6, () => over)]);
  const [seconds, cpu] = [(performance.now() - started) / 1_000, process.cpuUsage(before)];

  const { throttled } = await calls();
  const figures = {
    findings: await store.read.findings.count(),
    byQueue: await numberOf(`select count(*) as n from cordon.delivery where transport = 'sqs'`),
    byPoll: await numberOf(`select count(*) as n from cordon.delivery where transport = 'poll'`),
    incidents: await numberOf('select count(*) as n from cordon.incident'),
    correlationKeys: await numberOf('select count(distinct correlation_key) as n from cordon.incident'),
    cards: await numberOf(`select count(*) as n from cordon.message where kind = 'card'`),
    throttled,
    seconds: Math.round(seconds),
    cpuSeconds: Math.round(cpu.user / 1e6 + cpu.system / 1e6),
  };
  console.log(`push and poll together: ${JSON.stringify(figures)}`);

  expect(figures.findings).toBe(CONTROLS + THREATS);
  expect(figures.byQueue).toBe(told);
  expect(throttled).toBeGreaterThanOrEqual(6);
  expect(figures.incidents).toBe(figures.correlationKeys);
  expect(figures.cards).toBe(
    await numberOf(
      `select count(*) as n from cordon.incident where kind = 'threat' or severity in ('high', 'critical')`,
    ),
  );
  expect(await numberOf(`select count(*) as n from cordon.delivery where state <> 'processed'`)).toBe(0);

  await store.sql('update cordon.feed set next_due_at = now()');
  await pollToTheEnd();
  expect(await numberOf(`select count(*) as n from cordon.delivery where transport = 'poll'`)).toBe(figures.byPoll);
});
