import { describe, expect, test } from 'vitest';
import { SlackCallError } from '../../../src/slack/calls.ts';
import type { OutboxParts } from '../../../src/slack/delivery.ts';
import type { RateBudget } from '../../../src/slack/limits.ts';
import { createOutbox } from '../../../src/slack/outbox.ts';
import { type FakeCalls, fakeCalls, refused } from './support/calls.ts';
import { type World, world } from './support/deps.ts';
import { approval, finding, incident, plan, run, vote } from './support/fixtures.ts';

const CARD = 'card:INC-2026-0001';
const free: RateBudget = { take: async () => ({ ok: true }), close: async () => undefined };

interface Bench extends World {
  readonly slack: FakeCalls;
  deliver(key: string): Promise<string>;
}

function bench(budget: RateBudget = free): Bench {
  const made = world();
  made.store.incidents.set('INC-2026-0001', incident());
  made.store.findings.set('INC-2026-0001', [finding()]);
  made.store.touch(CARD, 'card', 'INC-2026-0001');
  const slack = fakeCalls();
  const parts: OutboxParts = { deps: made.deps, calls: slack, interactive: slack, budget };
  const outbox = createOutbox(parts);
  return Object.assign(made, { slack, deliver: (key: string) => outbox.deliver(key) });
}

const methods = (slack: FakeCalls) => slack.made.map((call) => call.method);

describe('a card', () => {
  test('is posted once in its route and edited afterwards; many changes cost one edit', async () => {
    const { store, slack, deliver } = bench();
    expect(await deliver(CARD)).toBe('posted');
    for (let rev = 2; rev <= 30; rev += 1) {
      store.incidents.set('INC-2026-0001', incident({ rev, state: 'acknowledged', ownerId: 'U0RINA00001' }));
      store.touch(CARD, 'card', 'INC-2026-0001');
    }
    expect(await deliver(CARD)).toBe('updated');
    expect(await deliver(CARD)).toBe('nothing-to-do');
    expect(methods(slack)).toEqual(['post', 'update']);
    expect(slack.made[0]?.channel).toBe('C0TRIAGE001');
  });

  test('that looks the same costs no call', async () => {
    const { store, slack, deliver } = bench();
    await deliver(CARD);
    store.touch(CARD, 'card', 'INC-2026-0001');
    expect(await deliver(CARD)).toBe('unchanged');
    expect(methods(slack)).toEqual(['post']);
    expect(store.messages.get(CARD)?.deliveredRev).toBe(2);
  });

  test('goes to the channel of its route', async () => {
    const made = bench();
    if (made.settings instanceof Error) throw made.settings;
    made.settings = {
      ...made.settings,
      routes: [
        { environment: 'dev', channel: 'C0DEV000001' },
        { accounts: ['333333333331'], channel: 'C0PAY000001' },
      ],
    };
    await made.deliver(CARD);
    expect(made.slack.made[0]?.channel).toBe('C0PAY000001');
  });

  test('delivered by two at once is posted once', async () => {
    const { slack, deliver } = bench();
    const results = await Promise.all([deliver(CARD), deliver(CARD), deliver(CARD)]);
    expect(results.filter((one) => one === 'posted')).toHaveLength(1);
    expect(methods(slack)).toEqual(['post']);
  });

  test('claimed by another process is left to it', async () => {
    const { store, slack, deliver } = bench();
    await store.tx((tx) => tx.replay.remember(`slack-post:${CARD}:0`, 30));
    expect(await deliver(CARD)).toBe('busy');
    expect(methods(slack)).toEqual([]);
  });
});

describe('trouble in Slack', () => {
  test('a 429 defers this row by what Slack said and closes the bucket of this channel', async () => {
    const closed: string[] = [];
    const { store, slack, deliver } = bench({
      ...free,
      close: async (bucket, channel, seconds) => void closed.push(`${bucket} ${channel} ${seconds}`),
    });
    slack.failures.set('post', [new SlackCallError('rate-limited', 'ratelimited', { retryAfterSeconds: 30 })]);
    expect(await deliver(CARD)).toBe('deferred');
    expect(store.deferrals).toEqual([{ key: CARD, error: 'rate limited by Slack for 30 s', seconds: 30 }]);
    expect(closed).toEqual(['post C0TRIAGE001 30']);
    expect(await deliver(CARD)).toBe('posted');
    expect(slack.made.at(-1)?.message?.text).not.toContain('repeated');
  });

  test('a first post without an answer is marked as possibly repeated the next time', async () => {
    const { slack, deliver } = bench();
    slack.failures.set('post', [new SlackCallError('ambiguous', 'no_answer')]);
    expect(await deliver(CARD)).toBe('deferred');
    expect(await deliver(CARD)).toBe('posted');
    expect(slack.made.at(-1)?.message?.text).toContain('Possibly repeated');
  });

  test.each(['message_not_found', 'channel_not_found', 'is_archived', 'not_in_channel'])(
    '%s: once more in the operations channel, saying so',
    async (code) => {
      const { store, slack, deliver } = bench();
      await deliver(CARD);
      store.incidents.set('INC-2026-0001', incident({ rev: 2, state: 'acknowledged' }));
      store.touch(CARD, 'card', 'INC-2026-0001');
      slack.failures.set('update', [refused(code)]);
      expect(await deliver(CARD)).toBe('posted');
      expect(slack.made.at(-1)).toMatchObject({ method: 'post', channel: 'C0SECOPS001' });
      expect(slack.made.at(-1)?.message?.text).toContain('is gone');
      expect(store.messages.get(CARD)?.channel).toBe('C0SECOPS001');
    },
  );

  test('any other refusal waits a minute and stands in the log', async () => {
    const { store, slack, deliver, log } = bench();
    slack.failures.set('post', [refused('invalid_auth')]);
    expect(await deliver(CARD)).toBe('deferred');
    expect(store.deferrals[0]).toMatchObject({ error: 'refused: invalid_auth', seconds: 60 });
    expect(log.some((line) => line.level === 'error')).toBe(true);
  });

  test('a budget that is nearly there is waited for; one that is not defers', async () => {
    const waits = [1_000, 0, 60_000];
    const { store, pauses, deliver } = bench({
      ...free,
      take: async () => {
        const wait = waits.shift() ?? 0;
        return wait === 0 ? { ok: true } : { ok: false, waitMilliseconds: wait };
      },
    });
    expect(await deliver(CARD)).toBe('posted');
    expect(pauses).toEqual([1_000]);
    store.incidents.set('INC-2026-0001', incident({ state: 'acknowledged' }));
    store.touch(CARD, 'card', 'INC-2026-0001');
    expect(await deliver(CARD)).toBe('deferred');
    expect(store.deferrals.at(-1)?.seconds).toBe(60);
  });

  test('a change that comes while a row waits does not shorten the wait', async () => {
    const { store, slack, deliver } = bench();
    store.touch(CARD, 'card', 'INC-2026-0001', { notBefore: '2026-11-22T12:00:10.000Z' });
    expect(await deliver(CARD)).toBe('not-yet');
    store.now = () => '2026-11-22T12:00:10.000Z';
    expect(await deliver(CARD)).toBe('posted');
    expect(methods(slack)).toEqual(['post']);
  });

  test('a row that cannot be rendered does not block and is logged', async () => {
    const { store, deliver, log, slack } = bench();
    store.touch('reply:INC-2026-0001.x', 'reply', 'INC-2026-0001', { data: { template: 'of another version' } });
    expect(await deliver('reply:INC-2026-0001.x')).toBe('deferred');
    expect(log.at(-1)?.level).toBe('error');
    expect(slack.made).toEqual([]);
  });

  test.each([
    [0, 15],
    [2, 15],
    [3, 300],
  ])('after %i tries a row that cannot be rendered is tried again in %i s', async (attempts, seconds) => {
    const { store, deliver } = bench();
    store.touch('reply:INC-2026-0001.x', 'reply', 'INC-2026-0001', { attempts, data: { template: 'unknown' } });
    await deliver('reply:INC-2026-0001.x');
    expect(store.deferrals.at(-1)?.seconds).toBe(seconds);
  });
});

describe('threads and people', () => {
  function withRequest(): Bench {
    const made = bench();
    made.store.runs.set('RUN-AAAA2222', run());
    made.store.approvals.set('REQ-CCCC4444', approval());
    made.store.touch('approval:REQ-CCCC4444', 'approval', 'REQ-CCCC4444', { priority: 1 });
    return made;
  }

  test('a request waits for the card and then stands in its thread', async () => {
    const { slack, deliver, store } = withRequest();
    expect(await deliver('approval:REQ-CCCC4444')).toBe('deferred');
    await deliver(CARD);
    expect(await deliver('approval:REQ-CCCC4444')).toBe('posted');
    expect(slack.made.at(-1)).toMatchObject({ channel: 'C0TRIAGE001', threadTs: store.messages.get(CARD)?.ts });
  });

  test('a run has no message before it may run, and one afterwards', async () => {
    const { slack, deliver, store } = withRequest();
    await deliver(CARD);
    store.touch('run:RUN-AAAA2222', 'run', 'RUN-AAAA2222');
    expect(await deliver('run:RUN-AAAA2222')).toBe('nothing-to-do');
    store.runs.set('RUN-AAAA2222', run({ state: 'executing' }));
    store.touch('run:RUN-AAAA2222', 'run', 'RUN-AAAA2222');
    expect(await deliver('run:RUN-AAAA2222')).toBe('posted');
    expect(slack.made.at(-1)?.message?.text).toContain('Running');
  });

  test('a reply is one line in the thread, a personal message opens the direct channel', async () => {
    const { slack, deliver, store } = withRequest();
    await deliver(CARD);
    store.touch('reply:INC-2026-0001.resolved-0', 'reply', 'INC-2026-0001', {
      data: { template: 'resolved', resolution: 'fixed' },
    });
    store.touch('dm:U0RINA00001.x', 'dm', 'U0RINA00001', {
      data: { template: 'request-ended', approval: 'REQ-CCCC4444', state: 'expired' },
    });
    expect(await deliver('reply:INC-2026-0001.resolved-0')).toBe('posted');
    expect(slack.made.at(-1)?.message?.text).toContain('Resolved: fixed');
    expect(await deliver('dm:U0RINA00001.x')).toBe('posted');
    expect(slack.made.at(-1)).toMatchObject({ method: 'post', channel: 'DU0RINA00001' });
    expect(slack.made.at(-1)?.message?.text).toContain('EXPIRED, nothing was run');
    store.runs.set('RUN-AAAA2222', run({ state: 'unverified', stateReason: 'It still reads Active.' }));
    store.touch('dm:U0RINA00001.y', 'dm', 'U0RINA00001', {
      data: { template: 'run-ended', run: 'RUN-AAAA2222', state: 'unverified' },
    });
    expect(await deliver('dm:U0RINA00001.y')).toBe('posted');
    expect(slack.made.at(-1)?.message?.text).toContain('Changed, unverified');
  });
});

describe('the window that waits for a plan', () => {
  const VIEW = 'view:RUN-AAAA2222';
  function waiting(over: Parameters<typeof run>[0]): Bench {
    const made = bench();
    made.store.runs.set('RUN-AAAA2222', run({ viewId: 'V1#h1', ...over }));
    made.store.touch(VIEW, 'view', 'RUN-AAAA2222');
    return made;
  }

  test('is filled with the plan and its hash', async () => {
    const { slack, deliver, store } = waiting({});
    expect(await deliver(VIEW)).toBe('updated');
    const view = slack.made[0]?.view;
    expect(view?.submit?.text).toBe('Ask for approval');
    expect(JSON.parse(view?.private_metadata ?? '{}')).toEqual({ runId: 'RUN-AAAA2222', planHash: run().planHash });
    expect(store.messages.get(VIEW)?.deliveredRev).toBe(1);
  });

  test('says why there is no plan', async () => {
    const { slack, deliver } = waiting({ state: 'refused', plan: null, stateReason: 'The key is gone.' });
    expect(await deliver(VIEW)).toBe('updated');
    expect(JSON.stringify(slack.made[0]?.view)).toContain('The key is gone.');
    expect(slack.made[0]?.view?.submit).toBeUndefined();
  });

  test('filled by somebody else already is left alone', async () => {
    const { slack, deliver } = waiting({});
    slack.failures.set('updateView', [refused('hash_conflict')]);
    expect(await deliver(VIEW)).toBe('unchanged');
    expect(methods(slack)).toEqual(['updateView']);
  });

  test('that was closed: the person is told that the plan is ready', async () => {
    const { slack, deliver } = waiting({});
    slack.failures.set('updateView', [refused('not_found')]);
    expect(await deliver(VIEW)).toBe('unchanged');
    expect(slack.made.at(-1)).toMatchObject({ method: 'whisper', user: 'U0RINA00001', channel: 'C0TRIAGE001' });
  });

  test('is tried again when Slack does not answer', async () => {
    const { slack, deliver } = waiting({ plan: plan() });
    slack.failures.set('updateView', [new SlackCallError('ambiguous', 'no_answer')]);
    expect(await deliver(VIEW)).toBe('deferred');
    expect(await deliver(VIEW)).toBe('updated');
  });
});

describe('a message to somebody who may decide', () => {
  const DM = 'dm:U0ALICE0001.REQ-CCCC4444-asked';
  const REQUEST = 'approval:REQ-CCCC4444';

  /** A request that stands in its channel, and a message that leads to it. */
  function asked(over: Parameters<typeof approval>[0] = {}): Bench {
    const made = bench();
    made.store.runs.set('RUN-AAAA2222', run());
    made.store.approvals.set('REQ-CCCC4444', approval(over));
    made.store.touch(REQUEST, 'approval', 'REQ-CCCC4444', { channel: 'C0TRIAGE001', ts: '1.1', priority: 1 });
    made.store.touch(DM, 'dm', 'U0ALICE0001', {
      data: { template: 'please-decide', approval: 'REQ-CCCC4444', notice: 'asked' },
      priority: 1,
    });
    return made;
  }

  test('leads to the one request, by its address, and has nothing to press', async () => {
    const { slack, deliver } = asked();
    expect(await deliver(DM)).toBe('posted');
    const sent = slack.made.find((call) => call.method === 'post');
    expect(sent?.channel).toBe('DU0ALICE0001');
    expect(JSON.stringify(sent?.message)).toContain('https://acme.slack.com/archives/C0TRIAGE001/p1');
    expect(sent?.message?.blocks.map(({ type }) => type)).toEqual(['section', 'rich_text']);
    expect(await deliver(DM)).toBe('nothing-to-do');
  });

  test('waits until the request is posted', async () => {
    const { store, slack, deliver } = asked();
    store.touch(REQUEST, 'approval', 'REQ-CCCC4444', { channel: null, ts: null });
    expect(await deliver(DM)).toBe('deferred');
    expect(methods(slack)).toEqual([]);
    store.touch(REQUEST, 'approval', 'REQ-CCCC4444', { channel: 'C0TRIAGE001', ts: '1.1' });
    expect(await deliver(DM)).toBe('posted');
  });

  test.each<[string, Parameters<typeof approval>[0]]>([
    ['denied', { state: 'denied', decidedAt: '2026-11-22T12:01:00.000Z' }],
    ['approved', { state: 'approved', decidedAt: '2026-11-22T12:01:00.000Z' }],
    ['over its time', { expiresAt: '2026-11-22T11:59:00.000Z' }],
    [
      'decided by others now',
      { requirement: { ...approval().requirement, slots: [{ label: 'approver', n: 1, from: ['U0BO0000001'] }] } },
    ],
  ])('is not sent about a request that is %s meanwhile', async (_, over) => {
    const { slack, deliver } = asked(over);
    expect(await deliver(DM)).toBe('nothing-to-do');
    expect(methods(slack)).toEqual([]);
  });

  test('is not sent to somebody who has voted', async () => {
    const { store, slack, deliver } = asked();
    store.votes.set('REQ-CCCC4444', [vote()]);
    expect(await deliver(DM)).toBe('nothing-to-do');
    expect(methods(slack)).toEqual([]);
  });

  test('is tried again when Slack gives no address', async () => {
    const { store, slack, deliver } = asked();
    slack.failures.set('permalink', [new SlackCallError('rate-limited', 'ratelimited', { retryAfterSeconds: 7 })]);
    expect(await deliver(DM)).toBe('deferred');
    expect(store.deferrals.at(-1)).toMatchObject({ key: DM, seconds: 7 });
    expect(await deliver(DM)).toBe('posted');
  });
});
