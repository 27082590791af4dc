import { beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Actor } from '../../../src/domain/audit.ts';
import { vote } from '../../../src/flow/approve.ts';
import { acknowledge } from '../../../src/flow/close.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import type { Directory } from '../../../src/ports.ts';
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
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const SEC = 'S0SECURITY';
const OPS = 'S0OPERATORS';

/** Slack as the directory knows it; tests move people between calls. */
class People implements Directory {
  readonly groups = new Map<string, readonly string[]>();
  readonly strangers = new Set<string>();
  down = false;
  /** How often who is in the groups was asked. */
  asked = 0;
  /** Runs after an answer was given: what happens between the look-up and the transaction. */
  afterAnswer: () => void = () => {};

  async lookUp(id: string) {
    return this.strangers.has(id) ? ({ ok: false, why: 'guest' } as const) : ({ ok: true, id, name: id } as const);
  }

  async names() {
    return new Map();
  }

  async usergroups() {
    this.asked += 1;
    if (this.down) throw new Error('slack is down');
    const answer = new Map(this.groups);
    this.afterAnswer();
    return answer;
  }
}

let store: TestStore;
let world: World;
let people: People;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  people = new People();
  people.groups.set(SEC, [ALICE.id, BO.id]).set(OPS, [BO.id]);
  world.people = people;
  world.settings = byUsergroup();
  await deliver(world.deps, guardDutyEvent());
  people.asked = 0;
});

function byUsergroup(change: Parameters<typeof testSettings>[0] = () => {}) {
  return testSettings((file) => {
    file.groups = {
      sec: { usergroup: SEC, acceptEditableInSlack: true },
      ops: { usergroup: OPS, acceptEditableInSlack: true },
    };
    file.people = { responders: [RINA.id], approvers: ['group:sec'], operators: ['group:ops', ALICE.id] };
    change(file);
  });
}

const pending = async (): Promise<Approval> => approvalPending(world.deps, await onlyIncident(world.deps));

function decide(approval: Approval, actor: Actor, decision: 'approve' | 'deny' = 'approve') {
  return vote(world.deps, actor, {
    approvalId: approval.id,
    planHash: approval.planHash,
    decision,
    reason: 'looked at it',
  });
}

const stateOf = async ({ id }: Approval) => (await store.read.approvals.get(id))?.state;

async function codesOn(subject: string): Promise<readonly unknown[]> {
  return (await store.read.audit.ofSubject(subject, 50)).map(({ details }) => details['code']);
}

describe('a request to approvers who are a Slack user group', () => {
  it('names the group and who is in it, and whoever is in it at that moment may decide', async () => {
    const approval = await pending();
    expect(approval.requirement.slots).toMatchObject([
      { label: 'approver (Slack user group sec)', from: [ALICE.id, BO.id] },
    ]);
    people.groups.set(SEC, [OSCAR.id]);
    expect(codeOf(await decide(approval, ALICE))).toBe('not_entitled');
    expect(unwrap(await decide(approval, OSCAR)).outcome).toBe('granted');
    await remediate(world.deps, approval.runId);
    expect(world.cloud.effects).toHaveLength(1);
  });

  it('costs one question to Slack for each decision, however many groups matter', async () => {
    world.settings = byUsergroup((file) => {
      file.policies = [{ name: 'both', match: {}, from: 'ops', owner: true }];
      for (const account of file.accounts) account.owners = ['group:sec'];
    });
    const approval = await pending();
    expect(people.asked).toBe(1);
    people.asked = 0;
    unwrap(await decide(approval, BO));
    expect(people.asked).toBe(1);
    people.asked = 0;
    await remediate(world.deps, approval.runId);
    expect(people.asked).toBe(1);
    expect(world.cloud.effects).toHaveLength(1);
  });

  it('asks Slack nothing where cordon.yaml names everybody by id', async () => {
    world.settings = testSettings();
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    await remediate(world.deps, approval.runId);
    expect(people.asked).toBe(0);
  });

  it('refuses a vote when Slack does not say who is in the group, on record; a person named by id may still say no', async () => {
    world.settings = byUsergroup((file) => {
      file.people.approvers = ['group:sec', OSCAR.id];
    });
    const approval = await pending();
    people.down = true;
    expect(codeOf(await decide(approval, ALICE))).toBe('groups_not_confirmed');
    expect(codeOf(await decide(approval, ALICE, 'deny'))).toBe('groups_not_confirmed');
    expect(codeOf(await decide(approval, OSCAR))).toBe('groups_not_confirmed');
    expect(await codesOn(`approval:${approval.id}`)).toContain('groups_not_confirmed');
    expect(unwrap(await decide(approval, OSCAR, 'deny')).outcome).toBe('denied');
  });

  it('refuses everybody when the group is disabled, in words', async () => {
    const approval = await pending();
    people.groups.delete(SEC);
    const refused = await decide(approval, ALICE);
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'groups_not_confirmed' } });
    expect(JSON.stringify(refused)).toContain('disabled');
  });

  it('a voter who has left the group does not count for the next vote', async () => {
    world.settings = byUsergroup((file) => {
      file.policies = [{ name: 'two', match: {}, approvers: 2 }];
    });
    people.groups.set(SEC, [ALICE.id, BO.id, OSCAR.id]);
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    people.groups.set(SEC, [BO.id, OSCAR.id]);
    expect(unwrap(await decide(approval, BO)).outcome).toBe('counted');
    expect(unwrap(await decide(approval, OSCAR)).outcome).toBe('granted');
  });

  it('a voter who leaves between the approval and the claim makes it stale: 0 writes', async () => {
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    people.groups.set(SEC, [BO.id]);
    await remediate(world.deps, approval.runId);
    expect(await stateOf(approval)).toBe('stale');
    expect(world.cloud.writes).toEqual([]);
  });

  it('somebody who joins the group voids nothing: they may decide', async () => {
    const approval = await pending();
    people.groups.set(SEC, [ALICE.id, BO.id, OSCAR.id]);
    unwrap(await decide(approval, ALICE));
    await remediate(world.deps, approval.runId);
    expect(world.cloud.effects).toHaveLength(1);
  });

  it.each<[string, Parameters<typeof testSettings>[0]]>([
    [
      'another user group',
      (file) => {
        file.groups = { ...file.groups, sec: { usergroup: 'S0OTHER', acceptEditableInSlack: true } };
      },
    ],
    ['a person by id', (file) => file.people.approvers?.push('U0NEW')],
    [
      'a list instead',
      (file) => {
        file.groups = { ...file.groups, sec: [ALICE.id, BO.id] };
      },
    ],
  ])('a change of cordon.yaml to %s voids an open approval, as ever', async (_, change) => {
    people.groups.set('S0OTHER', [ALICE.id, BO.id]);
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    world.settings = byUsergroup(change);
    await remediate(world.deps, approval.runId);
    expect(await stateOf(approval)).toBe('stale');
    expect(world.cloud.writes).toEqual([]);
  });

  it('a claim without an answer from Slack waits, says so once, and goes on when there is one', async () => {
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    people.down = true;
    await remediate(world.deps, approval.runId);
    await remediate(world.deps, approval.runId);
    expect(world.cloud.writes).toEqual([]);
    expect(await stateOf(approval)).toBe('approved');
    const held = (await store.read.audit.ofSubject(`run:${approval.runId}`, 50)).filter(
      ({ event }) => event === 'run.claim-refused',
    );
    expect(held.map(({ details }) => details['why'])).toEqual([expect.stringContaining('who is in its user groups')]);
    people.down = false;
    await remediate(world.deps, approval.runId);
    expect(world.cloud.effects).toHaveLength(1);
  });

  it('somebody who leaves between the look-up and the commit of their vote is caught at the claim', async () => {
    const approval = await pending();
    people.afterAnswer = () => void people.groups.set(SEC, [BO.id]);
    expect(unwrap(await decide(approval, ALICE)).outcome).toBe('granted');
    await remediate(world.deps, approval.runId);
    expect(await stateOf(approval)).toBe('stale');
    expect(world.cloud.writes).toEqual([]);
  });
});

describe('who counts', () => {
  it('the same person in two groups is one of the two people', async () => {
    world.settings = byUsergroup((file) => {
      file.people.approvers = ['group:sec', 'group:ops', BO.id];
      file.policies = [{ name: 'two', match: {}, approvers: 2 }];
    });
    const approval = await pending();
    expect(unwrap(await decide(approval, BO)).outcome).toBe('counted');
    expect(codeOf(await decide(approval, BO))).toBe('already_voted');
    expect(unwrap(await decide(approval, ALICE)).outcome).toBe('granted');
  });

  it('one of each of two groups needs two people, when the policy wants different ones', async () => {
    world.settings = byUsergroup((file) => {
      file.policies = [{ name: 'two heads', match: {}, owner: true, distinctOwner: true }];
      for (const account of file.accounts) account.owners = ['group:ops'];
    });
    const approval = await pending();
    expect(unwrap(await decide(approval, BO)).outcome).toBe('counted');
    expect(unwrap(await decide(approval, ALICE)).outcome).toBe('granted');
  });

  it.each<[string, () => void, string]>([
    ['the one who asks', () => people.groups.set(SEC, [RINA.id]), '0 other people'],
    ['nobody', () => people.groups.set(SEC, []), '0 other people'],
    [
      'a guest',
      () => {
        people.groups.set(SEC, [BO.id]);
        people.strangers.add(BO.id);
      },
      '0 other people',
    ],
  ])('a group that holds only %s: nobody could approve, and the gap is named', async (_, arrange, gap) => {
    const run = await planned(world.deps, await onlyIncident(world.deps));
    arrange();
    const refused = await requestApproval(world.deps, RINA, {
      runId: run.id,
      planHash: run.planHash ?? '',
      reason: 'it talks to a bad domain',
    });
    expect(codeOf(refused)).toBe('nobody_may_approve');
    expect(JSON.stringify(refused)).toContain(`1 × approver (Slack user group sec) needed, and ${gap}`);
  });

  it('a member of the group who is a guest, deactivated or of another team is refused', async () => {
    const approval = await pending();
    people.strangers.add(ALICE.id);
    expect(codeOf(await decide(approval, ALICE))).toBe('not_known');
  });
});

describe('the other rights by user group', () => {
  it('responders: in the group they may, out of it they may not, and without an answer nobody may', async () => {
    world.settings = byUsergroup((file) => {
      file.people.responders = [RINA.id, 'group:ops'];
    });
    const { id } = await onlyIncident(world.deps);
    people.down = true;
    expect(codeOf(await acknowledge(world.deps, BO, { incidentId: id }))).toBe('groups_not_confirmed');
    expect(await codesOn(`incident:${id}`)).toContain('groups_not_confirmed');
    people.down = false;
    expect(codeOf(await acknowledge(world.deps, ALICE, { incidentId: id }))).toBe('not_a_responder');
    unwrap(await acknowledge(world.deps, BO, { incidentId: id }));
  });

  it('a guest in the group is no responder and no operator by it', async () => {
    world.settings = byUsergroup((file) => {
      file.people.responders = [RINA.id, 'group:ops'];
    });
    people.strangers.add(BO.id);
    const { id } = await onlyIncident(world.deps);
    expect(codeOf(await acknowledge(world.deps, BO, { incidentId: id }))).toBe('not_a_responder');
    expect(codeOf(await stop(world.deps, BO, 'look'))).toBe('no_role');
    expect(codeOf(await resume(world.deps, BO))).toBe('not_an_operator');
  });

  it('a responder by user group who leaves it before the run: stale', async () => {
    world.settings = byUsergroup((file) => {
      file.people.responders = ['group:ops'];
    });
    people.groups.set(OPS, [RINA.id]);
    const approval = await pending();
    unwrap(await decide(approval, ALICE));
    people.groups.set(OPS, [BO.id]);
    await remediate(world.deps, approval.runId);
    expect(await stateOf(approval)).toBe('stale');
  });

  it('stop and resume: who is named by id needs no answer of Slack’s; a member of the group does', async () => {
    people.down = true;
    expect(codeOf(await stop(world.deps, BO, 'look'))).toBe('groups_not_confirmed');
    expect(unwrap(await stop(world.deps, ALICE, 'look')).stopped).toBe(true);
    expect(codeOf(await resume(world.deps, BO))).toBe('groups_not_confirmed');
    unwrap(await resume(world.deps, ALICE));
    people.down = false;
    expect(codeOf(await resume(world.deps, OSCAR))).toBe('not_an_operator');
    expect(unwrap(await resume(world.deps, BO)).stopped).toBe(false);
  });
});
