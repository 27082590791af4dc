import { beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Actor } from '../../../src/domain/audit.ts';
import { vote } from '../../../src/flow/approve.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { ALICE, BO, flowWorld, guardDutyEvent, RINA, testSettings, type World } from '../../support/flow-world.ts';
import { ageApproval, expireApproval, memoryStore, type TestStore } from '../../support/memory-store.ts';

const MANY = ['U0A', 'U0B', 'U0C', 'U0D', 'U0E', 'U0F', 'U0G'];
let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  world.settings = testSettings((file) => {
    file.people.approvers = MANY;
    file.policies = [{ name: 'two', match: {}, approvers: 2 }];
  });
  await deliver(world.deps, guardDutyEvent());
});

const pending = async (): Promise<Approval> => approvalPending(world.deps, await onlyIncident(world.deps));

/** Keys of the direct messages about a request, with how often each was wanted. */
async function messages({ id }: Approval): Promise<Readonly<Record<string, number>>> {
  const rows = await store.read.messages.due(1_000);
  const about = rows.filter((row) => row.kind === 'dm' && row.key.includes(id));
  return Object.fromEntries(about.map((row) => [row.key.replace(`dm:`, '').replace(`.${id}-`, ' '), row.desiredRev]));
}

const told = async (approval: Approval, notice: string) =>
  Object.keys(await messages(approval))
    .filter((key) => key.endsWith(` ${notice}`))
    .map((key) => key.split(' ')[0] ?? '');

function decide(approval: Approval, person: string, decision: 'approve' | 'deny' = 'approve') {
  const actor: Actor = { kind: 'slack', id: person };
  return vote(world.deps, actor, {
    approvalId: approval.id,
    planHash: approval.planHash,
    decision,
    reason: 'looked at it',
  });
}

describe('those who may decide are told', () => {
  it('three at once, kept with the request; nobody else', async () => {
    const approval = await pending();
    expect(approval.asked).toHaveLength(3);
    expect((await told(approval, 'asked')).sort()).toEqual([...approval.asked].sort());
    expect(Object.keys(await messages(approval))).toHaveLength(3);
    const row = await store.read.messages.get(`dm:${approval.asked[0]}.${approval.id}-asked`);
    expect(row).toMatchObject({ priority: 1, data: { template: 'please-decide', approval: approval.id } });
  });

  it('never the one who asks, and an owner who is needed is among them', async () => {
    world.settings = testSettings((file) => {
      file.people.approvers = [...MANY, RINA.id];
      file.policies = [{ name: 'owner', match: {}, owner: true }];
      for (const account of file.accounts) account.owners = [BO.id];
    });
    const approval = await pending();
    expect(approval.asked).toContain(BO.id);
    expect(approval.asked).not.toContain(RINA.id);
  });

  it('reminds at half of the time those who have not voted, once, however often it is swept', async () => {
    const approval = await pending();
    const [first, ...silent] = approval.asked;
    unwrap(await decide(approval, first ?? ''));
    await ageApproval(store, approval.id, 0.49);
    await sweep(world.deps);
    expect(await told(approval, 'reminded')).toEqual([]);
    await ageApproval(store, approval.id, 0.51);
    for (let i = 0; i < 3; i += 1) await sweep(world.deps);
    expect((await told(approval, 'reminded')).sort()).toEqual([...silent].sort());
    expect(new Set(Object.values(await messages(approval)))).toEqual(new Set([1]));
    expect(await told(approval, 'widened')).toEqual([]);
  });

  it('tells at four fifths the others who may, once; a sweeper that slept until then reminds too', async () => {
    const approval = await pending();
    await ageApproval(store, approval.id, 0.85);
    for (let i = 0; i < 3; i += 1) await sweep(world.deps);
    expect((await told(approval, 'reminded')).sort()).toEqual([...approval.asked].sort());
    const others = MANY.filter((person) => !approval.asked.includes(person));
    expect((await told(approval, 'widened')).sort()).toEqual(others);
    const after = await store.read.approvals.get(approval.id);
    expect(after).toMatchObject({ notice: 'widened', state: 'pending' });
    expect([...(after?.asked ?? [])].sort()).toEqual([...MANY].sort());
    const rows = await store.read.audit.ofSubject(`approval:${approval.id}`, 50);
    expect(rows.filter(({ event }) => event === 'approval.reminded')).toHaveLength(1);
  });

  it('two sweepers at the same moment tell everybody once', async () => {
    const approval = await pending();
    await ageApproval(store, approval.id, 0.9);
    await Promise.all([sweep(world.deps), sweep(world.deps), sweep(world.deps)]);
    expect(new Set(Object.values(await messages(approval)))).toEqual(new Set([1]));
    const rows = await store.read.audit.ofSubject(`approval:${approval.id}`, 50);
    expect(rows.filter(({ event }) => event === 'approval.reminded')).toHaveLength(1);
  });

  it('is silent about what is settled or over', async () => {
    const denied = await pending();
    unwrap(await decide(denied, denied.asked[0] ?? '', 'deny'));
    await ageApproval(store, denied.id, 0.9);
    const expired = await pending();
    await expireApproval(store, expired.id);
    await sweep(world.deps);
    for (const approval of [denied, expired]) {
      expect(await told(approval, 'reminded')).toEqual([]);
      expect(await told(approval, 'widened')).toEqual([]);
    }
  });

  it('widens to who is in the user group now, and when Slack is silent to who was', async () => {
    const groups = new Map([['S0SEC', [ALICE.id, BO.id, 'U0A', 'U0B']]]);
    world.people = { ...world.people, usergroups: async () => groups };
    world.settings = testSettings((file) => {
      file.groups = { sec: { usergroup: 'S0SEC', acceptEditableInSlack: true } };
      file.people.approvers = ['group:sec'];
    });
    const joined = await pending();
    const silent = await pending();
    groups.set('S0SEC', [...(groups.get('S0SEC') ?? []), 'U0NEW']);
    await ageApproval(store, joined.id, 0.9);
    await sweep(world.deps);
    expect(await told(joined, 'widened')).toContain('U0NEW');
    world.people = { ...world.people, usergroups: async () => Promise.reject(new Error('slack is down')) };
    await ageApproval(store, silent.id, 0.9);
    await sweep(world.deps);
    expect(await told(silent, 'widened')).toHaveLength(1);
  });
});
