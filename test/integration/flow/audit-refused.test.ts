import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { vote } from '../../../src/flow/approve.ts';
import { claim } from '../../../src/flow/claim.ts';
import { healthNow } from '../../../src/flow/health.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { AuditRefusedError } from '../../../src/store/repositories/audit.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, guardDutyEvent, RINA, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const REFUSE = `CREATE FUNCTION public.no_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room in the audit'; END $$`;
const TRIGGER = 'CREATE TRIGGER no_audit BEFORE INSERT ON cordon.audit FOR EACH ROW EXECUTE FUNCTION public.no_audit()';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
});
afterEach(allow);

async function refuse(): Promise<void> {
  await store.sql(REFUSE);
  await store.sql(TRIGGER);
}

async function allow(): Promise<void> {
  await store.sql('DROP TRIGGER IF EXISTS no_audit ON cordon.audit');
  await store.sql('DROP FUNCTION IF EXISTS public.no_audit()');
}

describe('while the audit takes no rows', () => {
  it('findings are read and shown, and stand on record afterwards with their own time', async () => {
    const before = await store.read.audit.head();
    await refuse();
    await deliver(world.deps, guardDutyEvent());
    const incident = await onlyIncident(world.deps);
    expect(await store.read.messages.get(`card:${incident.id}`)).toMatchObject({ desiredRev: 1 });
    expect(await store.read.audit.head()).toEqual(before);
    expect(await healthNow(world.deps)).toContainEqual({ kind: 'audit-refused' });
    await expect(sweep(world.deps)).rejects.toThrow(AuditRefusedError);

    await allow();
    await sweep(world.deps);
    const rows = await store.read.audit.read(before.seq, 100);
    expect(rows.map(({ event }) => event)).toEqual([
      'delivery.received',
      'incident.opened',
      'finding.stored',
      'delivery.processed',
    ]);
    for (const row of rows)
      expect(Date.parse(String(row.details['happenedAt']))).toBeLessThanOrEqual(Date.parse(row.at));
    expect(await verifyAudit(store.read.audit)).toMatchObject({ ok: true });
    expect(await store.read.audit.lateCount()).toBe(0);
    expect(await healthNow(world.deps)).not.toContainEqual({ kind: 'audit-refused' });
  });

  it('nobody approves and nothing runs, and the same approval counts once it takes rows again', async () => {
    await deliver(world.deps, guardDutyEvent());
    const { id: approvalId, planHash, runId } = await approvalPending(world.deps, await onlyIncident(world.deps));
    const press = () => vote(world.deps, ALICE, { approvalId, planHash, decision: 'approve', reason: 'looked at it' });
    await refuse();
    await expect(press()).rejects.toThrow(AuditRefusedError);
    expect(await store.read.votes.ofApproval(approvalId)).toEqual([]);
    await allow();
    unwrap(await press());
    await refuse();
    await expect(claim(world.deps, runId)).rejects.toThrow(AuditRefusedError);
    expect(await store.read.runs.get(runId)).toMatchObject({ state: 'approved', fence: 0 });
    expect(world.cloud.writes).toEqual([]);
    await allow();
    await remediate(world.deps, runId);
    expect(await store.read.runs.get(runId)).toMatchObject({ state: 'verified' });
    expect(world.cloud.writes).toHaveLength(1);
  });

  it('anybody entitled can still stop, and nobody can resume', async () => {
    await refuse();
    unwrap(await stop(world.deps, RINA, 'the audit is broken'));
    expect(await store.read.killSwitch.get()).toMatchObject({ stopped: true });
    await expect(resume(world.deps, ALICE)).rejects.toThrow(AuditRefusedError);
    await allow();
    await sweep(world.deps);
    expect((await store.read.audit.ofSubject('switch', 5)).map(({ event, actor }) => [event, actor])).toEqual([
      ['switch.stopped', { kind: 'slack', id: RINA.id }],
    ]);
  });

  it('a part of the sweep that needs the record does not keep the others from their work', async () => {
    await deliver(world.deps, guardDutyEvent());
    const { id } = await approvalPending(world.deps, await onlyIncident(world.deps));
    await store.sql(
      `update cordon.approval set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second' where id = $1`,
      [id],
    );
    await store.tx(async (tx) => tx.outbox.markSent((await tx.outbox.unsent(100)).map((row) => row.id)));
    await refuse();
    await expect(sweep(world.deps)).rejects.toThrow('The audit chain takes no rows.');
    expect(await store.read.approvals.get(id)).toMatchObject({ state: 'pending' });
    expect((await store.read.outbox.unsent(100)).map(({ topic }) => topic)).toContain('notify');
  });
});
