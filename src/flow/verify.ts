import type { StepOutputs } from '../actions/action.ts';
import { AwsCallError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Deps } from '../ports.ts';
import { ask, askUntil, waitFor } from './probe.ts';

/** Reads AWS again through a read session: every probe of the plan must hold. A read that fails means "not verified", never "fine". */
export async function verify(
  deps: Deps,
  plan: Plan,
  outputs: StepOutputs,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
  try {
    const reader = await deps.sessions.read(plan.accountId, plan.region);
    for (const probe of plan.verify) {
      const answer = await askUntil(() => ask(reader, probe, outputs), waitFor(probe, deps));
      if (!answer.holds) return { ok: false, why: `reading again does not show it: ${probe.title}` };
    }
    return { ok: true };
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    return { ok: false, why: `it could not be read again: ${error.message}` };
  }
}
