import { remediate } from '../src/flow/remediate.ts';
import type { Deps } from '../src/ports.ts';

/** Claims an approved run, or takes over one whose worker is gone, and brings it to its end. A run that another worker holds is left alone. */
export function remediateHandler(deps: Deps): (runId: string) => Promise<void> {
  return (runId) => remediate(deps, runId);
}
