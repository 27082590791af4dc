import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CordonError } from '../../../src/domain/errors.ts';
import { isRefusal } from '../../../src/domain/plan.ts';
import type { Run } from '../../../src/domain/run.ts';
import { vote } from '../../../src/flow/approve.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { propose, requestRollback } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { writeBack } from '../../../src/flow/write-back.ts';
import { approvalPending, codeOf, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
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

const STEPS = 4;
const INSTANCE = 'i-0123456789abcdef0';
let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(STEPS));
  await deliver(world.deps, guardDutyEvent({ instanceId: INSTANCE }));
});

async function approved(): Promise<string> {
  const approval = await approvalPending(world.deps, await onlyIncident(world.deps));
  unwrap(
    await vote(world.deps, ALICE, {
      approvalId: approval.id,
      planHash: approval.planHash,
      decision: 'approve',
      reason: 'yes',
    }),
  );
  return approval.runId;
}

async function run(id: string): Promise<Run> {
  const row = await store.read.runs.get(id);
  if (!row) throw new Error(`no run ${id}`);
  return row;
}

async function remediated(): Promise<Run> {
  const id = await approved();
  await remediate(world.deps, id);
  return run(id);
}

/** One tag that may take so long to show, and another, which is verified, so long after it. */
function patientAction(settleSeconds: number): ReturnType<typeof tagAction> {
  const inner = tagAction(1);
  return tagAction(1, {
    async plan(context, params) {
      const draft = await inner.plan(context, params);
      if (isRefusal(draft)) return draft;
      const steps = draft.steps.map((step) => ({ ...step, applied: { ...step.applied, settleSeconds } }));
      return { ...draft, steps, verify: steps.map(({ applied }) => ({ ...applied, query: 'Tags."seen-last"' })) };
    },
  });
}

describe('an approved run', () => {
  it('sends each step once, in order, verifies by reading, and only then tells the finding', async () => {
    const ended = await remediated();
    expect(ended.state).toBe('verified');
    expect(world.cloud.writes).toEqual([0, 1, 2, 3].map((index) => `${INSTANCE}/step-${index}`));
    expect(world.cloud.sessions).toHaveLength(1);
    expect(world.cloud.sessions[0]).toMatchObject({
      runId: ended.id,
      incidentId: ended.incidentId,
      approvers: [ALICE.id],
    });
    const row = await store.read.messages.get(`writeback:${ended.id}`);
    if (!row) throw new Error('no write-back wanted');
    await writeBack(world.deps, row);
    expect(world.written).toHaveLength(1);
  });

  it('has an audit row for each step before and after it', async () => {
    const ended = await remediated();
    const events = (await store.read.audit.ofSubject(`run:${ended.id}`, 100)).map((row) => row.event);
    const steps = Array.from({ length: STEPS }, () => ['run.step-intent', 'run.step-done']).flat();
    expect(events).toEqual(['plan.requested', 'plan.made', 'run.claimed', ...steps, 'run.verifying', 'run.verified']);
  });

  it('carries on after a lost answer without sending again', async () => {
    world.cloud.troubles.push('lost-answer');
    expect((await remediated()).state).toBe('verified');
    expect(world.cloud.writes).toHaveLength(STEPS);
  });

  it('sends again only what reading shows as not applied', async () => {
    world.cloud.troubles.push('lost-request', 'throttled');
    expect((await remediated()).state).toBe('verified');
    expect(world.cloud.writes).toHaveLength(STEPS + 2);
    expect(world.cloud.effects).toHaveLength(STEPS);
  });

  it('says changed, unverified when AWS accepts and nothing shows; the finding is not told', async () => {
    world = flowWorld(store, tagAction(1));
    world.cloud.troubles.push('ignore');
    const ended = await remediated();
    expect(ended.state).toBe('unverified');
    expect(await store.read.messages.get(`writeback:${ended.id}`)).toBeUndefined();
  });

  it('waits for what takes AWS minutes as long as the probe says, in the step and in the verification, and no longer', async () => {
    world.action = patientAction(600);
    const seenAfter = async (pauses: number) => {
      world.cloud.troubles.push('ignore');
      const id = await approved();
      let count = 0;
      const pause = async () => {
        count += 1;
        if (count === pauses) world.cloud.tags.set(`${INSTANCE}/step-0`, id);
        if (count === 2 * pauses) world.cloud.tags.set(`${INSTANCE}/seen-last`, id);
      };
      await remediate({ ...world.deps, pause }, id);
      return (await run(id)).state;
    };
    expect(await seenAfter(50)).toBe('verified');
    world.cloud.tags.clear();
    expect(await seenAfter(70)).toBe('unverified');
  });

  it('takes a fresh session when the act session is over, and sends only what was not applied', async () => {
    world.cloud.onEffect = () => {
      if (world.cloud.effects.length === 2) world.cloud.troubles.push('expired');
    };
    expect((await remediated()).state).toBe('verified');
    expect(world.cloud.effects).toHaveLength(STEPS);
    expect(world.cloud.sessions).toHaveLength(2);
  });

  it('fails at once, with what to do, when no act session is given', async () => {
    world.cloud.sessionRefused = new CordonError('session_policy_too_large', 'too large', {
      hint: 'act on fewer things',
    });
    expect(await remediated()).toMatchObject({
      state: 'failed',
      stateReason: expect.stringContaining('act on fewer things'),
    });
    expect(world.cloud.writes).toEqual([]);
  });

  it('stops at a refusal, keeps what was done on record and sends nothing more', async () => {
    world.cloud.onEffect = () => {
      if (world.cloud.effects.length === 2) world.cloud.troubles.push('denied');
    };
    const ended = await remediated();
    expect(ended).toMatchObject({ state: 'failed', stateReason: expect.stringContaining('deploy the role') });
    expect((await store.read.journal.ofRun(ended.id)).map((entry) => entry.state)).toEqual(['done', 'done', 'failed']);
  });

  it.each(Array.from({ length: STEPS }, (_, index) => index))(
    'ends verified with one effect a step when the process dies after step %i was applied',
    async (index) => {
      const id = await approved();
      world.cloud.onEffect = () => {
        if (world.cloud.effects.length === index + 1) throw new Error('killed');
      };
      await expect(remediate(world.deps, id)).rejects.toThrow('killed');
      world.cloud.onEffect = () => {};
      await remediate(world.deps, id);
      expect((await run(id)).state, 'a live lease is not taken').toBe('executing');
      await dropLease(store, id);
      await remediate(world.deps, id);
      expect((await run(id)).state).toBe('verified');
      expect(world.cloud.effects).toHaveLength(STEPS);
      expect((await store.read.journal.ofRun(id))[index]?.readBack).toBe(true);
    },
  );

  it('says nothing and sends nothing when another worker has taken the run meanwhile', async () => {
    const id = await approved();
    world.cloud.onEffect = async () => {
      if (world.cloud.effects.length !== 1) return;
      await dropLease(store, id);
      await store.tx((tx) => tx.runs.claim(id, 'another', 60));
    };
    await remediate(world.deps, id);
    expect(world.cloud.writes).toHaveLength(1);
    expect((await run(id)).state).toBe('executing');
  });
});

describe('between approval and execution', () => {
  const settings = (change: Parameters<typeof testSettings>[0]) => () => {
    world.settings = testSettings(change);
  };
  const changes: readonly (readonly [string, () => Promise<void> | void])[] = [
    [
      'a field of the target',
      () => {
        world.cloud.tags.set(`${INSTANCE}/owner`, 'somebody');
      },
    ],
    [
      'the playbook file',
      () => {
        world.playbook = testPlaybook({ summary: 'Edited.' });
      },
    ],
    [
      'the approver list',
      settings((file) => {
        file.people.approvers = [BO.id];
      }),
    ],
    [
      'the approver list, by one name more,',
      settings((file) => {
        file.people.approvers?.push('U0NEW');
      }),
    ],
    [
      'the policy, which now wants two,',
      settings((file) => {
        file.policies = [{ name: 'two', match: {}, approvers: 2 }];
      }),
    ],
    [
      'the account, now observe-only,',
      settings((file) => {
        for (const account of file.accounts) account.act = false;
      }),
    ],
    [
      'the action’s version',
      () => {
        world.action = tagAction(STEPS, { version: 2 });
      },
    ],
    [
      'the voter, now deactivated,',
      () => {
        world.people = { ...world.people, lookUp: async () => ({ ok: false, why: 'deactivated' }) };
      },
    ],
    ['the stored plan', () => changePlan(store, 'summary', 'something else')],
  ];
  it.each(changes)('%s changed: stale, 0 writes', async (_, change) => {
    const id = await approved();
    await change();
    await remediate(world.deps, id);
    expect(await run(id)).toMatchObject({ state: 'stale' });
    expect((await store.read.approvals.ofRun(id))?.state).toBe('stale');
    expect(world.cloud.writes).toEqual([]);
  });

  it('is not run while AWS cannot be read: a failed read is no answer', async () => {
    const id = await approved();
    world.cloud.readsFail = true;
    await expect(remediate(world.deps, id)).rejects.toThrow();
    expect((await run(id)).state).toBe('approved');
    world.cloud.readsFail = false;
    await remediate(world.deps, id);
    expect((await run(id)).state).toBe('verified');
  });
});

describe('the stop switch', () => {
  it('holds a run that has not begun, and two people are needed to go on', async () => {
    const id = await approved();
    unwrap(await stop(world.deps, RINA, 'something is odd'));
    await remediate(world.deps, id);
    expect(world.cloud.writes).toEqual([]);
    expect(unwrap(await resume(world.deps, ALICE)).stopped).toBe(true);
    expect(codeOf(await resume(world.deps, ALICE))).toBe('already_voted');
    expect(codeOf(await resume(world.deps, RINA))).toBe('not_an_operator');
    expect(unwrap(await resume(world.deps, BO)).stopped).toBe(false);
    await remediate(world.deps, id);
    expect((await run(id)).state).toBe('verified');
  });

  it('stops a run between two steps', async () => {
    const id = await approved();
    world.cloud.onEffect = async () => {
      if (world.cloud.effects.length === 2) await stop(world.deps, BO, 'enough');
    };
    await remediate(world.deps, id);
    expect(world.cloud.writes).toHaveLength(2);
    expect((await run(id)).state).toBe('needs-human');
  });

  it('obeys a STOP file, and one that cannot be looked at', async () => {
    const id = await approved();
    world.stopFile = true;
    await remediate(world.deps, id);
    expect(world.cloud.writes).toEqual([]);
    expect(codeOf(await resume(world.deps, ALICE))).toBe('stop_file');
  });
});

describe('rolling back', () => {
  async function undo(of: Run): Promise<Run> {
    const asked = unwrap(await requestRollback(world.deps, RINA, { runId: of.id, viewId: null }));
    await propose(world.deps, asked.id);
    return run(asked.id);
  }

  it('goes the same way, is linked, and cannot be done twice', async () => {
    const ended = await remediated();
    const undone = await undo(ended);
    const approval = unwrap(
      await requestApproval(world.deps, RINA, {
        runId: undone.id,
        planHash: undone.planHash ?? '',
        reason: 'false alarm, it is a scanner',
      }),
    );
    unwrap(
      await vote(world.deps, BO, {
        approvalId: approval.id,
        planHash: approval.planHash,
        decision: 'approve',
        reason: 'yes',
      }),
    );
    await remediate(world.deps, undone.id);
    expect((await run(undone.id)).state).toBe('verified');
    expect(world.cloud.tags.size).toBe(0);
    expect((await run(ended.id)).undoneBy).toBe(undone.id);
    expect(codeOf(await requestRollback(world.deps, RINA, { runId: ended.id, viewId: null }))).toBe('already_undone');
  });

  it('needs two people where the undo exposes something again', async () => {
    world.action = tagAction(STEPS, { undoReexposes: true });
    const undone = await undo(await remediated());
    const approval = unwrap(
      await requestApproval(world.deps, RINA, {
        runId: undone.id,
        planHash: undone.planHash ?? '',
        reason: 'false alarm, it is a scanner',
      }),
    );
    expect(approval.requirement.people).toBe(2);
  });

  it('is refused where the policy file must allow it by name, and offered where it does', async () => {
    world.action = tagAction(STEPS, { undoAllowance: 'reactivateAccessKey' });
    const ended = await remediated();
    expect(await undo(ended)).toMatchObject({
      state: 'refused',
      stateReason: expect.stringContaining('allow.reactivateAccessKey'),
    });
    world.settings = testSettings((file) => {
      file.allow = { reactivateAccessKey: ['compute.command-and-control'] };
    });
    expect((await undo(ended)).state).toBe('planned');
  });
});

it('a worker that was stopped between asking Slack and claiming asks again, and does not claim on what it had heard', async () => {
  const real = performance.now.bind(performance);
  let stoppedFor = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => real() + stoppedFor);
  onTestFinished(() => clock.mockRestore());
  const id = await approved();
  const { people } = world;
  world.people = {
    ...people,
    lookUp: (person) => {
      stoppedFor = 6_000;
      return people.lookUp(person);
    },
  };
  await remediate(world.deps, id);
  expect(await run(id)).toMatchObject({ state: 'approved', fence: 0, stateReason: expect.stringContaining('too old') });
  expect(world.cloud.writes).toEqual([]);
  await remediate(world.deps, id);
  expect(await run(id)).toMatchObject({ state: 'verified' });
});
