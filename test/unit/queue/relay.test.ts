import { afterEach, expect, test } from 'vitest';
import type { OutboxRow } from '../../../src/ports.ts';
import { type Relay, startRelay } from '../../../src/queue/relay.ts';
import { QUIET, until } from '../../support/rows.ts';

let relay: Relay | undefined;
afterEach(() => relay?.stop());

function world(count: number) {
  let unsent: OutboxRow[] = Array.from({ length: count }, (_, id) => ({
    id,
    topic: 'triage',
    dedup: `triage.${id}`,
    subjectId: `D${id}`,
  }));
  let wakeUp: () => void = () => undefined;
  const listenTo = (listener: () => void): void => {
    wakeUp = listener;
  };
  const handed: string[] = [];
  const logged: string[] = [];
  const outbox = {
    unsent: async (limit: number) => unsent.slice(0, limit),
    markSent: async (ids: readonly number[]) => {
      unsent = unsent.filter(({ id }) => !ids.includes(id));
    },
  };
  return {
    handed,
    logged,
    left: () => unsent.length,
    add(id: number) {
      unsent.push({ id, topic: 'triage', dedup: `triage.${id}`, subjectId: `D${id}` });
      wakeUp();
    },
    down: false,
    // Only the outbox is asked: a relay that touched another table would fail on it.
    store: { read: Object({ outbox }), onOutbox: listenTo },
    log: {
      ...QUIET,
      warn: (_: object, text: string) => logged.push(text),
      info: (_: object, text: string) => logged.push(text),
    },
    async wake(this: { down: boolean; handed: string[] }, wakes: readonly { readonly id: string }[]) {
      if (this.down) throw new Error('ECONNREFUSED');
      this.handed.push(...wakes.map(({ id }) => id));
    },
  };
}

test('everything is handed on, in batches, without waiting for the timer', async () => {
  const w = world(250);
  relay = startRelay(w.store, { wake: (wakes) => w.wake(wakes) }, w.log, { everyMs: 60_000 });
  await until(() => w.left() === 0);
  expect(w.handed).toHaveLength(250);
});

test('a commit wakes it', async () => {
  const w = world(0);
  relay = startRelay(w.store, { wake: (wakes) => w.wake(wakes) }, w.log, { everyMs: 60_000 });
  await until(() => {
    if (w.handed.length === 0) w.add(w.left());
    return w.handed.length > 0;
  });
});

test('while the queue is down rows stay, and it is said once', async () => {
  const w = world(3);
  w.down = true;
  let tries = 0;
  const wake = (wakes: readonly { readonly id: string }[]) => {
    tries += 1;
    return w.wake(wakes);
  };
  relay = startRelay(w.store, { wake }, w.log, { everyMs: 1 });
  await until(() => tries > 5);
  expect(w.left()).toBe(3);
  w.down = false;
  await until(() => w.left() === 0);
  expect(w.handed).toEqual(['D0', 'D1', 'D2']);
  expect(w.logged).toEqual([
    'jobs cannot be handed to the queue; they are kept and tried again',
    'the queue takes jobs again',
  ]);
});
