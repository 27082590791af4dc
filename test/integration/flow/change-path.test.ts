import { beforeEach, describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { Run } from '../../../src/domain/run.ts';
import { vote } from '../../../src/flow/approve.ts';
import { claim } from '../../../src/flow/claim.ts';
import { resolve } from '../../../src/flow/close.ts';
import { execute } from '../../../src/flow/execute.ts';
import { propose, requestRollback } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { approvalPending, codeOf, deliver, onlyIncident, planned, unwrap } from '../../support/flow-steps.ts';
import {
  ALICE,
  BO,
  flowWorld,
  guardDutyEvent,
  RINA,
  tagAction,
  testPlaybook,
  testSettings,
  type World,
} from '../../support/flow-world.ts';
import { changePlan, dropLease, memoryStore, type TestStore } from '../../support/memory-store.ts';

const INSTANCE = 'i-0123456789abcdef0';
const REASON = 'it talks to a known bad domain';
let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(2));
  await deliver(world.deps, guardDutyEvent({ instanceId: INSTANCE }));
});

async function run(id: string): Promise<Run> {
  const row = await store.read.runs.get(id);
  if (!row) throw new Error(`no run ${id}`);
  return row;
}

/** Asks for approval of a planned run, and one approver gives it. */
async function approve(of: Run): Promise<string> {
  const planHash = of.planHash ?? '';
  const approval = unwrap(await requestApproval(world.deps, RINA, { runId: of.id, planHash, reason: REASON }));
  unwrap(await vote(world.deps, BO, { approvalId: approval.id, planHash, decision: 'approve', reason: 'yes' }));
  return of.id;
}

async function approved(): Promise<string> {
  return approve(await planned(world.deps, await onlyIncident(world.deps)));
}

async function undo(of: string): Promise<Run> {
  const asked = unwrap(await requestRollback(world.deps, RINA, { runId: of, viewId: null }));
  await propose(world.deps, asked.id);
  return run(asked.id);
}

function readRefused(): AwsCallError {
  return new AwsCallError('AccessDenied', 'not allowed to read', { hint: 'deploy the read role' });
}

describe('a step that AWS accepted', () => {
  it('is never called refused because it cannot be read afterwards', async () => {
    const id = await approved();
    world.cloud.onEffect = () => {
      world.cloud.readError = readRefused();
    };
    await expect(remediate(world.deps, id)).rejects.toThrow('not allowed to read');
    expect((await run(id)).state).toBe('executing');
    expect((await store.read.journal.ofRun(id)).map((entry) => entry.state)).toEqual(['intent']);
    world.cloud.readError = undefined;
    world.cloud.onEffect = () => {};
    await dropLease(store, id);
    await remediate(world.deps, id);
    expect((await run(id)).state).toBe('verified');
    expect(world.cloud.effects).toHaveLength(2);
  });

  it('and does not show ends the run with its own row: a process that dies then does not send the next step', async () => {
    const id = await approved();
    world.cloud.troubles.push('ignore');
    const claimed = await claim(world.deps, id);
    if (claimed.claim !== 'mine' || !claimed.run.plan) throw new Error('not claimed');
    expect(await execute(world.deps, claimed.run, claimed.run.plan)).toMatchObject({ end: 'unseen' });
    await dropLease(store, id);
    await remediate(world.deps, id);
    expect(world.cloud.writes).toHaveLength(1);
    expect((await run(id)).state).toBe('unverified');
  });
});

describe('a run that is taken over', () => {
  it('sends nothing when its stored plan is not the approved one', async () => {
    const id = await approved();
    world.cloud.onEffect = () => {
      throw new Error('killed');
    };
    await expect(remediate(world.deps, id)).rejects.toThrow('killed');
    world.cloud.onEffect = () => {};
    await changePlan(store, 'summary', 'something else');
    await dropLease(store, id);
    await remediate(world.deps, id);
    expect(world.cloud.writes).toHaveLength(1);
    expect(await run(id)).toMatchObject({
      state: 'needs-human',
      stateReason: expect.stringContaining('not the one that was approved'),
    });
  });

  it('sends nothing again while a STOP file is there', async () => {
    const id = await approved();
    world.cloud.troubles.push('lost-request');
    const { pause } = world.deps;
    const deps = {
      ...world.deps,
      pause: async (milliseconds: number) => {
        world.stopFile = true;
        await pause(milliseconds);
      },
    };
    await remediate(deps, id);
    expect(world.cloud.writes).toHaveLength(1);
    expect((await run(id)).state).toBe('needs-human');
  });
});

describe('two runs at once', () => {
  it('of one target wait for each other', async () => {
    const incident = await onlyIncident(world.deps);
    const [first, second] = [await planned(world.deps, incident), await planned(world.deps, incident)];
    await approve(first);
    await approve(second);
    expect((await claim(world.deps, first.id)).claim).toBe('mine');
    expect(await claim(world.deps, second.id)).toMatchObject({ claim: 'held', why: expect.stringContaining(first.id) });
    expect((await run(second.id)).state).toBe('approved');
  });

  it('are claimed one after the other, also in the same moment', async () => {
    const incident = await onlyIncident(world.deps);
    const runs = [await planned(world.deps, incident), await planned(world.deps, incident)];
    for (const one of runs) await approve(one);
    const claims = await Promise.all(runs.map((one) => claim(world.deps, one.id)));
    expect(claims.map((one) => one.claim).sort()).toEqual(['held', 'mine']);
  });

  it('that undo the same run: the second is void once the first has done it', async () => {
    const id = await approved();
    await remediate(world.deps, id);
    const undos = [await undo(id), await undo(id)];
    const [first, second] = [await approve(undos[0] as Run), await approve(undos[1] as Run)];
    await store.tx((tx) => tx.runs.setUndoneBy(id, first));
    await remediate(world.deps, second);
    expect(await run(second)).toMatchObject({ state: 'stale', stateReason: expect.stringContaining(first) });
    expect(world.cloud.writes).toHaveLength(2);
  });
});

describe('an undo', () => {
  it('is of the action that ran, whatever the step of the playbook uses now', async () => {
    world.action = tagAction(2, { undoAllowance: 'reactivateAccessKey' });
    const id = await approved();
    await remediate(world.deps, id);
    const former = world.action;
    const other = tagAction(2, { id: 'ec2.other' });
    const deps = {
      ...world.deps,
      actions: { get: (name: string) => [former, other].find((one) => one.id === name), list: () => [former, other] },
    };
    world.playbook = testPlaybook({
      phases: {
        contain: [
          {
            id: 'tag',
            title: 'Other',
            action: { use: 'ec2.other', params: { instanceId: { ref: 'entity.instance.id' } } },
          },
        ],
      },
    });
    const asked = unwrap(await requestRollback(deps, RINA, { runId: id, viewId: null }));
    await propose(deps, asked.id);
    expect(await run(asked.id)).toMatchObject({
      state: 'refused',
      stateReason: expect.stringContaining('allow.reactivateAccessKey'),
    });
  });
});

describe('a resolved incident', () => {
  async function resolved(): Promise<void> {
    const { id } = await onlyIncident(world.deps);
    unwrap(await resolve(world.deps, RINA, { incidentId: id, resolution: 'false-positive', note: 'it is a scanner' }));
  }

  it('ends the requests that are open, so that nobody can approve them any more', async () => {
    const approval = await approvalPending(world.deps, await onlyIncident(world.deps));
    await resolved();
    const { id, planHash } = approval;
    const late = await vote(world.deps, ALICE, { approvalId: id, planHash, decision: 'approve', reason: 'yes' });
    expect(codeOf(late)).toBe('already_decided');
    expect(await store.read.approvals.get(id)).toMatchObject({ state: 'stale' });
    expect((await run(approval.runId)).state).toBe('stale');
  });

  it('takes no request for a plan that was made before', async () => {
    const made = await planned(world.deps, await onlyIncident(world.deps));
    await resolved();
    const asked = await requestApproval(world.deps, RINA, {
      runId: made.id,
      planHash: made.planHash ?? '',
      reason: REASON,
    });
    expect(codeOf(asked)).toBe('already_resolved');
  });

  it('has nothing approved and nothing run, also when it was resolved in the same moment', async () => {
    const approval = await approvalPending(world.deps, await onlyIncident(world.deps));
    const settle = `update cordon.incident set state = 'resolved', resolution = 'fixed', closed_at = now()`;
    await store.sql(settle);
    const { id, planHash } = approval;
    const late = await vote(world.deps, ALICE, { approvalId: id, planHash, decision: 'approve', reason: 'yes' });
    expect(codeOf(late)).toBe('already_resolved');
    await store.sql(`update cordon.incident set state = 'open', resolution = null, closed_at = null`);
    unwrap(await vote(world.deps, ALICE, { approvalId: id, planHash, decision: 'approve', reason: 'yes' }));
    await store.sql(settle);
    await remediate(world.deps, approval.runId);
    expect(await run(approval.runId)).toMatchObject({
      state: 'stale',
      stateReason: expect.stringContaining('resolved'),
    });
    expect(world.cloud.writes).toEqual([]);
  });

  it('that its source settled ends an approved run too', async () => {
    const id = await approved();
    await deliver(
      world.deps,
      guardDutyEvent({ instanceId: INSTANCE, archived: true, updatedAt: '2026-11-20T11:00:00.000Z' }),
    );
    expect((await onlyIncident(world.deps)).state).toBe('resolved');
    expect((await run(id)).state).toBe('stale');
  });

  it('still has its runs undone', async () => {
    const id = await approved();
    await remediate(world.deps, id);
    await resolved();
    const undone = await approve(await undo(id));
    await remediate(world.deps, undone);
    expect((await run(undone)).state).toBe('verified');
  });
});

describe('the person who asked', () => {
  it('must still be a responder when the plan is to run', async () => {
    const id = await approved();
    world.settings = testSettings((file) => {
      file.people.responders = ['U0NEW'];
    });
    await remediate(world.deps, id);
    expect(await run(id)).toMatchObject({ state: 'stale', stateReason: expect.stringContaining('responder') });
    const message = await store.read.messages.get(`run:${id}`);
    expect(message?.desiredRev, 'its message does not go on saying that it waits for a worker').toBe(2);
    expect(world.cloud.writes).toEqual([]);
  });
});
