import { triage } from '../src/flow/triage.ts';
import type { Deps } from '../src/ports.ts';

/** Reads one stored delivery: normalised, deduplicated, matched to a playbook, folded into an incident. */
export function triageHandler(deps: Deps): (deliveryId: string) => Promise<void> {
  return (deliveryId) => triage(deps, deliveryId);
}
