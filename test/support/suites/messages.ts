import { describe, expect, it } from 'vitest';
import { relayOnce } from '../../../src/queue/relay.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { fresh, present, until } from '../rows.ts';

/** Messages, the outbox and the small tables. */
export function messagesSuite(open: () => OpenStore): void {
  const touch = (key: string, priority = 3, data?: { readonly a: number }) =>
    open().tx((tx) => tx.messages.touch({ key, kind: 'card', subjectId: 's', priority, ...(data ? { data } : {}) }));
  const due = async () => (await open().read.messages.due(10_000)).map(({ key }) => key);
  const get = async (key: string) => present(await open().read.messages.get(key));

  describe('messages', () => {
    it('are wanted in their newest state, however often they changed', async () => {
      const key = `card:${fresh('INC')}`;
      for (let i = 0; i < 5; i += 1) await touch(key);
      expect(await get(key)).toMatchObject({ desiredRev: 5, deliveredRev: 0, channel: null });
      await open().read.messages.delivered(key, { rev: 5, hash: 'h', channel: 'C1', ts: '1.2' });
      expect(await get(key)).toMatchObject({
        desiredRev: 5,
        deliveredRev: 5,
        channel: 'C1',
        ts: '1.2',
        deliveredHash: 'h',
      });
      expect(await due()).not.toContain(key);
    });

    it('stay due when they change while they are delivered', async () => {
      const key = `card:${fresh('INC')}`;
      await touch(key);
      await touch(key);
      await open().read.messages.delivered(key, { rev: 1, hash: 'h', channel: 'C1', ts: '1.2' });
      expect(await due()).toContain(key);
    });

    it('never go back to an older state', async () => {
      const key = `card:${fresh('INC')}`;
      for (let i = 0; i < 2; i += 1) await touch(key);
      for (const rev of [2, 1])
        await open().read.messages.delivered(key, { rev, hash: `h${rev}`, channel: 'C1', ts: '1.2' });
      expect((await get(key)).deliveredRev).toBe(2);
    });

    it('that are put off wait for their time and tell why', async () => {
      const key = `card:${fresh('INC')}`;
      await touch(key);
      await open().read.messages.deferred(key, 'rate limited', 0.05);
      expect(await get(key)).toMatchObject({ attempts: 1, lastError: 'rate limited' });
      await until(async () => (await due()).includes(key));
      await open().read.messages.deferred(key, 'rate limited', 3_600);
      expect(await due()).not.toContain(key);
      await touch(key);
      expect(await due()).not.toContain(key);
    });

    it('come most urgent first, and an urgent change keeps its urgency', async () => {
      const [slow, fast] = [`card:${fresh('INC')}`, `card:${fresh('INC')}`];
      await touch(slow, 4);
      await touch(fast, 1);
      await touch(fast, 4);
      const order = await due();
      expect(order.indexOf(fast)).toBeLessThan(order.indexOf(slow));
      expect((await get(fast)).priority).toBe(1);
    });

    it('keep their facts until others are given', async () => {
      const key = `reply:${fresh('x')}`;
      await touch(key, 3, { a: 1 });
      await touch(key);
      expect((await get(key)).data).toEqual({ a: 1 });
      await touch(key, 3, { a: 2 });
      expect((await get(key)).data).toEqual({ a: 2 });
    });

    it('wake the notifier by an outbox row for each change', async () => {
      const key = `card:${fresh('INC')}`;
      await touch(key);
      await touch(key);
      const rows = (await open().read.outbox.unsent(10_000)).filter(({ subjectId }) => subjectId === key);
      const base = `notify.${key.replaceAll(':', '.')}`;
      expect(rows.map(({ topic, dedup }) => [topic, dedup])).toEqual([
        ['notify', `${base}.1`],
        ['notify', `${base}.2`],
      ]);
    });

    it('that wait are counted', async () => {
      await touch(`card:${fresh('INC')}`);
      const backlog = await open().read.messages.backlog();
      expect(backlog.count).toBeGreaterThan(0);
      expect(backlog.oldestSeconds).toBeGreaterThanOrEqual(0);
    });
  });

  describe('the outbox', () => {
    it('takes a key once and tells after the commit', async () => {
      const dedup = fresh('triage.D');
      let told = 0;
      open().onOutbox(() => {
        told += 1;
      });
      const add = () => open().tx((tx) => tx.outbox.add({ topic: 'triage', dedup, subjectId: 'D' }));
      await add();
      await add();
      expect(told).toBe(1);
      await expect(
        open().tx(async (tx) => {
          await tx.outbox.add({ topic: 'triage', dedup: fresh('triage.D'), subjectId: 'D' });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(told).toBe(1);
      const rows = (await open().read.outbox.unsent(10_000)).filter((row) => row.dedup === dedup);
      expect(rows).toHaveLength(1);
      await open().read.outbox.markSent(rows.map(({ id }) => id));
      expect((await open().read.outbox.unsent(10_000)).some((row) => row.dedup === dedup)).toBe(false);
    });

    it('hands on again what was handed on but not marked', async () => {
      const dedup = fresh('triage.D');
      await open().tx((tx) => tx.outbox.add({ topic: 'triage', dedup, subjectId: 'D' }));
      const handed: string[] = [];
      const jobs = {
        wake: async (wakes: readonly { readonly dedup: string }[]) =>
          void handed.push(...wakes.map((wake) => wake.dedup)),
      };
      const { outbox } = open().read;
      const dying = {
        read: { ...open().read, outbox: { ...outbox, markSent: () => Promise.reject(new Error('killed here')) } },
      };
      await expect(relayOnce(dying, jobs)).rejects.toThrow('killed here');
      while ((await relayOnce(open(), jobs)) > 0);
      expect(handed.filter((one) => one === dedup)).toHaveLength(2);
      expect(await outbox.unsentCount()).toBe(0);
    });
  });

  describe('the stop switch', () => {
    it('stops at once and goes on with two', async () => {
      const at = (work: Parameters<OpenStore['tx']>[0]) => open().tx(work);
      await at((tx) => tx.killSwitch.stop('U0RINA', 'look'));
      expect(await open().read.killSwitch.get()).toMatchObject({
        stopped: true,
        by: 'U0RINA',
        reason: 'look',
        resumeVotes: [],
      });
      await at((tx) => tx.killSwitch.voteResume('U0ALICE'));
      await at((tx) => tx.killSwitch.voteResume('U0ALICE'));
      await expect(at((tx) => tx.killSwitch.clear())).rejects.toMatchObject({ code: 'resume_needs_two' });
      await at((tx) => tx.killSwitch.voteResume('U0BO'));
      await at((tx) => tx.killSwitch.clear());
      expect(await open().read.killSwitch.get()).toEqual({
        stopped: false,
        by: null,
        reason: null,
        at: null,
        resumeVotes: [],
      });
    });
  });

  describe('replay memory', () => {
    it('knows a key for its life', async () => {
      const key = fresh('sig');
      const results = await Promise.all(Array.from({ length: 10 }, () => open().read.replay.remember(key, 600)));
      expect(results.filter(Boolean)).toHaveLength(1);
      const short = fresh('sig');
      expect(await open().read.replay.remember(short, 0.02)).toBe(true);
      await until(() => open().read.replay.remember(short, 600));
      await open().read.replay.remember(fresh('sig'), 0);
      expect(await open().read.replay.purge()).toBeGreaterThan(0);
      expect(await open().read.replay.remember(key, 600)).toBe(false);
    });
  });

  describe('account health', () => {
    it('is the newest answer of each role', async () => {
      const accountId = fresh('acc');
      for (const state of ['trust', 'ok'] as const)
        await open().read.health.put({ accountId, purpose: 'read', state, detail: 'd', hint: 'h' });
      const rows = (await open().read.health.list()).filter((row) => row.accountId === accountId);
      expect(rows).toMatchObject([{ state: 'ok', checkedAt: expect.any(String) }]);
    });
  });
}
