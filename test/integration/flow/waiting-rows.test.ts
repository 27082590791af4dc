import { beforeEach, describe, expect, it } from 'vitest';
import { CordonError } from '../../../src/domain/errors.ts';
import { vote } from '../../../src/flow/approve.ts';
import { ingest } from '../../../src/flow/ingest.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import { triage } from '../../../src/flow/triage.ts';
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
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const INSTANCE = 'i-0123456789abcdef0';
let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(2));
});

async function approvedRun(): Promise<string> {
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

describe('nothing waits for ever', () => {
  it('a plan that nobody asked approval for ends after a day, on record; one that was asked for does not', async () => {
    await deliver(world.deps, guardDutyEvent());
    const incident = await onlyIncident(world.deps);
    const unasked = await planned(world.deps, incident);
    const asked = await planned(world.deps, incident);
    unwrap(
      await requestApproval(world.deps, RINA, {
        runId: asked.id,
        planHash: asked.planHash ?? '',
        reason: 'it talks to a bad domain',
      }),
    );
    await sweep(world.deps);
    expect((await store.read.runs.get(unasked.id))?.state).toBe('planned');
    await store.sql(`update cordon.run set state_since = now() - interval '25 hours'`);
    await sweep(world.deps);
    expect((await store.read.runs.get(unasked.id))?.state).toBe('cancelled');
    expect((await store.read.runs.get(asked.id))?.state).toBe('planned');
  });

  it('a delivery whose triage always fails is put aside after ten minutes, and can be replayed', async () => {
    const { id } = await ingest(world.deps, { transport: 'sqs', transportId: 'poison', body: guardDutyEvent() });
    const broken = {
      ...world.deps,
      lastGood: { ...world.deps.lastGood, playbooks: () => Promise.reject(new TypeError('a bug')) },
    };
    await expect(triage(broken, id)).rejects.toThrow('a bug');
    expect((await store.read.deliveries.get(id))?.state).toBe('received');
    await store.sql(`update cordon.delivery set received_at = now() - interval '11 minutes'`);
    await triage(broken, id);
    expect(await store.read.deliveries.get(id)).toMatchObject({
      state: 'quarantined',
      problem: { code: 'triage_failed' },
    });
  });

  it('a run that is held again and again is on record once', async () => {
    await deliver(world.deps, guardDutyEvent());
    const id = await approvedRun();
    unwrap(await stop(world.deps, RINA, 'something is odd'));
    for (let wake = 0; wake < 3; wake += 1) await remediate(world.deps, id);
    const rows = await store.read.audit.ofSubject(`run:${id}`, 50);
    expect(rows.filter((row) => row.event === 'run.claim-refused')).toHaveLength(1);
  });
});

describe('one target, two incidents', () => {
  it('the second run waits while the first is under way, then finds the target changed', async () => {
    await deliver(world.deps, guardDutyEvent({ instanceId: INSTANCE }));
    const first = await approvedRun();
    await store.sql(
      `update cordon.incident set state = 'resolved', resolution = 'fixed', closed_at = now() - interval '3 days'`,
    );
    await store.sql(
      `update cordon.finding set key = 'moved', document = jsonb_set(document::jsonb, '{key}', '"moved"')::json`,
    );
    world.playbook = testPlaybook();
    await deliver(
      world.deps,
      guardDutyEvent({
        instanceId: INSTANCE,
        updatedAt: new Date(Date.now() + 60_000).toISOString(),
        id: 'c'.repeat(32),
      }),
    );
    const [other] = await store.read.incidents.list({ states: ['open'], limit: 1 });
    if (!other) throw new Error('no second incident');
    const approval = await approvalPending(world.deps, other);
    unwrap(
      await vote(world.deps, BO, {
        approvalId: approval.id,
        planHash: approval.planHash,
        decision: 'approve',
        reason: 'yes',
      }).then((one) =>
        one.ok
          ? one
          : vote(world.deps, ALICE, {
              approvalId: approval.id,
              planHash: approval.planHash,
              decision: 'approve',
              reason: 'yes',
            }),
      ),
    );
    await store.sql(
      `update cordon.run set state = 'executing', fence = 1, lease_until = now() + interval '1 minute', lease_owner = 'another' where id = $1`,
      [first],
    );
    await remediate(world.deps, approval.runId);
    expect((await store.read.runs.get(approval.runId))?.state).toBe('approved');
    expect(world.cloud.writes).toEqual([]);
  });
});

describe('who may do what while things are odd', () => {
  it('stops by the last valid settings while the file is not valid', async () => {
    const invalid = new CordonError('settings_invalid', 'line 3', { hint: 'mend it' });
    const deps = { ...world.deps, settings: { current: () => Promise.reject(invalid) } };
    expect(unwrap(await stop(deps, RINA, 'something is odd')).stopped).toBe(true);
  });

  it('counts everybody at the command line as one voter', async () => {
    unwrap(await stop(world.deps, RINA, 'something is odd'));
    expect(unwrap(await resume(world.deps, { kind: 'cli', id: 'root' })).stopped).toBe(true);
    expect(codeOf(await resume(world.deps, { kind: 'cli', id: 'somebody' }))).toBe('already_voted');
    expect(unwrap(await resume(world.deps, BO)).stopped).toBe(false);
  });

  it('plans nothing in the account that Cordon runs in', async () => {
    world.settings = testSettings((file) => {
      file.aws.securityAccount = '333333333331';
    });
    const own = { ...world.deps, self: { ...world.deps.self, accountId: '333333333331' } };
    await deliver(own, guardDutyEvent());
    expect(await planned(own, await onlyIncident(own))).toMatchObject({
      state: 'refused',
      stateReason: expect.stringContaining('runs in'),
    });
  });

  it('starts nothing in a process whose clock is wrong, and keeps the approval for another', async () => {
    await deliver(world.deps, guardDutyEvent());
    const id = await approvedRun();
    const wrong = { ...store.read, now: async () => new Date(Date.now() + 600_000).toISOString() };
    await remediate({ ...world.deps, store: { ...store, read: wrong } }, id);
    expect((await store.read.runs.get(id))?.state).toBe('approved');
    expect(world.cloud.writes).toEqual([]);
    await remediate(world.deps, id);
    expect((await store.read.runs.get(id))?.state).toBe('verified');
  });
});
