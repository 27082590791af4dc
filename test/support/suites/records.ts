import { describe, expect, it } from 'vitest';
import { sightingOf } from '../../../src/domain/sighting.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { fresh, present, someFinding, someIncident } from '../rows.ts';

/** Deliveries, findings and incidents. */
export function recordsSuite(open: () => OpenStore): void {
  describe('deliveries', () => {
    const insert = (transportId: string, body: string, transport: 'sqs' | 'cli' = 'sqs') =>
      open().tx(async (tx) => {
        const id = fresh('DLV');
        return { id, result: await tx.deliveries.insert({ id, transport, transportId, body }) };
      });

    it('are kept once for a transport id and once for a body', async () => {
      const [id, body] = [fresh('m'), fresh('body')];
      expect((await insert(id, body)).result).toBe('inserted');
      expect((await insert(id, fresh('body'))).result).toBe('duplicate');
      expect((await insert(fresh('m'), body)).result).toBe('duplicate');
      expect((await insert(fresh('m'), body, 'cli')).result).toBe('inserted');
    });

    it('keep a body byte for byte, with NUL and all', async () => {
      const body = `${fresh('b')} \0 \u202e é 🛡`;
      const { id } = await insert(fresh('m'), body);
      expect((await open().read.deliveries.get(id))?.body).toBe(body);
    });

    it('go to quarantine with a problem and back', async () => {
      const { id } = await insert(fresh('m'), fresh('b'));
      const problem = { code: 'not_json', field: '$', message: 'it has \u0000 in it', hint: 'look' };
      await open().tx((tx) => tx.deliveries.setState(id, 'quarantined', problem));
      expect(await open().read.deliveries.get(id)).toMatchObject({
        state: 'quarantined',
        problem,
        processedAt: expect.any(String),
      });
      await open().tx((tx) => tx.deliveries.setState(id, 'received', null));
      expect(await open().read.deliveries.get(id)).toMatchObject({
        state: 'received',
        problem: null,
        processedAt: null,
      });
      await expect(open().tx((tx) => tx.deliveries.setState(id, 'quarantined', null))).rejects.toMatchObject({
        code: '23514',
      });
      await expect(open().tx((tx) => tx.deliveries.setState('DLV-none', 'processed', null))).rejects.toMatchObject({
        code: 'row_missing',
      });
    });

    it('are listed oldest first', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 3; i += 1) ids.push((await insert(fresh('m'), fresh('b'))).id);
      const listed = (await open().read.deliveries.list({ state: 'received', limit: 1_000 })).map(({ id }) => id);
      expect(listed.filter((id) => ids.includes(id))).toEqual(ids);
      expect(await open().read.deliveries.list({ limit: 2 })).toHaveLength(2);
    });
  });

  describe('findings', () => {
    it('come back as they went in, whatever their text holds', async () => {
      const finding = someFinding({
        title: 'a\u0000b',
        description: '\ud800 <!channel> 🛡',
        entities: { ip: { address: '198.51.100.7' } },
      });
      await open().tx((tx) => tx.findings.put(finding, null));
      expect((await open().read.findings.get(finding.key))?.finding).toEqual(finding);
    });

    it('keep their first arrival and their newest version', async () => {
      const finding = someFinding();
      await open().tx((tx) => tx.findings.put(finding, null));
      const first = present(await open().read.findings.get(finding.key));
      const incident = someIncident();
      await open().tx(async (tx) => {
        // The finding first: foreign keys wait for the commit.
        await tx.findings.put({ ...finding, count: 2 }, incident.id);
        await tx.incidents.insert(incident);
      });
      expect(await open().read.findings.get(finding.key)).toEqual({
        finding: { ...finding, count: 2 },
        incidentId: incident.id,
        receivedAt: first.receivedAt,
      });
      expect(await open().read.findings.ofIncident(incident.id)).toHaveLength(1);
    });

    it('keep the set of what was said about them, each once, and come back by the key they are filed under', async () => {
      const [finding, correlationKey] = [someFinding(), fresh('key')];
      const [one, two] = [sightingOf(finding, 'high'), sightingOf({ ...finding, count: 2 }, 'low')];
      const versions = [finding, { ...finding, shape: 'asff' }];
      const said = await open().tx(async (tx) => {
        const first = [await tx.findings.sighted(finding.key, one), await tx.findings.sighted(finding.key, one)];
        await tx.findings.put(finding, null, { correlationKey, versions });
        return [...first, await tx.findings.sighted(finding.key, two)];
      });
      expect(said).toEqual([true, false, true]);
      const [filed, ...more] = await open().read.findings.filedUnder(correlationKey);
      expect(more).toEqual([]);
      expect(filed).toMatchObject({ key: finding.key, incidentId: null });
      expect(filed?.sightings).toHaveLength(2);
      expect(filed?.sightings).toEqual(expect.arrayContaining([one, two]));
      await open().tx((tx) => tx.findings.put({ ...finding, count: 3 }, null));
      expect(await open().tx((tx) => tx.findings.lock(finding.key))).toMatchObject({ correlationKey, versions });
    });

    it('move to another incident', async () => {
      const [finding, incident] = [someFinding(), someIncident()];
      await open().tx(async (tx) => {
        await tx.incidents.insert(incident);
        await tx.findings.put(finding, null);
        await tx.findings.setIncident(finding.key, incident.id);
      });
      expect((await open().read.findings.get(finding.key))?.incidentId).toBe(incident.id);
    });

    it('of no incident that exists are refused', async () => {
      await expect(open().tx((tx) => tx.findings.put(someFinding(), 'INC-none'))).rejects.toMatchObject({
        code: '23503',
      });
    });

    it('are locked one after the other, also before there is a row', async () => {
      const { key } = someFinding();
      const order: string[] = [];
      const work = (name: string) =>
        open().tx(async (tx) => {
          const found = await tx.findings.lock(key);
          order.push(`${name} in`);
          await tx.findings.put(someFinding({ key, count: (found?.finding.count ?? 0) + 1 }), null);
          order.push(`${name} out`);
        });
      await Promise.all(['a', 'b', 'c', 'd'].map(work));
      expect((await open().read.findings.get(key))?.finding.count).toBe(4);
      for (let i = 0; i < order.length; i += 2) expect(order[i + 1]).toBe(order[i]?.replace(' in', ' out'));
    });
  });

  describe('incidents', () => {
    it('come back as they went in', async () => {
      const incident = someIncident({
        ownerId: 'U0RINA',
        state: 'resolved',
        resolution: 'fixed',
        closedAt: '2026-11-22T09:00:00.000Z',
        rev: 5,
      });
      await open().tx((tx) => tx.incidents.insert(incident));
      expect(await open().read.incidents.get(incident.id)).toEqual(incident);
    });

    it('raise their rev with every update', async () => {
      const incident = someIncident();
      await open().tx((tx) => tx.incidents.insert(incident));
      const updated = await open().tx((tx) =>
        tx.incidents.update({ ...incident, state: 'acknowledged', ownerId: 'U0RINA' }),
      );
      expect(updated).toEqual({ ...incident, state: 'acknowledged', ownerId: 'U0RINA', rev: 2 });
      await expect(open().tx((tx) => tx.incidents.update(someIncident()))).rejects.toMatchObject({
        code: 'row_missing',
      });
    });

    it('have one open at most a key, whoever races', async () => {
      const correlationKey = fresh('key');
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, () => open().tx((tx) => tx.incidents.insert(someIncident({ correlationKey })))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: '23505' });
    });

    it('are found by key: the open one and the one closed last', async () => {
      const correlationKey = fresh('key');
      const closed = (closedAt: string) =>
        someIncident({ correlationKey, state: 'resolved', resolution: 'fixed', closedAt });
      const [early, late, now] = [
        closed('2026-11-20T00:00:00.000Z'),
        closed('2026-11-21T00:00:00.000Z'),
        someIncident({ correlationKey }),
      ];
      await open().tx(async (tx) => {
        for (const incident of [late, early, now]) await tx.incidents.insert(incident);
      });
      expect(await open().read.incidents.openOf(correlationKey)).toEqual(now);
      expect(await open().read.incidents.openOf(fresh('key'))).toBeUndefined();
    });

    it('remember who resolved them when, and as what', async () => {
      const incident = someIncident();
      const closing = (at: string) =>
        ({ incidentId: incident.id, at, resolution: 'fixed', note: 'n', seen: incident }) as const;
      const [early, late] = [closing('2026-11-20T00:00:00.000Z'), closing('2026-11-21T00:00:00.000Z')];
      await open().tx(async (tx) => {
        await tx.incidents.insert(incident);
        for (const one of [late, early]) await tx.incidents.addClosing(one);
      });
      expect(await open().read.incidents.closings([incident.correlationKey])).toEqual([early, late]);
      expect(await open().read.incidents.ofKeys([incident.correlationKey, fresh('key')])).toEqual([incident]);
    });

    it('with work on one key done one after the other', async () => {
      const correlationKey = fresh('key');
      const work = () =>
        open().tx(async (tx) => {
          await tx.incidents.lockKey(correlationKey);
          const found = await tx.incidents.openOf(correlationKey);
          if (found) await tx.incidents.update({ ...found, reopened: found.reopened + 1 });
          else await tx.incidents.insert(someIncident({ correlationKey }));
        });
      await Promise.all(Array.from({ length: 8 }, work));
      expect(await open().read.incidents.openOf(correlationKey)).toMatchObject({ reopened: 7, rev: 8 });
    });

    it('are numbered upwards', async () => {
      const [a, b] = await open().tx(async (tx) => [await tx.incidents.nextNumber(), await tx.incidents.nextNumber()]);
      expect(present(b)).toBeGreaterThan(present(a));
    });

    it('are listed newest first and counted by state', async () => {
      const [ownerId, accountId] = [fresh('U'), '333333333332'];
      const older = someIncident({ ownerId, accountId, openedAt: '2026-11-01T00:00:00.000Z' });
      const newer = someIncident({ ownerId, accountId, state: 'acknowledged', openedAt: '2026-11-02T00:00:00.000Z' });
      const before = await open().read.incidents.counts();
      await open().tx(async (tx) => {
        for (const incident of [older, newer]) await tx.incidents.insert(incident);
      });
      const list = async (filter: object) =>
        (await open().read.incidents.list({ ownerId, limit: 10, ...filter })).map(({ id }) => id);
      expect(await list({})).toEqual([newer.id, older.id]);
      expect(await list({ states: ['open'], accountId })).toEqual([older.id]);
      expect(await list({ limit: 1, offset: 1 })).toEqual([older.id]);
      expect(await list({ accountId: '333333333339' })).toEqual([]);
      const after = await open().read.incidents.counts();
      expect([after.open - before.open, after.acknowledged - before.acknowledged]).toEqual([1, 1]);
    });
  });
}
