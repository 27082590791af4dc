import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/domain/audit.ts';
import { vote } from '../../../src/flow/approve.ts';
import { acknowledge, resolve } from '../../../src/flow/close.ts';
import { replayQuarantined } from '../../../src/flow/ingest.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { propose, requestPlan, requestRollback } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { triage } from '../../../src/flow/triage.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import {
  ALICE,
  BO,
  flowWorld,
  guardDutyEvent,
  RINA,
  tagAction,
  testPlaybook,
  type World,
} from '../../support/flow-world.ts';
import { expireApproval, memoryStore, type TestStore } from '../../support/memory-store.ts';

/** Which audit events may stand for a row coming into a state: exactly one of them for each time. */
const ROW_OF: Readonly<Record<string, readonly AuditEvent[]>> = {
  'delivery received': ['delivery.received', 'delivery.replayed'],
  'delivery processed': ['delivery.processed'],
  'delivery quarantined': ['delivery.quarantined'],
  'incident open': ['incident.opened', 'incident.reopened'],
  'incident acknowledged': ['incident.acknowledged'],
  'incident resolved': ['incident.resolved'],
  'run planning': ['plan.requested'],
  'run planned': ['plan.made'],
  'run refused': ['plan.refused'],
  'run approved': ['approval.granted'],
  'run executing': ['run.claimed'],
  'run verifying': ['run.verifying'],
  'run verified': ['run.verified'],
  'run unverified': ['run.unverified'],
  'run failed': ['run.failed'],
  'run needs-human': ['run.needs-human'],
  'run stale': ['run.stale'],
  'run cancelled': ['plan.cancelled'],
  'approval pending': ['approval.requested'],
  'approval approved': ['approval.granted'],
  'approval denied': ['approval.denied'],
  'approval expired': ['approval.expired'],
  'approval stale': ['approval.stale'],
  'approval consumed': ['run.claimed'],
  'journal intent': ['run.step-intent'],
  'journal done': ['run.step-done'],
  'journal failed': ['run.step-failed'],
  'vote approve': ['approval.voted'],
  'vote deny': ['approval.voted'],
};
const TABLES = ['delivery', 'incident', 'run', 'approval', 'journal', 'vote'] as const;

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(3));
  await watch();
});

/** The database itself notes every row that comes into a state, whoever wrote it. */
async function watch(): Promise<void> {
  await store.pool.query(`
    create table if not exists cordon.watched (what text not null);
    truncate cordon.watched;
    create or replace function cordon.watch() returns trigger language plpgsql as $$ begin
      if tg_op = 'INSERT' or old.state is distinct from new.state then insert into cordon.watched values (tg_table_name || ' ' || new.state); end if;
      return new; end $$;
    create or replace function cordon.watch_vote() returns trigger language plpgsql as $$ begin
      insert into cordon.watched values ('vote ' || new.decision); return new; end $$;`);
  for (const table of TABLES) {
    await store.pool.query(
      `create or replace trigger watched after insert or update on cordon.${table} for each row execute function cordon.watch${table === 'vote' ? '_vote' : ''}()`,
    );
  }
}

async function countsOf(query: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await store.pool.query(query);
  return new Map(rows.map((row) => [String(row['name']), Number(row['n'])]));
}

/** A long day: every way a request and a run can end, replays, a stop, an undo. */
async function longDay(): Promise<void> {
  const { deps } = world;
  await deliver(deps, '{"half": ');
  const [broken] = await store.read.deliveries.list({ state: 'quarantined', limit: 1 });
  unwrap(await replayQuarantined(deps, RINA, broken?.id ?? ''));
  await triage(deps, broken?.id ?? '');
  await deliver(deps, guardDutyEvent());
  const incident = await onlyIncident(deps);
  unwrap(await acknowledge(deps, RINA, { incidentId: incident.id }));
  const ask = async () => {
    world.cloud.tags.clear();
    return approvalPending(deps, incident);
  };
  const decide = async (decision: 'approve' | 'deny') => {
    const approval = await ask();
    unwrap(
      await vote(deps, ALICE, {
        approvalId: approval.id,
        planHash: approval.planHash,
        decision,
        reason: 'looked at it',
      }),
    );
    return approval;
  };
  await decide('deny');
  const late = await ask();
  await expireApproval(store, late.id);
  await sweep(deps);
  const stale = await decide('approve');
  world.playbook = testPlaybook({ summary: 'Edited.' });
  await remediate(deps, stale.runId);
  const good = await decide('approve');
  await remediate(deps, good.runId);
  const undo = unwrap(await requestRollback(deps, RINA, { runId: good.runId, viewId: null }));
  await propose(deps, undo.id);
  const planned = await store.read.runs.get(undo.id);
  const request = unwrap(
    await requestApproval(deps, RINA, {
      runId: undo.id,
      planHash: planned?.planHash ?? '',
      reason: 'it was a false alarm',
    }),
  );
  unwrap(
    await vote(deps, BO, { approvalId: request.id, planHash: request.planHash, decision: 'approve', reason: 'agreed' }),
  );
  await remediate(deps, undo.id);
  const refusedRun = unwrap(
    await requestPlan(deps, RINA, {
      incidentId: incident.id,
      stepId: 'no-such-step',
      findingKey: 'none',
      viewId: null,
    }),
  );
  await propose(deps, refusedRun.id);
  const failing = await decide('approve');
  world.cloud.troubles.push('denied');
  await remediate(deps, failing.runId);
  const ignored = await decide('approve');
  world.cloud.troubles.push('ignore');
  await remediate(deps, ignored.runId);
  const stopped = await decide('approve');
  world.cloud.onEffect = async () => {
    await stop(deps, BO, 'enough');
  };
  await remediate(deps, stopped.runId);
  world.cloud.onEffect = () => {};
  unwrap(await resume(deps, ALICE));
  unwrap(await resume(deps, BO));
  unwrap(await resolve(deps, RINA, { incidentId: incident.id, resolution: 'fixed', note: 'done' }));
  await deliver(deps, guardDutyEvent({ updatedAt: new Date(Date.now() + 60_000).toISOString(), count: 2 }));
}

describe('the audit chain', () => {
  it('has exactly one row for every time that a row came into a state, and verifies', async () => {
    await longDay();
    const watched = await countsOf('select what as name, count(*) as n from cordon.watched group by 1');
    const written = await countsOf('select event as name, count(*) as n from cordon.audit group by 1');
    expect([...watched.keys()].sort(), 'the day reaches every state').toEqual(Object.keys(ROW_OF).sort());
    const groups = new Map<string, number>();
    for (const [what, n] of watched) {
      const table = what.split(' ')[0] ?? '';
      const key = `${table}: ${(ROW_OF[what] ?? []).join(' or ')}`;
      groups.set(key, (groups.get(key) ?? 0) + n);
    }
    for (const [key, n] of groups) {
      const events = key.split(': ')[1]?.split(' or ') ?? [];
      expect(
        events.reduce((sum, event) => sum + (written.get(event) ?? 0), 0),
        key,
      ).toBe(n);
    }
    expect(await verifyAudit(store.read.audit)).toMatchObject({ ok: true });
  });
});
