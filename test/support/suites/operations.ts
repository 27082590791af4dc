import { describe, expect, it } from 'vitest';
import type { OpenStore } from '../../../src/store/store.ts';
import { fresh, someIncident } from '../rows.ts';

/** What Cordon keeps about itself: its processes, its line in the operations channel, and sums over its tables. */
export function operationsSuite(open: () => OpenStore): void {
  describe('processes', () => {
    it('are there while they say so, as they said last, and gone when they say goodbye', async () => {
      const { processes } = open().read;
      const id = fresh('host');
      const mine = async () => (await processes.alive(60)).find((one) => one.id === id);
      await processes.beat({ id, kind: 'bot', work: ['slack', 'triage'], slack: 'connected' });
      await processes.beat({ id, kind: 'bot', work: ['slack', 'triage'], slack: 'down' });
      expect(await mine()).toMatchObject({ kind: 'bot', work: ['slack', 'triage'], slack: 'down' });
      expect((await processes.alive(0)).find((one) => one.id === id)).toBeUndefined();
      await processes.leave(id);
      expect(await mine()).toBeUndefined();
    });
  });

  describe('the line of the operations channel', () => {
    it('is looked at by one of many at once, and keeps what was seen and told', async () => {
      const looks = await Promise.all([1, 2, 3, 4].map(() => open().read.opsLine.claimLook(3_600)));
      expect(looks.filter(Boolean).length).toBeLessThanOrEqual(1);
      const line = await open().tx(async (tx) => {
        await tx.opsLine.lock();
        await tx.opsLine.saw([{ kind: 'quarantine', count: 1 }]);
        await tx.opsLine.tell([{ kind: 'settings-invalid' }], '2026-11-20T10:00:00.000Z');
        return tx.opsLine.lock();
      });
      expect(line).toMatchObject({
        seen: [{ kind: 'quarantine', count: 1 }],
        told: [{ kind: 'settings-invalid' }],
        quietSince: '2026-11-20T10:00:00.000Z',
        toldAt: expect.any(String),
      });
    });
  });

  describe('sums', () => {
    it('tell what waits and how things are, by the lists that metrics know', async () => {
      const before = await open().read.figures.now();
      await open().tx(async (tx) => {
        await tx.deliveries.insert({ id: fresh('DLV'), transport: 'cli', transportId: fresh('f'), body: fresh('b') });
        await tx.incidents.insert(someIncident({ severity: 'low' }));
        await tx.messages.touch({ key: `health:${fresh('x')}`, kind: 'health', subjectId: 'ops', priority: 5 });
      });
      const after = await open().read.figures.now();
      const low = (figures: typeof before): number =>
        figures.incidents.find(({ labels }) => labels['severity'] === 'low' && labels['state'] === 'open')?.count ?? 0;
      expect(after.deliveries.waiting - before.deliveries.waiting).toBe(1);
      expect(after.deliveries.oldestSeconds).toBeGreaterThan(0);
      expect(Date.parse(after.lastDeliveryAt ?? '')).not.toBeNaN();
      expect(low(after) - low(before)).toBe(1);
      expect(after.messages.count - before.messages.count).toBe(1);
      expect(after.outbox.count - before.outbox.count).toBe(1);
    });
  });
}
