import { expect, it } from 'vitest';
import { isRefusal, planHash } from '../../../src/domain/plan.ts';
import { vote } from '../../../src/flow/approve.ts';
import { makePlan } from '../../../src/flow/make-plan.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { approvalPending, deliver, onlyIncident } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, guardDutyEvent, tagAction } from '../../support/flow-world.ts';
import { memoryStore } from '../../support/memory-store.ts';

/** An action whose plan holds the moment it is given, as one that revokes sessions does. */
function timed(): ReturnType<typeof tagAction> {
  const action = tagAction(1);
  return {
    ...action,
    async plan(context, params) {
      const draft = await action.plan(context, params);
      return isRefusal(draft) ? draft : { ...draft, summary: `before ${context.plannedAt}` };
    },
  };
}

it('gives an action the moment the run was asked for, the same at every planning, so that the plan does not go stale by itself', async () => {
  const store = await memoryStore();
  const { deps } = flowWorld(store, timed());
  await deliver(deps, guardDutyEvent({ instanceId: 'i-0123456789abcdef0' }));
  const { id: approvalId, planHash: approvedHash, runId } = await approvalPending(deps, await onlyIncident(deps));
  const run = await store.read.runs.get(runId);
  if (!run?.plan) throw new Error('there is no plan');
  const moment = run.plan.summary.replace('before ', '');
  expect(moment).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(moment)).toBe(new Date(run.createdAt).getTime());

  const again = await makePlan(deps, run);
  expect(isRefusal(again) ? again : planHash(again)).toBe(approvedHash);

  await vote(deps, ALICE, { approvalId, planHash: approvedHash, decision: 'approve', reason: 'yes' });
  await remediate(deps, runId);
  expect((await store.read.runs.get(runId))?.state).toBe('verified');
});
