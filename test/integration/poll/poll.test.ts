import { beforeEach, describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { Feed } from '../../../src/domain/feed.ts';
import { pollDue, pollForEver } from '../../../src/flow/poll.ts';
import { triage } from '../../../src/flow/triage.ts';
import type { Deps, FeedItem, FindingsFeeds } from '../../../src/ports.ts';
import { fakeFeeds } from '../../support/feeds.ts';
import { deliver } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const NAME = 'guardduty.eu-west-1';
const never = new AbortController().signal;
let store: TestStore;
let world: World;
let held: FeedItem[];

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  world.settings = testSettings((file) => {
    file.polling = { securityHub: false };
  });
  held = [];
});

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

function item(number: number, updatedAt: string, over: { archived?: boolean; count?: number } = {}): FeedItem {
  const id = number.toString(16).padStart(32, '0');
  const event: { detail: unknown } = JSON.parse(guardDutyEvent({ id, updatedAt, ...over }));
  return { body: JSON.stringify(event.detail), updatedAt };
}

function due(): Promise<void> {
  return store.sql(`update cordon.feed set next_due_at = now(), lease_owner = null, lease_until = null`);
}

async function poll(feeds: FindingsFeeds = fakeFeeds(() => held), deps: Deps = world.deps): Promise<void> {
  await pollDue(deps, { feeds, backfillSeconds: 86_400 }, never);
}

async function triageAll(): Promise<number> {
  const waiting = await store.read.deliveries.list({ state: 'received', limit: 1000 });
  for (const { id } of waiting) await triage(world.deps, id);
  return waiting.length;
}

async function feed(): Promise<Feed> {
  const [row] = await store.read.feeds.list();
  if (!row) throw new Error('there is no feed');
  return row;
}

describe('a feed', () => {
  it('takes what was changed within the backfill, once, and its cursor stands at the newest', async () => {
    held = [item(1, ago(2_000)), item(2, ago(600)), item(3, ago(300)), item(4, ago(200)), item(5, ago(100))];
    const feeds = fakeFeeds(() => held);
    await poll(feeds);
    expect(await triageAll()).toBe(4);
    expect(await store.read.findings.count()).toBe(4);
    expect(await feed()).toMatchObject({ name: NAME, lastError: null, cursor: held[4]?.updatedAt });
    expect((await feed()).lastOkAt).not.toBeNull();
    await due();
    await poll(feeds);
    expect(await triageAll()).toBe(0);
  });

  it('is not read before it is due', async () => {
    const feeds = fakeFeeds(() => held);
    await poll(feeds);
    await poll(feeds);
    expect(feeds.asked).toHaveLength(1);
  });

  it('reads again some time before its cursor: a finding that shows up late is taken', async () => {
    held = [item(1, ago(20))];
    await poll();
    held.push(item(2, ago(30)), item(3, ago(60)));
    await due();
    await poll();
    expect(await triageAll()).toBe(2);
  });

  it('is hidden from nobody by a time in the future', async () => {
    held = [item(1, new Date(Date.now() + 3_600_000).toISOString())];
    await poll();
    held.push(item(2, ago(1)));
    await due();
    await poll();
    expect(await triageAll()).toBe(2);
  });

  it('loses nothing and stores nothing twice when the process dies between two pages', async () => {
    held = Array.from({ length: 9 }, (_, index) => item(index, ago(100 - index)));
    const whole = fakeFeeds(() => held);
    let pages = 0;
    const dying: FindingsFeeds = {
      ...whole,
      async read(target, from) {
        pages += 1;
        if (pages === 3) throw new Error('killed');
        return whole.read(target, from);
      },
    };
    // As a process that is gone: whatever it would still write does not arrive.
    const silent = { ...store.read.feeds, finish: () => new Promise<never>(() => {}) };
    const deps = { ...world.deps, store: { ...store, read: { ...store.read, feeds: silent } } };
    void poll(dying, deps);
    await expect.poll(async () => pages, { timeout: 10_000 }).toBe(3);
    const stored = await store.read.deliveries.list({ state: 'received', limit: 1000 });
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.length).toBeLessThan(9);
    // Its lease keeps others away until it has run out.
    await poll();
    expect(await store.read.deliveries.list({ state: 'received', limit: 1000 })).toHaveLength(stored.length);
    await due();
    await poll();
    expect(await triageAll()).toBe(9);
    expect(await store.read.findings.count()).toBe(9);
  });

  it('is read by one of many processes at a time', async () => {
    held = Array.from({ length: 9 }, (_, index) => item(index, ago(100 - index)));
    const feeds = fakeFeeds(() => held);
    await Promise.all([1, 2, 3, 4].map((number) => poll(feeds, { ...world.deps, processId: `process-${number}` })));
    expect(feeds.asked.filter((line) => line.endsWith(' -')).length).toBeLessThanOrEqual(9);
    expect(await triageAll()).toBe(9);
  });

  it('goes on where it was when another process took it over from a slow one', async () => {
    held = Array.from({ length: 5 }, (_, index) => item(index, ago(100 - index)));
    const whole = fakeFeeds(() => held);
    const slow: FindingsFeeds = {
      ...whole,
      async read(target, from) {
        await due();
        await poll(whole, { ...world.deps, processId: 'another' });
        return whole.read(target, from);
      },
    };
    await expect(poll(slow)).rejects.toMatchObject({ code: 'feed_lost' });
    expect(await triageAll()).toBe(5);
    expect(await feed()).toMatchObject({ lastError: null });
  });

  it('asks for what is stored and open once more, because archiving in GuardDuty changes no time', async () => {
    held = [item(1, ago(100)), item(2, ago(50))];
    await poll();
    await triageAll();
    const asked: string[] = [];
    const feeds: FindingsFeeds = {
      read: async () => ({ items: [], next: null }),
      async again(region, ids) {
        asked.push(`${region} ${ids.length}`);
        return [item(1, held[0]?.updatedAt ?? '', { archived: true }), item(2, held[1]?.updatedAt ?? '')];
      },
    };
    await due();
    await poll(feeds);
    expect(asked).toEqual(['eu-west-1 2']);
    expect(await triageAll()).toBe(1);
    await due();
    await poll(feeds);
    expect(asked.at(-1)).toBe('eu-west-1 1');
  });
});

describe('a feed and the queue', () => {
  it('skip what the other has brought in the same revision', async () => {
    held = [item(1, ago(50)), item(2, ago(40))];
    await deliver(world.deps, guardDutyEvent({ id: '1'.padStart(32, '0'), updatedAt: held[0]?.updatedAt ?? '' }));
    await poll();
    expect(await triageAll()).toBe(1);
    await deliver(world.deps, guardDutyEvent({ id: '2'.padStart(32, '0'), updatedAt: held[1]?.updatedAt ?? '' }));
    expect(await store.read.findings.count()).toBe(2);
    expect(await store.read.incidents.list({ limit: 10 })).toHaveLength(1);
  });

  it('a change that no event told of is taken, and a finding archived meanwhile closes its incident', async () => {
    await deliver(world.deps, guardDutyEvent({ id: '1'.padStart(32, '0'), updatedAt: ago(60) }));
    held = [item(1, ago(5), { archived: true, count: 2 })];
    await poll();
    expect(await triageAll()).toBe(1);
    const [incident] = await store.read.incidents.list({ limit: 10 });
    expect(incident).toMatchObject({ state: 'resolved', resolution: 'archived-by-source' });
  });

  it('what cannot be read goes into quarantine, once', async () => {
    held = [{ body: '{"hello":"world"}', updatedAt: ago(5) }];
    await poll();
    await triageAll();
    await due();
    await poll();
    expect(await triageAll()).toBe(0);
    expect(await store.read.deliveries.list({ state: 'quarantined', limit: 10 })).toHaveLength(1);
  });
});

describe('a feed that cannot be read', () => {
  const denied = new AwsCallError('AccessDenied', 'no', { hint: 'Deploy it.' });

  it('keeps why and what to do, says it once, and holds up no other', async () => {
    world.settings = testSettings((file) => {
      file.polling = { guardDutyRegions: ['eu-west-1', 'us-east-1', 'eu-north-1'] };
    });
    const said: string[] = [];
    const log = { ...world.deps.log, warn: (_: object, message: string) => void said.push(message) };
    const whole = fakeFeeds(() => [item(1, ago(5))]);
    const feeds: FindingsFeeds = {
      ...whole,
      async read(target, from) {
        if (target.region === 'us-east-1') throw denied;
        if (target.region === 'eu-north-1') return { absent: 'GuardDuty has no detector there.' };
        return whole.read(target, from);
      },
    };
    for (let turn = 0; turn < 3; turn += 1) {
      await poll(feeds, { ...world.deps, log });
      await due();
    }
    const rows = new Map((await store.read.feeds.list()).map((row) => [row.name, row]));
    expect([...rows.keys()]).toEqual([
      'guardduty.eu-north-1',
      'guardduty.eu-west-1',
      'guardduty.us-east-1',
      'securityhub.eu-west-1',
    ]);
    expect(rows.get('guardduty.us-east-1')).toMatchObject({
      lastOkAt: null,
      lastError: { code: 'AccessDenied', message: 'no', hint: 'Deploy it.' },
    });
    expect(rows.get('guardduty.eu-north-1')).toMatchObject({
      lastError: null,
      note: 'GuardDuty has no detector there.',
    });
    expect(said).toEqual(['a feed of findings cannot be read; it is tried again']);
    await poll(whole, { ...world.deps, log });
    expect((await store.read.feeds.list()).every(({ lastError, lastOkAt }) => lastError === null && lastOkAt)).toBe(
      true,
    );
  });

  it('is read for as long as the process lives, also when the settings cannot be', async () => {
    const over = new AbortController();
    const said: string[] = [];
    let turns = 0;
    const deps: Deps = {
      ...world.deps,
      log: { ...world.deps.log, warn: (_, message) => void said.push(message) },
      lastGood: { ...world.deps.lastGood, settings: () => Promise.reject(new Error('cordon.yaml is gone')) },
      pause: async () => {
        turns += 1;
        if (turns === 3) over.abort();
      },
    };
    await pollForEver(deps, { feeds: fakeFeeds(() => held), backfillSeconds: 60 }, over.signal);
    expect(said).toEqual(['the products cannot be polled; it is tried again']);
  });
});
