import { beforeEach, describe, expect, it } from 'vitest';
import { FINAL_RUN_STATES, RUN_STATES } from '../../../src/domain/run.ts';
import { DEADLINES, WAITING, type Waiting } from '../../../src/domain/waiting.ts';
import { vote } from '../../../src/flow/approve.ts';
import { ingest } from '../../../src/flow/ingest.ts';
import { propose, requestPlan } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { stepsOf } from '../../../src/flow/steps.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { triage } from '../../../src/flow/triage.ts';
import { approvalPending, deliver, onlyIncident, planned, unwrap } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, guardDutyEvent, RINA, tagAction, type World } from '../../support/flow-world.ts';
import { dropLease, expireApproval, memoryStore, type TestStore } from '../../support/memory-store.ts';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(1));
});

const keyOf = ({ what, state }: Waiting): string => `${what} ${state}`;
const isForCordon = WAITING.filter(({ isForPeople }) => !isForPeople);

async function incident() {
  await deliver(world.deps, guardDutyEvent());
  return onlyIncident(world.deps);
}

async function planning(): Promise<string> {
  const one = await incident();
  const [step] = await stepsOf(world.deps, one);
  const { stepId = '', findingKey = '' } = step ?? {};
  const request = { incidentId: one.id, stepId, findingKey, viewId: 'V1' };
  return unwrap(await requestPlan(world.deps, RINA, request)).id;
}

async function approvedRun() {
  const approval = await approvalPending(world.deps, await incident());
  const { id: approvalId, planHash } = approval;
  unwrap(await vote(world.deps, ALICE, { approvalId, planHash, decision: 'approve', reason: 'checked' }));
  return approval;
}

const stateOf = async (runId: string) => (await store.read.runs.get(runId))?.state;

/** Every try fails, as often as a worker takes it up. */
async function failsForEver(runId: string): Promise<void> {
  for (let round = 0; round < 12 && (await stateOf(runId)) !== 'needs-human'; round += 1) {
    await dropLease(store, runId);
    await remediate(world.deps, runId).catch(() => undefined);
  }
}

/** Brings each thing into its state, leaves it alone past its time, and gives what has become of it. */
const DRIVES: Readonly<Record<string, () => Promise<string | undefined>>> = {
  async 'delivery received'() {
    const { id } = await ingest(world.deps, { transport: 'sqs', transportId: 'poison', body: guardDutyEvent() });
    const broken = {
      ...world.deps,
      lastGood: { ...world.deps.lastGood, settings: () => Promise.reject(new Error('no')) },
    };
    await expect(triage(broken, id)).rejects.toThrow();
    await store.sql(`update cordon.delivery set received_at = now() - make_interval(secs => $1)`, [DEADLINES.delivery]);
    await triage(broken, id);
    return (await store.read.deliveries.get(id))?.state;
  },
  async 'run planning'() {
    const runId = await planning();
    await sweep(world.deps);
    expect(await stateOf(runId)).toBe('planning');
    await store.sql(`update cordon.run set created_at = now() - make_interval(secs => $1)`, [DEADLINES.planning]);
    await sweep(world.deps);
    const run = await store.read.runs.get(runId);
    expect(run?.stateReason).toContain('No worker has made the plan within 10 minutes');
    expect(await store.read.messages.get(`view:${runId}`)).toMatchObject({ kind: 'view', deliveredRev: 0 });
    expect((await store.read.audit.ofSubject(`run:${runId}`, 10)).at(-1)).toMatchObject({
      event: 'plan.refused',
      details: { code: 'no-worker' },
    });
    await propose(world.deps, runId);
    return stateOf(runId);
  },
  async 'run planned'() {
    const { id } = await planned(world.deps, await incident());
    await store.sql(`update cordon.run set state_since = now() - make_interval(secs => $1)`, [DEADLINES.unasked]);
    await sweep(world.deps);
    return stateOf(id);
  },
  async 'run approved'() {
    const { id, runId } = await approvedRun();
    await expireApproval(store, id);
    await sweep(world.deps);
    return stateOf(runId);
  },
  async 'run executing'() {
    const { runId } = await approvedRun();
    world.cloud.onEffect = () => {
      throw new Error('killed');
    };
    await remediate(world.deps, runId).catch(() => undefined);
    expect(await stateOf(runId)).toBe('executing');
    world.cloud.readsFail = true;
    await failsForEver(runId);
    return stateOf(runId);
  },
  async 'run verifying'() {
    const { runId } = await approvedRun();
    await remediate(world.deps, runId);
    await store.sql(
      `update cordon.run set state = 'verifying', finished_at = null, lease_owner = 'gone', lease_until = now() where id = $1`,
      [runId],
    );
    world.deps.sessions.read = () => Promise.reject(new Error('no session'));
    await failsForEver(runId);
    return stateOf(runId);
  },
  async 'approval pending'() {
    const { id } = await approvalPending(world.deps, await incident());
    await expireApproval(store, id);
    await sweep(world.deps);
    return (await store.read.approvals.get(id))?.state;
  },
  async 'approval approved'() {
    const { id } = await approvedRun();
    await expireApproval(store, id);
    await sweep(world.deps);
    return (await store.read.approvals.get(id))?.state;
  },
  async 'journal intent'() {
    await DRIVES['run executing']?.();
    const [entry] = await store.read.journal.since('2020-01-01T00:00:00.000Z');
    return entry?.state === 'intent' && (await stateOf(entry.runId)) === 'needs-human'
      ? 'done, failed, or left with a run that needs a person'
      : entry?.state;
  },
  async 'message undelivered'() {
    await store.tx((tx) => tx.messages.touch({ key: 'dm:U0GONE.x', kind: 'dm', subjectId: 'U0GONE', priority: 0 }));
    await refuse('dm:U0GONE.x', 'refused: user_not_found');
    await sweep(world.deps);
    expect(await store.read.messages.get('dm:U0GONE.x')).toMatchObject({ deliveredRev: 1, desiredRev: 1 });
    expect((await store.read.audit.ofSubject('message:dm:U0GONE.x', 5)).map(({ event }) => event)).toEqual([
      'message.given-up',
    ]);
    const { rows } = await store.pool.query(`select data from cordon.message where kind = 'notice'`);
    expect(rows).toMatchObject([{ data: { template: 'given-up', count: 1 } }]);
    return 'given up, and said so in the operations channel';
  },
};

/** As after so many refusals within more than a day. */
async function refuse(key: string, error: string): Promise<void> {
  await store.sql(
    `update cordon.message set attempts = 40, last_error = $2, waiting_since = now() - make_interval(secs => $3) where key = $1`,
    [key, error, DEADLINES.message],
  );
}

describe('everything that waits', () => {
  it('stands in the table: each state that is not an end, and no other', () => {
    const open = RUN_STATES.filter((state) => !FINAL_RUN_STATES.includes(state));
    const states = (what: Waiting['what']) => WAITING.filter((one) => one.what === what).map(({ state }) => state);
    expect(states('run')).toEqual(open);
    expect(states('approval')).toEqual(['pending', 'approved']);
    expect(states('incident')).toEqual(['open', 'acknowledged']);
    expect(states('delivery')).toEqual(['received', 'quarantined']);
    expect(new Set(WAITING.map(keyOf)).size).toBe(WAITING.length);
    for (const row of WAITING) for (const word of Object.values(row)) expect(word).not.toBe('');
  });

  it.each(isForCordon.map((row) => [keyOf(row), row] as const))('%s ends by itself', async (key, row) => {
    const drive = DRIVES[key];
    if (!drive) throw new Error(`nothing brings about “${key}”`);
    expect(await drive()).toBe(row.becomes);
  });
});

describe('a message', () => {
  it.each(['ambiguous: timeout', 'rate limited by Slack for 30 s'])(
    'that waits because of “%s” is not given up',
    async (why) => {
      await store.tx((tx) => tx.messages.touch({ key: 'dm:U0GONE.x', kind: 'dm', subjectId: 'U0GONE', priority: 0 }));
      await refuse('dm:U0GONE.x', why);
      await sweep(world.deps);
      expect(await store.read.messages.get('dm:U0GONE.x')).toMatchObject({ deliveredRev: 0, desiredRev: 1 });
    },
  );

  it('that was given up is tried anew when it is to show something else', async () => {
    const touch = () =>
      store.tx((tx) => tx.messages.touch({ key: 'dm:U0GONE.x', kind: 'dm', subjectId: 'U0GONE', priority: 0 }));
    await touch();
    await refuse('dm:U0GONE.x', 'not rendered: no such thing');
    await sweep(world.deps);
    await touch();
    expect(await store.read.messages.get('dm:U0GONE.x')).toMatchObject({ deliveredRev: 1, desiredRev: 2, attempts: 0 });
    expect((await store.read.messages.due(10)).map(({ key }) => key)).toContain('dm:U0GONE.x');
  });
});
