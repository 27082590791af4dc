import { beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Actor } from '../../../src/domain/audit.ts';
import { vote } from '../../../src/flow/approve.ts';
import { claim } from '../../../src/flow/claim.ts';
import type { Deps, Store } from '../../../src/ports.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
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
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

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

/** A vote as the flow gets it, whatever form or button it came from. */
function approve(approval: Approval, actor: Actor, deps: Deps = world.deps) {
  const { id: approvalId, planHash } = approval;
  return vote(deps, actor, { approvalId, planHash, decision: 'approve', reason: 'looked at it' });
}

/** Deps whose database says that it is an hour later; the clock of this process stays as it is. */
function anHourLater(): Deps {
  const shifted: Store = {
    ...store,
    tx: (work) =>
      store.tx((tx) =>
        work({ ...tx, now: async () => new Date(Date.parse(await tx.now()) + 3_600_000).toISOString() }),
      ),
  };
  return { ...world.deps, store: shifted };
}

describe('a vote', () => {
  it('of the requester is refused, also when the requester is an approver and the form comes without its button', async () => {
    world.settings = testSettings((file) => {
      file.people.approvers = [RINA.id, ALICE.id];
    });
    const approval = await pending();
    const own = await approve(approval, RINA);
    expect(own).toMatchObject({ ok: false, refusal: { code: 'own_request' } });
    expect(await store.read.votes.ofApproval(approval.id)).toEqual([]);
  });

  it('of somebody who has taken an approver’s name is refused', async () => {
    const approval = await pending();
    const names = new Map([ALICE, BO, OSCAR].map(({ id }) => [id, id === BO.id ? 'Bo' : 'Alice']));
    world.people = {
      ...world.people,
      lookUp: async (id) => ({ ok: true, id, name: names.get(id) ?? id }),
      names: async () => names,
    };
    const namesake = await approve(approval, OSCAR);
    expect(namesake).toMatchObject({ ok: false, refusal: { code: 'not_entitled' } });
    expect(unwrap(await approve(approval, ALICE)).outcome).toBe('granted');
  });
});

describe('the time to decide', () => {
  it('is over when the database says so, whatever the clock of this process says', async () => {
    const approval = await pending();
    expect(approval.expiresAt > new Date().toISOString(), 'by the clock of this process there is time').toBe(true);
    const late = await approve(approval, ALICE, anHourLater());
    expect(late).toMatchObject({ ok: false, refusal: { code: 'expired' } });
    expect((await store.read.approvals.get(approval.id))?.state).toBe('expired');
  });

  it('is over for what was approved and not started, too', async () => {
    const approval = await pending();
    unwrap(await approve(approval, ALICE));
    expect(await claim(anHourLater(), approval.runId)).toEqual({ claim: 'over', why: 'expired' });
  });
});

describe('a claim', () => {
  it('is had by one of 20 workers that try at the same moment', async () => {
    const approval = await pending();
    unwrap(await approve(approval, ALICE));
    const workers = Array.from({ length: 20 }, (_, index) => ({ ...world.deps, processId: `worker-${index}` }));
    const claims = await Promise.all(workers.map((deps) => claim(deps, approval.runId)));
    expect(claims.filter((one) => one.claim === 'mine')).toHaveLength(1);
    expect((await store.read.runs.get(approval.runId))?.fence).toBe(1);
  });
});
