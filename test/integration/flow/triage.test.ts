import { beforeEach, describe, expect, it } from 'vitest';
import { acknowledge, resolve } from '../../../src/flow/close.ts';
import { ingest, replayQuarantined } from '../../../src/flow/ingest.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { triage } from '../../../src/flow/triage.ts';
import { codeOf, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent, OSCAR, RINA, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
});

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

describe('a delivery', () => {
  it('is stored once, however often it comes', async () => {
    const message = { transport: 'sqs', transportId: 'm-1', body: guardDutyEvent() } as const;
    expect((await ingest(world.deps, message)).state).toBe('stored');
    expect((await ingest(world.deps, message)).state).toBe('duplicate');
  });

  it('that nobody can read goes to quarantine with the reason, and can be replayed', async () => {
    await deliver(world.deps, '{"half": ');
    const [row] = await store.read.deliveries.list({ state: 'quarantined', limit: 5 });
    expect(row?.problem?.hint).toBeTruthy();
    expect(row?.body).toBe('{"half": ');
    unwrap(await replayQuarantined(world.deps, { kind: 'cli', id: 'root' }, row?.id ?? ''));
    expect((await store.read.deliveries.list({ state: 'quarantined', limit: 5 })).length).toBe(0);
    await triage(world.deps, row?.id ?? '');
    expect((await store.read.deliveries.list({ state: 'quarantined', limit: 5 })).length).toBe(1);
  });

  it('that no worker has read is woken again by the sweeper, under a new job id', async () => {
    const { id } = await ingest(world.deps, { transport: 'sqs', transportId: 'm-2', body: guardDutyEvent() });
    await store.tx(async (tx) => tx.outbox.markSent((await tx.outbox.unsent(10)).map((row) => row.id)));
    await store.sql(`update cordon.delivery set received_at = now() - interval '1 minute'`);
    await sweep(world.deps);
    expect((await store.read.outbox.unsent(10)).map((row) => [row.topic, row.subjectId])).toContainEqual([
      'triage',
      id,
    ]);
  });
});

describe('an incident', () => {
  it('is one for the same thing, and its card is wanted', async () => {
    await deliver(world.deps, guardDutyEvent({ id: 'a'.repeat(32) }));
    await deliver(world.deps, guardDutyEvent({ id: 'b'.repeat(32) }));
    const incident = await onlyIncident(world.deps);
    expect(await store.read.findings.ofIncident(incident.id)).toHaveLength(2);
    expect(await store.read.messages.get(`card:${incident.id}`)).toMatchObject({ kind: 'card' });
  });

  it('is another for another instance', async () => {
    await deliver(world.deps, guardDutyEvent({ id: 'a'.repeat(32) }));
    await deliver(world.deps, guardDutyEvent({ id: 'b'.repeat(32), instanceId: 'i-0fedcba9876543210' }));
    expect(await store.read.incidents.list({ limit: 5 })).toHaveLength(2);
  });

  it('is not opened by an archived finding, and closes when all its findings are archived', async () => {
    await deliver(world.deps, guardDutyEvent({ archived: true }));
    expect(await store.read.incidents.list({ limit: 5 })).toEqual([]);
    await deliver(world.deps, guardDutyEvent({ updatedAt: '2026-11-20T11:00:00.000Z', count: 2 }));
    await deliver(world.deps, guardDutyEvent({ updatedAt: '2026-11-20T12:00:00.000Z', count: 2, archived: true }));
    expect(await onlyIncident(world.deps)).toMatchObject({ state: 'resolved', resolution: 'archived-by-source' });
  });

  it('ignores an older state that arrives late', async () => {
    await deliver(world.deps, guardDutyEvent({ updatedAt: '2026-11-20T12:00:00.000Z', count: 3 }));
    await deliver(world.deps, guardDutyEvent({ updatedAt: '2026-11-20T10:00:00.000Z', count: 1, archived: true }));
    expect((await onlyIncident(world.deps)).state).toBe('open');
  });

  it('is re-opened by a recurrence within a day of its close, and a later one opens another', async () => {
    await deliver(world.deps, guardDutyEvent());
    const { id } = await onlyIncident(world.deps);
    unwrap(await resolve(world.deps, RINA, { incidentId: id, resolution: 'fixed', note: 'rebuilt' }));
    await deliver(world.deps, guardDutyEvent({ updatedAt: inHours(1), count: 2 }));
    expect(await onlyIncident(world.deps)).toMatchObject({ id, state: 'open', reopened: 1 });
    unwrap(await resolve(world.deps, RINA, { incidentId: id, resolution: 'fixed', note: 'again' }));
    await deliver(world.deps, guardDutyEvent({ updatedAt: inHours(30), count: 3 }));
    expect(await store.read.incidents.list({ limit: 5 })).toHaveLength(2);
  });

  it('is acknowledged and resolved by responders only, once', async () => {
    await deliver(world.deps, guardDutyEvent());
    const { id } = await onlyIncident(world.deps);
    expect(codeOf(await acknowledge(world.deps, OSCAR, { incidentId: id }))).toBe('not_a_responder');
    expect(unwrap(await acknowledge(world.deps, RINA, { incidentId: id })).ownerId).toBe(RINA.id);
    expect(codeOf(await acknowledge(world.deps, RINA, { incidentId: id }))).toBe('already_acknowledged');
    unwrap(await resolve(world.deps, RINA, { incidentId: id, resolution: 'false-positive', note: '' }));
    expect(codeOf(await resolve(world.deps, RINA, { incidentId: id, resolution: 'fixed', note: '' }))).toBe(
      'already_resolved',
    );
    expect(await store.read.messages.get(`writeback:${id}`)).toMatchObject({ kind: 'writeback' });
  });

  it('that was closed stays closed when its finding now belongs under another key where one is open', async () => {
    await deliver(world.deps, guardDutyEvent({ id: 'a'.repeat(32) }));
    const { id } = await onlyIncident(world.deps);
    unwrap(await resolve(world.deps, RINA, { incidentId: id, resolution: 'fixed', note: '' }));
    await store.sql(`update cordon.incident set correlation_key = 'as it was under an older playbook'`);
    await deliver(world.deps, guardDutyEvent({ id: 'b'.repeat(32), updatedAt: inHours(1) }));
    await store.sql(
      `update cordon.incident set correlation_key = 'as it was under an older playbook' where state = 'open'`,
    );
    await deliver(world.deps, guardDutyEvent({ id: 'a'.repeat(32), updatedAt: inHours(2), count: 2 }));
    const states = (await store.read.incidents.list({ limit: 5 })).map((incident) => incident.state);
    expect(states.sort()).toEqual(['open', 'open', 'resolved']);
  });
});
