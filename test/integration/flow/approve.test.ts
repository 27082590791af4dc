import { beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Actor } from '../../../src/domain/audit.ts';
import { vote } from '../../../src/flow/approve.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { approvalPending, codeOf, deliver, onlyIncident, planned, unwrap } from '../../support/flow-steps.ts';
import {
  ALICE,
  BO,
  flowWorld,
  guardDutyEvent,
  OSCAR,
  RINA,
  testSettings,
  type World,
} from '../../support/flow-world.ts';
import { expireApproval, memoryStore, type TestStore } from '../../support/memory-store.ts';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  await deliver(world.deps, guardDutyEvent());
});

async function pending(): Promise<Approval> {
  return approvalPending(world.deps, await onlyIncident(world.deps));
}

function decide(
  approval: Approval,
  actor: Actor,
  decision: 'approve' | 'deny' = 'approve',
  planHash = approval.planHash,
) {
  return vote(world.deps, actor, { approvalId: approval.id, planHash, decision, reason: 'looked at it' });
}

describe('who may decide', () => {
  it('lets an approver approve and wakes the run once', async () => {
    const approval = await pending();
    expect(unwrap(await decide(approval, ALICE)).outcome).toBe('granted');
    expect(codeOf(await decide(approval, BO))).toBe('already_decided');
    await remediate(world.deps, approval.runId);
    await remediate(world.deps, approval.runId);
    expect(world.cloud.effects).toHaveLength(1);
  });

  it('refuses the requester, also when the requester is an approver', async () => {
    world.settings = testSettings((file) => {
      file.people.approvers = [RINA.id, ALICE.id];
    });
    const approval = await pending();
    expect(codeOf(await decide(approval, RINA))).toBe('own_request');
  });

  it('refuses a stranger, another plan’s hash and a second vote, each on record', async () => {
    world.settings = testSettings((file) => {
      file.policies = [{ name: 'two', match: {}, approvers: 2 }];
    });
    const approval = await pending();
    expect(codeOf(await decide(approval, OSCAR))).toBe('not_entitled');
    expect(codeOf(await decide(approval, ALICE, 'approve', 'f'.repeat(64)))).toBe('plan_changed');
    expect(unwrap(await decide(approval, ALICE)).outcome).toBe('counted');
    expect(codeOf(await decide(approval, ALICE))).toBe('already_voted');
    const rows = await store.read.audit.ofSubject(`approval:${approval.id}`, 50);
    expect(rows.filter((row) => row.event === 'approval.refused')).toHaveLength(3);
  });

  it('denies when Slack does not confirm the person, or cannot be asked', async () => {
    const approval = await pending();
    world.people = { ...world.people, lookUp: async () => ({ ok: false, why: 'guest' }) };
    expect(codeOf(await decide(approval, ALICE))).toBe('not_known');
    world.people = {
      ...world.people,
      lookUp: async () => {
        throw new Error('slack is down');
      },
    };
    expect(codeOf(await decide(approval, ALICE))).toBe('not_known');
  });

  it('ends with one denial, also after an approval that was not enough', async () => {
    world.settings = testSettings((file) => {
      file.policies = [{ name: 'two', match: {}, approvers: 2 }];
    });
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    expect(unwrap(await decide(approval, BO, 'deny')).outcome).toBe('denied');
    await remediate(world.deps, approval.runId);
    expect(world.cloud.writes).toEqual([]);
  });

  it('expires by the database’s clock: a late vote is refused, and the sweeper ends an open request', async () => {
    const first = await pending();
    await expireApproval(store, first.id);
    expect(codeOf(await decide(first, ALICE))).toBe('expired');
    const second = await pending();
    await expireApproval(store, second.id);
    await sweep(world.deps);
    expect((await store.read.approvals.get(second.id))?.state).toBe('expired');
    expect((await store.read.runs.get(second.runId))?.state).toBe('cancelled');
  });
});

describe('asking for approval', () => {
  it('wants a responder, a reason, the plan that was read, and an account that may be changed', async () => {
    const run = await planned(world.deps, await onlyIncident(world.deps));
    const ask = (actor: Actor, planHash = run.planHash ?? '', reason = 'it talks to a bad domain') =>
      requestApproval(world.deps, actor, { runId: run.id, planHash, reason });
    expect(codeOf(await ask(OSCAR))).toBe('not_a_responder');
    expect(codeOf(await ask(RINA, undefined, 'because'))).toBe('reason_too_short');
    expect(codeOf(await ask(RINA, 'f'.repeat(64)))).toBe('plan_changed');
    world.settings = testSettings((file) => {
      for (const account of file.accounts) account.act = false;
    });
    expect(codeOf(await ask(RINA))).toBe('observe_only');
    world.settings = testSettings((file) => {
      file.people.approvers = [];
    });
    expect(codeOf(await ask(RINA))).toBe('nobody_may_approve');
    world.settings = testSettings();
    unwrap(await ask(RINA));
    expect(codeOf(await ask(RINA))).toBe('already_requested');
  });
});

describe('two people at the same moment', () => {
  it('200 pairs, half of them approve against deny: one outcome each, no execution without a valid approval', {
    timeout: 120_000,
  }, async () => {
    world.settings = testSettings((file) => {
      file.limits = { runsPerAccountPerHour: 1000, runsPerHour: 1000, shareOfAccountsPerHour: { percent: 100 } };
    });
    const incident = await onlyIncident(world.deps);
    let granted = 0;
    for (let pair = 0; pair < 200; pair += 1) {
      world.cloud.tags.clear();
      const approval = await approvalPending(world.deps, incident);
      const second = pair % 2 === 0 ? 'approve' : 'deny';
      const results = await Promise.all(
        pair % 4 < 2
          ? [decide(approval, ALICE), decide(approval, BO, second)]
          : [decide(approval, BO, second), decide(approval, ALICE)],
      );
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      const state = (await store.read.approvals.get(approval.id))?.state;
      expect(['approved', 'denied']).toContain(state);
      await Promise.all([
        remediate(world.deps, approval.runId),
        remediate(world.deps, approval.runId).catch(() => undefined),
      ]);
      if (state === 'approved') granted += 1;
      expect(world.cloud.effects).toHaveLength(granted);
    }
    expect(granted).toBeGreaterThanOrEqual(100);
    expect(granted).toBeLessThan(200);
  });
});
