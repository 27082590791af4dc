import { beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from '../../../src/domain/incident.ts';
import { vote } from '../../../src/flow/approve.ts';
import { claim } from '../../../src/flow/claim.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { approvalPending, deliver, planned, unwrap } from '../../support/flow-steps.ts';
import { BO, flowWorld, guardDutyEvent, tagAction, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const ACCOUNTS = ['333333333331', '333333333332', '333333333333', '333333333334', '333333333335'];
let store: TestStore;
let world: World;
let made = 0;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(1));
  limits({});
});

/** Five accounts with one owner, and these limits. */
function limits(change: object): void {
  world.settings = testSettings((file) => {
    const [first] = file.accounts;
    if (!first) throw new Error('no account');
    file.accounts = ACCOUNTS.map((id, index) => ({ ...first, id, alias: `account-${index}` }));
    file.limits = { shareOfAccountsPerHour: { percent: 100 }, ...change };
  });
}

/** A run of an incident of its own, approved and not yet started. */
async function approvedIn(accountId: string): Promise<string> {
  made += 1;
  const id = String(made).padStart(32, '0');
  const known = new Set((await incidents()).map((one) => one.id));
  await deliver(world.deps, guardDutyEvent({ accountId, instanceId: `i-${String(made).padStart(17, '0')}`, id }));
  const incident = (await incidents()).find((one) => !known.has(one.id));
  if (!incident) throw new Error('no new incident');
  const approval = await approvalPending(world.deps, incident);
  unwrap(
    await vote(world.deps, BO, {
      approvalId: approval.id,
      planHash: approval.planHash,
      decision: 'approve',
      reason: 'yes',
    }),
  );
  return approval.runId;
}

function incidents(): Promise<readonly Incident[]> {
  return store.read.incidents.list({ limit: 200 });
}

async function stateOf(id: string): Promise<{ state: string | undefined; why: string | null | undefined }> {
  const run = await store.read.runs.get(id);
  return { state: run?.state, why: run?.stateReason };
}

describe('the caps on runs', () => {
  it('holds the run after the last that an account may start in an hour, says until when, and lets it go then', async () => {
    limits({ runsPerAccountPerHour: 2 });
    const [first, second, third] = [
      await approvedIn('333333333331'),
      await approvedIn('333333333331'),
      await approvedIn('333333333331'),
    ];
    for (const id of [first, second, third]) await remediate(world.deps, id);
    expect((await stateOf(second)).state).toBe('verified');
    const held = await stateOf(third);
    expect(held.state).toBe('approved');
    expect(held.why).toMatch(
      /^It waits: 2 runs started in account-0 \(333333333331\) within the last hour, and 2 is the limit \(limits\.runsPerAccountPerHour\); the next may start at \d\d:\d\d UTC\.$/,
    );
    await store.sql(`update cordon.run set started_at = started_at - interval '61 minutes' where id = $1`, [first]);
    await remediate(world.deps, third);
    expect(await stateOf(third)).toEqual({ state: 'verified', why: null });
  });

  it('counts all accounts together', async () => {
    limits({ runsPerHour: 2 });
    const runs = [await approvedIn('333333333331'), await approvedIn('333333333332'), await approvedIn('333333333333')];
    for (const id of runs) await remediate(world.deps, id);
    expect((await stateOf(runs[2] ?? '')).why).toContain('2 runs started in all within the last hour');
  });

  it('lets one action touch a share of the accounts only, and an account it has touched again', async () => {
    limits({ shareOfAccountsPerHour: { percent: 40, atLeast: 1 } });
    const runs = [
      await approvedIn('333333333331'),
      await approvedIn('333333333332'),
      await approvedIn('333333333333'),
      await approvedIn('333333333332'),
    ];
    for (const id of runs) await remediate(world.deps, id);
    const states = await Promise.all(runs.map(stateOf));
    expect(states.map((one) => one.state)).toEqual(['verified', 'verified', 'approved', 'verified']);
    expect(states[2]?.why).toContain(
      'ec2.tag-instance ran in 2 accounts within the last hour, and 2 of 5 is the limit',
    );
  });

  it('is not exceeded by claims at the same moment', async () => {
    limits({ runsPerHour: 4 });
    const runs: string[] = [];
    for (let run = 0; run < 10; run += 1) runs.push(await approvedIn(ACCOUNTS[run % 5] ?? ''));
    const claims = await Promise.all(runs.map((id) => claim(world.deps, id)));
    expect(claims.filter((one) => one.claim === 'mine')).toHaveLength(4);
    expect(claims.filter((one) => one.claim === 'held')).toHaveLength(6);
  });
});

describe('the list of what is protected', () => {
  const protect = () => {
    world.settings = testSettings((file) => {
      file.protected = ['arn:aws:ec2:*:333333333331:instance/i-*'];
    });
  };

  it('refuses the plan and says which entry it was', async () => {
    protect();
    await deliver(world.deps, guardDutyEvent({}));
    const [incident] = await incidents();
    if (!incident) throw new Error('no incident');
    const run = await planned(world.deps, incident);
    expect(run.state).toBe('refused');
    expect(run.stateReason).toContain('is protected by the entry “arn:aws:ec2:*:333333333331:instance/i-*”');
  });

  it('holds from the moment it is written: an approved run is not started', async () => {
    const id = await approvedIn('333333333331');
    protect();
    await remediate(world.deps, id);
    expect(await stateOf(id)).toMatchObject({ state: 'stale' });
    expect((await stateOf(id)).why).toContain('is protected by the entry');
  });
});
