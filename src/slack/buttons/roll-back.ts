import { openPlanWindow } from '../plan-window.ts';
import { type Button, readValue } from './contract.ts';
import { gone } from './gone.ts';

/** The undo of a run is planned and shown like any step, and goes the same way. */
export default {
  actionId: 'cordon.roll-back',
  async press(visitor, press) {
    const { id } = readValue(press);
    const { api, store } = visitor.deps;
    const run = await store.read.runs.get(id);
    if (run?.plan == null) return visitor.refuse(gone('such run'));
    await openPlanWindow(visitor, 'rollback', run.plan.action.title, (viewId) =>
      api.requestRollback(visitor.actor, { runId: run.id, viewId }),
    );
  },
} satisfies Button as Button;
