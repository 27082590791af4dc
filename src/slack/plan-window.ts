import type { Run } from '../domain/run.ts';
import type { Outcome } from './flow-api.ts';
import { loadPlan } from './load.ts';
import { refusedModal, viewReference } from './modals/frame.ts';
import { planModal, planSkeleton } from './modals/plan.ts';
import type { Visitor } from './visitor.ts';

/**
 * Opens the plan's window within the life of the trigger, then asks for the plan. The window is filled here when the answer is there at once,
 * otherwise by the outbox when the planner has finished; the view's hash lets only one of the two win.
 */
export async function openPlanWindow(
  visitor: Visitor,
  kind: 'forward' | 'rollback',
  what: string,
  ask: (viewId: string) => Promise<Outcome<Run>>,
): Promise<void> {
  const view = await visitor.open(planSkeleton(kind, what));
  const outcome = await ask(viewReference(view));
  if (!outcome.ok) {
    await visitor.show(view, refusedModal('Refused', outcome.refusal, visitor.reference));
    return;
  }
  if (outcome.value.state === 'planning') return;
  const plan = await loadPlan(visitor.deps, outcome.value.id);
  const next = plan === undefined ? undefined : planModal(plan);
  if (next !== undefined) await visitor.show(view, next);
}
