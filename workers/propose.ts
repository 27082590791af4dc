import { propose } from '../src/flow/propose.ts';
import type { Deps } from '../src/ports.ts';

/** Makes the plan that somebody asked for: slow reads of the live state, no change. */
export function proposeHandler(deps: Deps): (runId: string) => Promise<void> {
  return (runId) => propose(deps, runId);
}
