import { receiveForEver } from '../src/flow/receive.ts';
import type { Deps, FindingsQueue } from '../src/ports.ts';

/** Stores what arrives in the findings queue until the signal comes; stored first, deleted from there only then. */
export function runIngest(deps: Deps, queue: FindingsQueue, signal: AbortSignal): Promise<void> {
  return receiveForEver(deps, queue, signal);
}
