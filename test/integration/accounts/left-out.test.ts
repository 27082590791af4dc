import { afterAll, beforeEach, expect, test } from 'vitest';
import { withAccounts } from '../../../src/domain/merge-accounts.ts';
import { vote } from '../../../src/flow/approve.ts';
import { propose, requestPlan } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { stepsOf } from '../../../src/flow/steps.ts';
import { approvalPending, codeOf, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { BO, flowWorld, guardDutyEvent, RINA, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  await deliver(world.deps, guardDutyEvent());
});
afterAll(() => store.close());

/** AWS suspends the account, as the next reading of the organization finds. */
function suspend(): void {
  const {
    accounts: listed,
    organization,
    ...rest
  } = testSettings((file) => {
    file.organization = { discover: true };
  });
  const file = {
    ...rest,
    organization,
    accounts: listed.map(({ regions, ...account }) => ({
      ...account,
      owners: [...account.owners],
      regions: [...regions],
    })),
  };
  const [account] = listed;
  if (!account) throw new Error('no account is listed');
  const units = [{ id: 'r-acme', name: 'Root' }];
  const suspended = { id: account.id, name: 'x', state: 'SUSPENDED' as const, units, tags: {} };
  world.settings = withAccounts(file, { managementId: '111111111111', accounts: [suspended] });
}

test('no step of its incidents runs; what was asked for before is refused by the account’s name, with the reason', async () => {
  const incident = await onlyIncident(world.deps);
  const step = (await stepsOf(world.deps, incident)).find((one) => one.runnable);
  if (!step) throw new Error('no step runs');
  const { stepId, findingKey } = step;
  const run = unwrap(
    await requestPlan(world.deps, RINA, { incidentId: incident.id, stepId, findingKey, viewId: null }),
  );
  suspend();
  await propose(world.deps, run.id);
  expect(await store.read.runs.get(run.id)).toMatchObject({
    state: 'refused',
    stateReason: expect.stringMatching(/prod-payments \(333333333331\) is suspended by AWS; Cordon does not enter it/),
  });
  expect((await stepsOf(world.deps, incident)).some((one) => one.runnable)).toBe(false);
});

test('what was waiting for approval can be approved by nobody, and what was approved does not start', async () => {
  const incident = await onlyIncident(world.deps);
  const waiting = await approvalPending(world.deps, incident);
  const input = { planHash: waiting.planHash, decision: 'approve', reason: 'yes' } as const;
  const settings = world.settings;
  suspend();
  expect(codeOf(await vote(world.deps, BO, { ...input, approvalId: waiting.id }))).toBe('forbidden');
  world.settings = settings;
  unwrap(await vote(world.deps, BO, { ...input, approvalId: waiting.id }));
  suspend();
  await remediate(world.deps, waiting.runId);
  expect(await store.read.runs.get(waiting.runId)).toMatchObject({ state: 'stale' });
  expect(world.cloud.writes).toEqual([]);
});
