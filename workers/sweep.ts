import { sweep } from '../src/flow/sweep.ts';
import type { Deps } from '../src/ports.ts';

/** Ends what has run out and wakes whatever is due and forgotten. The id says nothing: there is one sweep for all. */
export function sweepHandler(deps: Deps): (id: string) => Promise<void> {
  return () => sweep(deps);
}
