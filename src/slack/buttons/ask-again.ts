import { openPlanWindow } from '../plan-window.ts';
import { type Button, readValue } from './contract.ts';
import { gone } from './gone.ts';

/** After an expiry or a change: the same step is planned afresh on the live state; the old request stays ended. */
export default {
  actionId: 'cordon.ask-again',
  async press(visitor, press) {
    const { id } = readValue(press);
    const { api, store } = visitor.deps;
    const run = await store.read.runs.get(id);
    if (run === undefined) return visitor.refuse(gone('such run'));
    const { kind, incidentId, stepId, findingKey, undoes } = run.request;
    const what = run.plan?.action.title ?? stepId;
    await openPlanWindow(visitor, kind, what, (viewId) =>
      kind === 'rollback' && undoes !== undefined
        ? api.requestRollback(visitor.actor, { runId: undoes, viewId })
        : api.requestPlan(visitor.actor, { incidentId, stepId, findingKey, viewId }),
    );
  },
} satisfies Button as Button;
