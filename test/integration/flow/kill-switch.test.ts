import { beforeAll, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Run } from '../../../src/domain/run.ts';
import { vote } from '../../../src/flow/approve.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import type { AwsSessions, Deps } from '../../../src/ports.ts';
import { copiedRun } from '../../support/copied-run.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import {
  ALICE,
  BO,
  flowWorld,
  guardDutyEvent,
  RINA,
  tagAction,
  testSettings,
  type World,
} from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { present } from '../../support/rows.ts';

const RUNS = 200;
const STEPS = 2;

/** The ways to stop, and what takes each back. */
const WAYS = [
  'Slack',
  'the command line',
  'the STOP file',
  'a row that cannot be read',
  'a file that cannot be looked for',
] as const;
type Way = (typeof WAYS)[number];

let store: TestStore;
let world: World;
let pattern: Approval;
let like: Run;
let fileUnreadable = false;

beforeAll(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(STEPS));
  world.settings = testSettings((file) => {
    file.limits = { runsPerAccountPerHour: 1_000, runsPerHour: 1_000, shareOfAccountsPerHour: { percent: 100 } };
  });
  await deliver(world.deps, guardDutyEvent());
  pattern = await approvalPending(world.deps, await onlyIncident(world.deps));
  like = present(await store.read.runs.get(pattern.runId));
}, 60_000);

/** An approved run that nobody has claimed. */
async function approved(): Promise<string> {
  const { id, planHash, runId } = await copiedRun(store, pattern, like);
  unwrap(await vote(world.deps, BO, { approvalId: id, planHash, decision: 'approve', reason: 'yes' }));
  return runId;
}

async function engage(way: Way): Promise<void> {
  switch (way) {
    case 'Slack':
      return void unwrap(await stop(world.deps, RINA, 'a test'));
    case 'the command line':
      return void unwrap(await stop(world.deps, { kind: 'cli', id: 'root' }, 'a test'));
    case 'the STOP file':
      world.stopFile = true;
      return;
    case 'a row that cannot be read':
      return store.sql('ALTER TABLE cordon.kill_switch RENAME TO kill_switch_gone');
    case 'a file that cannot be looked for':
      fileUnreadable = true;
      return;
  }
}

async function release(way: Way): Promise<void> {
  world.stopFile = false;
  fileUnreadable = false;
  if (way === 'a row that cannot be read') await store.sql('ALTER TABLE cordon.kill_switch_gone RENAME TO kill_switch');
  for (const person of [ALICE, BO]) unwrap(await resume(world.deps, person));
}

/** The flow with a hand on every call to AWS: `before` is told of each before it goes out. */
function watched(before: (what: 'read' | 'act' | 'write') => Promise<void>): Deps {
  const { cloud } = world;
  const sessions: AwsSessions = {
    async read(accountId, region) {
      const reader = await cloud.read(accountId, region);
      return {
        ...reader,
        async send(call) {
          await before('read');
          return reader.send(call);
        },
      };
    },
    async act(request) {
      await before('act');
      const writer = await cloud.act(request);
      return {
        ...writer,
        async send(call) {
          await before('write');
          return writer.send(call);
        },
      };
    },
  };
  return {
    ...world.deps,
    sessions,
    stopRequested: async () => {
      if (fileUnreadable) throw new Error('EACCES');
      return world.stopFile;
    },
  };
}

/** Ends as a worker's job does: an error is the queue's, which asks again. */
async function work(deps: Deps, runId: string): Promise<void> {
  await remediate(deps, runId).catch(() => undefined);
}

/** A run with the switch thrown at its n-th call to AWS; what was written before and after. Zero: before the run is claimed. */
async function trial(way: Way, at: number) {
  world.cloud.tags.clear();
  const [first, second] = [await approved(), await approved()];
  const writes = () => world.cloud.writes.length;
  const before = writes();
  let calls = 0;
  let stoppedAt = at === 0 ? before : undefined;
  if (at === 0) await engage(way);
  await work(
    watched(async () => {
      calls += 1;
      if (calls !== at) return;
      stoppedAt = writes();
      await engage(way);
    }),
    first,
  );
  const after = stoppedAt === undefined ? 0 : writes() - stoppedAt;
  // The run again, as the sweeper would, and one that nobody has begun.
  const atRest = writes();
  for (const run of [first, second])
    await work(
      watched(async () => {}),
      run,
    );
  const late = writes() - atRest;
  if (stoppedAt !== undefined) await release(way);
  const claimed = (await store.read.runs.get(second))?.fence !== 0;
  await store.sql(
    `update cordon.run set state = 'cancelled', lease_until = null, lease_owner = null where state in ('approved', 'executing', 'verifying')`,
  );
  return { thrown: stoppedAt !== undefined, after, late, claimed };
}

it(`${RUNS} runs stopped at any point, in ${WAYS.length} ways: at most the call that was going out, and nothing is claimed`, {
  timeout: 240_000,
}, async () => {
  const found = { thrown: 0, 'no call after it': 0, 'one call after it': 0, more: 0, late: 0, claimed: 0 };
  for (let run = 0; run < RUNS; run += 1) {
    // A run of two steps makes eleven calls or a few more; each way meets each point.
    const { thrown, after, late, claimed } = await trial(
      WAYS[run % WAYS.length] ?? 'Slack',
      Math.floor(run / WAYS.length) % 11,
    );
    if (!thrown) continue;
    found.thrown += 1;
    found[after === 0 ? 'no call after it' : after === 1 ? 'one call after it' : 'more'] += 1;
    found.late += late;
    found.claimed += claimed ? 1 : 0;
  }
  process.stdout.write(`${RUNS} runs: ${JSON.stringify(found)}\n`);
  expect(found).toMatchObject({ more: 0, late: 0, claimed: 0 });
  expect(found['no call after it']).toBeGreaterThan(RUNS / 4);
  expect(found['one call after it']).toBeGreaterThan(0);
});
