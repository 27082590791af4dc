import type { Action, PlanContext } from '../../../src/actions/action.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { isRefusal, type Plan, type PlanDraft, type Refusal } from '../../../src/domain/plan.ts';

/** The plan that the flow would make of an action's draft. Throws, with the reason, when the action refused. */
export function framed(action: Action, context: PlanContext, params: JsonObject, draft: PlanDraft | Refusal): Plan {
  if (isRefusal(draft)) throw new Error(`${action.id} refused (${draft.refused}): ${draft.why}`);
  return {
    ...draft,
    schema: 'cordon/plan/v1',
    kind: 'forward',
    action: { id: action.id, version: action.version, title: action.title },
    risk: action.risk,
    twoPeople: false,
    params,
    accountId: context.accountId,
    region: context.region,
    partition: context.partition,
    incidentId: context.incidentId,
    runId: context.runId,
    playbook: { id: 'test.contract', version: '1', hash: '0'.repeat(64), stepId: 'step' },
  };
}

/** The refusal, or an error that says there was none. */
export function refusalOf(outcome: PlanDraft | Refusal): Refusal {
  if (isRefusal(outcome)) return outcome;
  throw new Error('the action planned although it should have refused');
}
