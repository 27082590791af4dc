import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vote } from '../../../src/flow/approve.ts';
import type { Deps } from '../../../src/ports.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { approvalPending, deliver } from '../../support/flow-steps.ts';
import { ALICE, BO, flowWorld, guardDutyEvent } from '../../support/flow-world.ts';
import { present, QUIET } from '../../support/rows.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';

const PAIRS = 200;

describe('two bot processes on one database', () => {
  let server: TestServer | undefined;
  let stores: readonly OpenStore[] = [];
  let bots: readonly Deps[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    const { url } = server;
    stores = await Promise.all([1, 2].map(() => openStore({ kind: 'postgres', url }, QUIET)));
    bots = stores.map((store) => flowWorld(store).deps);
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server?.stop();
  });

  it(`an approval here and a denial there of the same plan, ${PAIRS} times: one of them counts, and the records agree`, async () => {
    const [here, there] = [present(bots[0]), present(bots[1])];
    const counts = { granted: 0, denied: 0 };
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const approval = await pending(here, pair);
      const input = { approvalId: approval.id, planHash: approval.planHash, reason: 'looked at it' };
      // Each is first as often as the other.
      const votes = [
        () => vote(here, ALICE, { ...input, decision: 'approve' }),
        () => vote(there, BO, { ...input, decision: 'deny' }),
      ];
      const outcomes = await Promise.all((pair % 2 === 0 ? votes : votes.toReversed()).map((send) => send()));
      const won = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value.outcome] : []));
      const lost = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal.code]));
      expect([won.length, lost]).toEqual([1, ['already_decided']]);
      await expectOneOutcome(there, approval.id, approval.runId, present(won[0]));
      counts[won[0] === 'granted' ? 'granted' : 'denied'] += 1;
    }
    expect(counts.granted + counts.denied).toBe(PAIRS);
    expect(Math.min(counts.granted, counts.denied)).toBeGreaterThan(0);
  });
});

/** A request of its own incident: another instance each time. */
async function pending(deps: Deps, number: number) {
  const instanceId = `i-${number.toString(16).padStart(17, '0')}`;
  await deliver(deps, guardDutyEvent({ id: number.toString(16).padStart(32, '0'), instanceId }));
  const [incident] = await deps.store.read.incidents.list({ limit: 1 });
  return approvalPending(deps, present(incident));
}

async function expectOneOutcome(deps: Deps, approvalId: string, runId: string, outcome: string): Promise<void> {
  const { read } = deps.store;
  const granted = outcome === 'granted';
  expect((await read.approvals.get(approvalId))?.state).toBe(granted ? 'approved' : 'denied');
  expect((await read.runs.get(runId))?.state).toBe(granted ? 'approved' : 'cancelled');
  expect(await read.votes.ofApproval(approvalId)).toHaveLength(1);
  const events = (await read.audit.ofSubject(`approval:${approvalId}`, 100)).map((row) => row.event);
  expect(events.filter((event) => event === 'approval.granted' || event === 'approval.denied')).toEqual([
    granted ? 'approval.granted' : 'approval.denied',
  ]);
  expect(events.filter((event) => event === 'approval.refused')).toHaveLength(1);
}
