import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueueConfig } from '../../../src/queue/backend.ts';
import type { Handlers } from '../../../src/queue/handlers.ts';
import { type Jobs, openJobs } from '../../../src/queue/jobs.ts';
import { relayOnce, startRelay } from '../../../src/queue/relay.ts';
import { QUEUES } from '../../../src/queue/settings.ts';
import { startWorkers, type Workers } from '../../../src/queue/workers.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { fresh, QUIET, until } from '../rows.ts';

export interface JobsWorld {
  readonly store: () => OpenStore;
  readonly config: () => QueueConfig;
  /** Everything that the queue has written down, as text. */
  readonly dump: () => Promise<string>;
}

/** From an outbox row to its handler, on any backend. */
export function jobsSuite({ store, config, dump }: JobsWorld): void {
  let jobs: Jobs;
  let workers: Workers | undefined;
  const calls: string[] = [];
  const work = (id: string): Promise<void> => {
    calls.push(id);
    return Promise.resolve();
  };
  const start = (over: Partial<Handlers> = {}): void => {
    const handlers = {
      triage: work,
      notify: work,
      propose: work,
      remediate: work,
      sweep: async () => undefined,
      ...over,
    };
    workers = startWorkers(jobs, QUEUES, handlers, QUIET);
  };
  const add = (subjectId: string, dedup = `triage.${subjectId}.v1`) =>
    store().tx((tx) => tx.outbox.add({ topic: 'triage', dedup, subjectId }));
  const countOf = (id: string): number => calls.filter((call) => call === id).length;

  describe('jobs', () => {
    beforeAll(async () => {
      while ((await store().read.outbox.unsentCount()) > 0)
        await store().read.outbox.markSent((await store().read.outbox.unsent(1_000)).map(({ id }) => id));
    });
    beforeEach(async () => {
      calls.length = 0;
      workers = undefined;
      jobs = await openJobs(config(), QUIET);
    });
    afterEach(async () => {
      await workers?.close();
      await jobs.close();
    });

    it('come from the outbox to their handler, each once', async () => {
      start();
      const relay = startRelay(store(), jobs, QUIET);
      const ids = Array.from({ length: 30 }, () => fresh('D'));
      await Promise.all(ids.map((id) => add(id)));
      await until(() => calls.length >= ids.length);
      await relay.stop();
      expect([...calls].sort()).toEqual([...ids].sort());
      expect(await store().read.outbox.unsentCount()).toBe(0);
    });

    it('are one when the relay dies between handing on and marking', async () => {
      const id = fresh('D');
      await add(id, `triage:${id}:v1`);
      const { read } = store();
      const dying = {
        read: { ...read, outbox: { ...read.outbox, markSent: () => Promise.reject(new Error('killed here')) } },
      };
      for (let death = 0; death < 3; death += 1) await expect(relayOnce(dying, jobs)).rejects.toThrow('killed here');
      expect(await relayOnce(store(), jobs)).toBe(1);
      expect((await jobs.counts()).triage.waiting).toBe(1);
      const last = fresh('D');
      start();
      await until(() => countOf(id) === 1);
      await jobs.wake([{ queue: 'triage', dedup: `triage.${last}.v1`, id: last }]);
      await until(() => countOf(last) === 1);
      expect(countOf(id)).toBe(1);
    });

    it('that fail are tried again, and nothing of the error is kept in the queue', async () => {
      const id = fresh('D');
      let tries = 0;
      let kept = '';
      start({
        async triage() {
          tries += 1;
          if (tries === 2) kept = await dump();
          if (tries < 3) throw new Error('canary-AKIASECRET');
        },
      });
      await jobs.wake([{ queue: 'triage', dedup: id, id }]);
      await until(() => tries === 3);
      expect(kept).toContain('handler_failed');
      expect(kept).toContain(id);
      expect(kept).not.toContain('canary');
    });

    it('that hold anything but an id never reach a handler', async () => {
      const queue = jobs.backend.queue('triage');
      const foreign: Record<string, unknown>[] = [{ id: '' }, { id: 7 }, { id: 'x', extra: 1 }, {}];
      // What somebody else with access to the queue may put there: past our types.
      for (const data of foreign) await queue.add([{ jobId: fresh('j'), data: Object(data) }]);
      const mine = fresh('D');
      start();
      await jobs.wake([{ queue: 'triage', dedup: mine, id: mine }]);
      await until(() => calls.length > 0);
      await until(async () => (await jobs.counts()).triage.waiting === 0);
      expect(calls).toEqual([mine]);
      await queue.close();
    });

    it('of one subject are done one after the other, of different ones side by side', async () => {
      const running = new Map<string, number>();
      let together = 0;
      let overlapped = false;
      let done = 0;
      start({
        async triage(id) {
          running.set(id, (running.get(id) ?? 0) + 1);
          if ((running.get(id) ?? 0) > 1) overlapped = true;
          together = Math.max(together, [...running.values()].filter((n) => n > 0).length);
          await new Promise((resolve) => setTimeout(resolve, 20));
          running.set(id, (running.get(id) ?? 0) - 1);
          done += 1;
        },
      });
      const [a, b] = [fresh('D'), fresh('D')];
      await jobs.wake([a, b, a, b, a, b].map((id, at) => ({ queue: 'triage' as const, dedup: `${id}.v${at}`, id })));
      await until(() => done === 6);
      expect(overlapped).toBe(false);
      expect(together).toBeGreaterThan(1);
    });

    it('under way are waited for at the end, and the others are left to the next', async () => {
      let letGo: () => void = () => undefined;
      let ended = false;
      start({
        async propose(id) {
          calls.push(id);
          await new Promise<void>((resolve) => {
            letGo = resolve;
          });
          ended = true;
        },
      });
      const id = fresh('R');
      await jobs.wake([{ queue: 'propose', dedup: id, id }]);
      await until(() => calls.includes(id));
      const closing = workers?.close();
      workers = undefined;
      expect(ended).toBe(false);
      letGo();
      await closing;
      expect(ended).toBe(true);
      const later = fresh('D');
      await jobs.wake([{ queue: 'triage', dedup: later, id: later }]);
      expect((await jobs.counts()).triage.waiting).toBe(1);
      start();
      await until(() => countOf(later) === 1);
    });

    it('that do not end in time are taken up by the next worker', async () => {
      const stuck = startWorkers(
        jobs,
        ['remediate'],
        { triage: work, notify: work, propose: work, sweep: work, remediate: () => new Promise(() => undefined) },
        QUIET,
      );
      const id = fresh('R');
      await jobs.wake([{ queue: 'remediate', dedup: id, id }]);
      await until(async () => (await jobs.counts()).remediate.active === 1);
      await stuck.close(50);
      start();
      await until(() => countOf(id) === 1, 30_000);
    });

    it('wake the sweeper at once and again and again', async () => {
      let sweeps = 0;
      start({
        async sweep() {
          sweeps += 1;
        },
      });
      const clock = await jobs.startSweeping();
      await until(() => sweeps >= 3, 30_000);
      await clock.stop();
    });
  });
}
