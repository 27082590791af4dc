import { stepKey } from '../cards/incident.ts';
import { openPlanWindow } from '../plan-window.ts';
import { type Button, readValue } from './contract.ts';
import { gone } from './gone.ts';

/** A step was chosen: its plan is made and shown; nothing is run by this. */
export default {
  actionId: 'cordon.run-step',
  async press(visitor, press) {
    const { id, rest } = readValue(press);
    const { api, store } = visitor.deps;
    const incident = await store.read.incidents.get(id);
    if (incident === undefined) return visitor.refuse(gone('such incident'));
    const step = (await api.stepsOf(incident)).find((one) => one.action !== null && stepKey(one) === rest);
    if (step === undefined) return visitor.refuse(gone('such step in the playbook of this incident'));
    if (!step.runnable) {
      return visitor.refuse({
        code: 'not_runnable',
        message: `“${step.title}” cannot be run now: ${step.whyNot ?? 'no reason is known'}.`,
        hint: `See \`/cordon show ${incident.id}\`.`,
      });
    }
    const { stepId, findingKey } = step;
    await openPlanWindow(visitor, 'forward', step.title, (viewId) =>
      api.requestPlan(visitor.actor, { incidentId: incident.id, stepId, findingKey, viewId }),
    );
  },
} satisfies Button as Button;
