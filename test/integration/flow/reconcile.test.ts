import { beforeEach, describe, expect, it } from 'vitest';
import { accessKeyId, LEAKED_KEY_USER } from '../../../sandbox/aws/seed/names.ts';
import { HOME_REGION } from '../../../sandbox/world.ts';
import { openTrail } from '../../../src/aws/trail.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { TrailEvent } from '../../../src/domain/trail.ts';
import { vote } from '../../../src/flow/approve.ts';
import { reconcile } from '../../../src/flow/reconcile.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { inSandbox } from '../../support/contract/sandbox.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, guardDutyEvent, tagAction, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { caller } from '../cli/caller.ts';

const TARGET = LEAKED_KEY_USER;
const HOST = { kind: 'cli', id: 'root' } as const;
const ACCOUNT = '333333333331';

let store: TestStore;
let world: World;
/** What CloudTrail shows, by Region. */
let shown: Map<string, TrailEvent[] | Error>;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(2));
  shown = new Map();
  world.deps.trail.writes = async function* ({ accountId, region }) {
    const events = accountId === ACCOUNT ? (shown.get(region) ?? []) : [];
    if (events instanceof Error) throw events;
    for (const event of events) yield [event];
  };
});

async function pending(): Promise<Approval> {
  await deliver(world.deps, guardDutyEvent());
  return approvalPending(world.deps, await onlyIncident(world.deps));
}

async function verifiedRun(): Promise<string> {
  const { id, runId, planHash } = await pending();
  unwrap(await vote(world.deps, ALICE, { approvalId: id, planHash, decision: 'approve', reason: 'checked' }));
  await remediate(world.deps, runId);
  expect((await store.read.runs.get(runId))?.state).toBe('verified');
  return runId;
}

function event(over: Partial<TrailEvent>): TrailEvent {
  return {
    id: 'event-1',
    at: new Date().toISOString(),
    service: 'ec2',
    name: 'SetTag',
    accountId: ACCOUNT,
    region: HOME_REGION,
    requestId: 'req-1',
    failed: false,
    sourceIdentity: 'RUN-UNKNOWN0',
    role: 'cordon-remediate',
    sessionName: 'INC-2026-0001',
    ...over,
  };
}

/** As the fake cloud answered. */
const eventsOf = (runId: string) => [
  event({ id: 'event-1', requestId: 'req-1', sourceIdentity: runId }),
  event({ id: 'event-2', requestId: 'req-2', sourceIdentity: runId }),
];

const ask = (sinceSeconds = 3_600) => reconcile(world.deps, HOST, { sinceSeconds });
const rowsOf = async (subject: string) => (await store.read.audit.ofSubject(subject, 50)).map((row) => row.event);

describe('reconcile', () => {
  it('finds that all agrees', async () => {
    const runId = await verifiedRun();
    shown.set(HOME_REGION, eventsOf(runId));
    expect(await ask()).toMatchObject({ orphans: [], missing: [], notYet: [], unknown: [], read: 2 });
    expect((await ask()).agreed).toHaveLength(2);
    const said = await caller(world.deps)('reconcile');
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('Everything agrees.') });
  });

  it('leaves a run to people when AWS shows what its journal does not explain; told and put on record once', async () => {
    const runId = await verifiedRun();
    shown.set(HOME_REGION, [
      ...eventsOf(runId),
      event({ id: 'event-3', requestId: 'req-3', sourceIdentity: runId, name: 'DeleteTag' }),
    ]);
    const first = await ask();
    expect(first.orphans.map(({ id }) => id)).toEqual(['event-3']);
    expect(first.news).toHaveLength(1);
    expect(await store.read.runs.get(runId)).toMatchObject({
      state: 'needs-human',
      stateReason: expect.stringContaining('ec2:DeleteTag'),
    });
    const again = await ask();
    expect([again.orphans.length, again.news.length]).toEqual([1, 0]);
    const events = await rowsOf(`run:${runId}`);
    expect(events.filter((name) => name === 'run.orphan-found')).toHaveLength(1);
    expect(events.filter((name) => name === 'run.needs-human')).toHaveLength(1);
    const { rows } = await store.pool.query(`select data from cordon.message where kind = 'notice'`);
    expect(rows).toEqual([{ data: expect.objectContaining({ template: 'orphans', count: 1 }) }]);
  });

  it('tells of a run that is not on record at all', async () => {
    shown.set('us-east-1', [event({ region: 'us-east-1' })]);
    const said = await caller(world.deps)('reconcile', '--since', '2h');
    expect(said.code).toBe(1);
    expect(said.out).toContain('RUN-UNKNOWN0');
    expect(await rowsOf('run:RUN-UNKNOWN0')).toEqual(['run.orphan-found']);
  });

  it('ends the open request of a run that has acted already', async () => {
    const request = await pending();
    shown.set(HOME_REGION, [event({ sourceIdentity: request.runId })]);
    await ask();
    expect(await store.read.approvals.get(request.id)).toMatchObject({ state: 'stale' });
    expect(await store.read.runs.get(request.runId)).toMatchObject({ state: 'needs-human' });
    const late = {
      approvalId: request.id,
      planHash: request.planHash,
      decision: 'approve',
      reason: 'checked',
    } as const;
    expect(await vote(world.deps, ALICE, late)).toMatchObject({ refusal: { code: 'already_decided' } });
  });

  it('says "not yet" for a quarter of an hour, and after it that AWS does not show a step', async () => {
    const runId = await verifiedRun();
    expect((await ask()).notYet).toHaveLength(2);
    expect((await caller(world.deps)('reconcile')).code).toBe(0);
    await store.sql(
      `update cordon.journal set intent_at = intent_at - interval '16 minutes', done_at = done_at - interval '16 minutes' where run_id = $1`,
      [runId],
    );
    expect(await ask()).toMatchObject({ notYet: [], missing: [{ runId, stepId: 'step-0' }, { runId }] });
    expect((await ask(600)).missing).toEqual([]);
    expect((await caller(world.deps)('reconcile')).code).toBe(1);
  });

  it('knows nothing of a place that it could not read: neither agreed nor missing', async () => {
    const runId = await verifiedRun();
    await store.sql(`update cordon.journal set done_at = done_at - interval '1 hour' where run_id = $1`, [runId]);
    shown.set(HOME_REGION, new AwsCallError('AccessDenied', 'not allowed', { hint: 'deploy the role' }));
    expect(await ask()).toMatchObject({
      missing: [],
      notYet: [],
      agreed: [],
      unknown: [{ accountId: ACCOUNT, region: HOME_REGION, hint: 'deploy the role' }],
    });
    const said = await caller(world.deps)('reconcile', '--json');
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ unknown: [{ accountId: ACCOUNT }] });
  });

  it('knows nothing of an account that is not entered any more', async () => {
    await verifiedRun();
    world.settings = { ...world.settings, accounts: [] };
    expect((await ask()).unknown).toMatchObject([{ accountId: ACCOUNT, why: expect.stringContaining('any more') }]);
  });

  it.each(['yesterday', '0h', '91d'])('does not take --since %s', async (since) => {
    expect((await caller(world.deps)('reconcile', '--since', since)).code).toBe(2);
  });
});

describe('CloudTrail as the read role sees it', () => {
  const trailOf = (sessions: Parameters<typeof openTrail>[0]['sessions']) =>
    openTrail({ sessions, buckets: rateBuckets({ kind: 'memory' }), pause: async () => undefined });

  it('is read with who did what', () =>
    inSandbox(async (sandbox) => {
      const { account: accountId, userName } = TARGET;
      const region = 'us-east-1';
      const writer = await sandbox.sessions.act({
        accountId,
        region,
        incidentId: 'INC-2026-0007',
        runId: 'RUN-SEEN2222',
        approvers: ['U0ALICE'],
        statements: [{ actions: ['iam:UpdateAccessKey'], resources: ['*'] }],
      });
      const input = { UserName: userName, AccessKeyId: accessKeyId(accountId, userName), Status: 'Inactive' };
      const { requestId } = await writer.send({ service: 'iam', operation: 'UpdateAccessKey', input });
      const now = Date.now();
      const window = { from: new Date(now - 600_000).toISOString(), to: new Date(now + 600_000).toISOString() };
      const events: TrailEvent[] = [];
      for await (const page of trailOf(sandbox.sessions).writes({ accountId, region, ...window })) events.push(...page);
      expect(events).toEqual([
        {
          id: expect.any(String),
          at: expect.any(String),
          service: 'iam',
          name: 'UpdateAccessKey',
          accountId,
          region,
          requestId,
          failed: false,
          sourceIdentity: 'RUN-SEEN2222',
          role: 'cordon-remediate',
          sessionName: 'INC-2026-0007',
        },
      ]);
    }));

  it('cannot be read by a role that lacks the permission', () =>
    inSandbox(async (sandbox) => {
      await sandbox.fault({ kind: 'deny', service: 'cloudtrail', operation: 'LookupEvents', times: 5 });
      const { writes } = trailOf(sandbox.sessions);
      const window = { from: '2026-01-01T00:00:00.000Z', to: new Date().toISOString() };
      const reading = async () => {
        for await (const _ of writes({ accountId: TARGET.account, region: HOME_REGION, ...window }));
      };
      await expect(reading()).rejects.toMatchObject({ awsCode: 'AccessDenied' });
    }));
});
