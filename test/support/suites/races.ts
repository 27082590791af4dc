import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Run } from '../../../src/domain/run.ts';
import { vote } from '../../../src/flow/approve.ts';
import { claim } from '../../../src/flow/claim.ts';
import { sweep } from '../../../src/flow/sweep.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { copiedRun } from '../copied-run.ts';
import { approvalPending, deliver, onlyIncident } from '../flow-steps.ts';
import { ALICE, BO, flowWorld, guardDutyEvent, type World } from '../flow-world.ts';
import { present } from '../rows.ts';

/** Races under way at the same moment. */
const AT_ONCE = 10;
/** Of the refused ones, so many are claimed afterwards. */
const CLAIMED = 50;
const ENDINGS = ['approval.granted', 'approval.denied', 'approval.expired'];
const Row = z.object({ id: z.string(), state: z.string(), run: z.string(), events: z.string(), votes: z.string() });

/** What the records say became of one request. */
interface Ending {
  readonly state: string;
  readonly run: string;
  readonly events: string;
  readonly votes: string;
}

/** Every ending that is one outcome; anything else is two, or half of one. */
const ONE_OUTCOME: readonly Ending[] = [
  { state: 'approved', run: 'approved', events: 'approval.granted', votes: 'approve' },
  { state: 'denied', run: 'cancelled', events: 'approval.denied', votes: 'deny' },
  { state: 'expired', run: 'cancelled', events: 'approval.expired', votes: '' },
  // Granted in its last moment and not started in time.
  { state: 'expired', run: 'cancelled', events: 'approval.granted approval.expired', votes: 'approve' },
];

/** Alice approves, Bo denies and the time runs out at the same moment, so many times. `open` gives an empty store. */
export function racesSuite(open: () => Promise<OpenStore> | OpenStore, races: number): void {
  it(`${races} races of approve, deny and expiry: one outcome each`, { timeout: 180_000 }, async () => {
    const store = await open();
    const world = flowWorld(store);
    await deliver(world.deps, guardDutyEvent());
    const pattern = await approvalPending(world.deps, await onlyIncident(world.deps));
    const run = present(await store.read.runs.get(pattern.runId));
    const began = performance.now();
    const approvals: Approval[] = [];
    let over = false;
    const sweeping = (async () => {
      while (!over) {
        await sweep(world.deps);
        await new Promise((done) => setTimeout(done, 200));
      }
    })();
    for (let at = 0; at < races; at += AT_ONCE)
      approvals.push(
        ...(await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => race(world, pattern, run, at + index)))),
      );
    over = true;
    await sweeping;
    await sweep(world.deps);
    const endings = await endingsOf(store, approvals);
    const wrong = endings.filter((one) => !ONE_OUTCOME.some((known) => sameEnding(known, one)));
    expect(wrong).toEqual([]);
    const count = (state: string) => endings.filter((one) => one.state === state).length;
    const counts = { approved: count('approved'), denied: count('denied'), expired: count('expired') };
    process.stdout.write(
      `${races} races: ${counts.approved} approved, ${counts.denied} denied, ${counts.expired} expired, one outcome each, ` +
        `in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
    );
    expect(counts.approved + counts.denied + counts.expired).toBe(races);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
    const refused = approvals.filter((_, at) => endings[at]?.state !== 'approved').slice(0, CLAIMED);
    for (const { runId } of refused) expect((await claim(world.deps, runId)).claim).toBe('over');
    expect(world.cloud.writes).toEqual([]);
  });
}

/** One request, decided by two people and the clock. Of four, two have all the time they need, and two end at about the moment of the votes. */
async function race(world: World, pattern: Approval, like: Run, index: number): Promise<Approval> {
  const ttlSeconds = index % 4 < 2 ? 600 : 0.002 + (index % 13) * 0.01;
  const approval = await copiedRun(world.deps.store, pattern, like, ttlSeconds);
  const input = { approvalId: approval.id, planHash: approval.planHash, reason: 'looked at it' };
  const votes = [
    () => vote(world.deps, ALICE, { ...input, decision: 'approve' }),
    () => vote(world.deps, BO, { ...input, decision: 'deny' }),
  ];
  const answers = await Promise.all((index % 2 === 0 ? votes : votes.reverse()).map((one) => one()));
  expect(answers.filter((answer) => answer.ok).length).toBeLessThanOrEqual(1);
  return approval;
}

async function endingsOf(store: OpenStore, approvals: readonly Approval[]): Promise<readonly Ending[]> {
  const text = `SELECT a.id, a.state, r.state AS run,
    coalesce((SELECT string_agg(e.event, ' ' ORDER BY e.seq) FROM cordon.audit e WHERE e.subject = 'approval:' || a.id AND e.event = ANY ($1)), '') AS events,
    coalesce((SELECT string_agg(v.decision, ' ' ORDER BY v.at) FROM cordon.vote v WHERE v.approval_id = a.id), '') AS votes
    FROM cordon.approval a JOIN cordon.run r ON r.id = a.run_id`;
  const rows = z.array(Row).parse((await store.pool.query(text, [ENDINGS])).rows);
  const byId = new Map(rows.map(({ id, ...ending }) => [id, ending]));
  return approvals.map(({ id }) => present(byId.get(id)));
}

function sameEnding(one: Ending, other: Ending): boolean {
  return (['state', 'run', 'events', 'votes'] as const).every((field) => one[field] === other[field]);
}
