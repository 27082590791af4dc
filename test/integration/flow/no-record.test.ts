import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { AuditEvent } from '../../../src/domain/audit.ts';
import { vote } from '../../../src/flow/approve.ts';
import { acknowledge, resolve } from '../../../src/flow/close.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { requestPlan } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { stepsOf } from '../../../src/flow/steps.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { approvalPending, deliver, onlyIncident, planned, unwrap } from '../../support/flow-steps.ts';
import { ALICE, BO, flowWorld, guardDutyEvent, RINA, tagAction, type World } from '../../support/flow-world.ts';
import { expireApproval, memoryStore, type TestStore } from '../../support/memory-store.ts';

/** Every table in which something could stand without its row. */
const TABLES = ['delivery', 'incident', 'finding', 'run', 'approval', 'vote', 'journal', 'kill_switch'];
const REASON = 'it talks to a known bad domain';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(2));
  await deliver(world.deps, guardDutyEvent());
});
afterEach(() => refuseRow(undefined));

/** The database takes no audit row of this event, as when its disk or its place is full; undefined: it takes all. */
async function refuseRow(event: AuditEvent | undefined): Promise<void> {
  await store.pool.query('drop trigger if exists no_record on cordon.audit');
  if (event === undefined) return;
  await store.pool.query(`
    create or replace function cordon.no_record() returns trigger language plpgsql as $$ begin
      if new.event = '${event}' then raise exception 'the row cannot be written'; end if;
      return new; end $$;
    create trigger no_record before insert on cordon.audit for each row execute function cordon.no_record()`);
}

type Rows = ReadonlyMap<string, string>;

async function everything(): Promise<Rows> {
  const tables = new Map<string, string>();
  for (const table of TABLES) {
    const { rows } = await store.pool.query(`select t::text as row from cordon.${table} t order by 1`);
    tables.set(table, JSON.stringify(rows));
  }
  return tables;
}

function changed(before: Rows, after: Rows): readonly string[] {
  return TABLES.filter((table) => before.get(table) !== after.get(table));
}

function decide(approval: Approval, decision: 'approve' | 'deny') {
  const { id: approvalId, planHash } = approval;
  return vote(world.deps, ALICE, { approvalId, planHash, decision, reason: 'looked at it' });
}

const pending = async (): Promise<Approval> => approvalPending(world.deps, await onlyIncident(world.deps));

async function approved(): Promise<string> {
  const approval = await pending();
  unwrap(await decide(approval, 'approve'));
  return approval.runId;
}

/** For each event that is not a mere note (src/domain/audit.ts): what leads up to it, and then the change that is not to be made without its row. */
const CHANGES: readonly (readonly [AuditEvent, () => Promise<() => Promise<unknown>>])[] = [
  [
    'incident.acknowledged',
    async () => {
      const { id } = await onlyIncident(world.deps);
      return () => acknowledge(world.deps, RINA, { incidentId: id });
    },
  ],
  [
    'incident.resolved',
    async () => {
      const { id } = await onlyIncident(world.deps);
      return () => resolve(world.deps, RINA, { incidentId: id, resolution: 'fixed', note: 'done' });
    },
  ],
  [
    'plan.requested',
    async () => {
      const incident = await onlyIncident(world.deps);
      const step = (await stepsOf(world.deps, incident))[0];
      const { stepId, findingKey } = step ?? { stepId: '', findingKey: '' };
      return () => requestPlan(world.deps, RINA, { incidentId: incident.id, stepId, findingKey, viewId: null });
    },
  ],
  [
    'approval.requested',
    async () => {
      const run = await planned(world.deps, await onlyIncident(world.deps));
      return () => requestApproval(world.deps, RINA, { runId: run.id, planHash: run.planHash ?? '', reason: REASON });
    },
  ],
  [
    'approval.voted',
    async () => {
      const approval = await pending();
      return () => decide(approval, 'approve');
    },
  ],
  [
    'approval.granted',
    async () => {
      const approval = await pending();
      return () => decide(approval, 'approve');
    },
  ],
  [
    'approval.denied',
    async () => {
      const approval = await pending();
      return () => decide(approval, 'deny');
    },
  ],
  [
    'approval.expired',
    async () => {
      const approval = await pending();
      await expireApproval(store, approval.id);
      return () => sweep(world.deps);
    },
  ],
  [
    'run.claimed',
    async () => {
      const id = await approved();
      return () => remediate(world.deps, id);
    },
  ],
  [
    'switch.resume-voted',
    async () => {
      unwrap(await stop(world.deps, BO, 'something is odd'));
      return () => resume(world.deps, ALICE);
    },
  ],
  [
    'switch.resumed',
    async () => {
      unwrap(await stop(world.deps, BO, 'something is odd'));
      unwrap(await resume(world.deps, ALICE));
      return () => resume(world.deps, BO);
    },
  ],
];

describe('while the audit row cannot be written', () => {
  it.each(CHANGES)('%s: the change is not made', async (event, prepare) => {
    const change = await prepare();
    const before = await everything();
    await refuseRow(event);
    const told = await change().then(
      () => 'it was done',
      (error: unknown) => String(error),
    );
    expect(changed(before, await everything())).toEqual([]);
    expect(told).toContain('The audit chain takes no rows');
    await refuseRow(undefined);
    await change();
    expect(changed(before, await everything()), 'and is made once it can be').not.toEqual([]);
  });

  it('a step is not sent to AWS', async () => {
    const id = await approved();
    await refuseRow('run.step-intent');
    const told = await remediate(world.deps, id).then(String, String);
    expect(world.cloud.writes).toEqual([]);
    expect(told).toContain('The audit chain takes no rows');
  });

  it('a step that was sent does not count as done: whoever takes the run up next reads back', async () => {
    const id = await approved();
    await refuseRow('run.step-done');
    await expect(remediate(world.deps, id)).rejects.toThrow('The audit chain takes no rows');
    expect(world.cloud.effects).toHaveLength(1);
    expect((await store.read.journal.ofRun(id)).map((entry) => entry.state)).toEqual(['intent']);
  });
});
