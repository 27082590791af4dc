import { type Polling, pollForEver } from '../src/flow/poll.ts';
import { receiveForEver } from '../src/flow/receive.ts';
import type { Deps, FindingsQueue } from '../src/ports.ts';

/** Stores what arrives in the findings queue (stored first, deleted from there only then) and what the products tell when they are asked, until the signal comes. */
export async function runIngest(
  deps: Deps,
  { queue, polling }: { readonly queue: FindingsQueue; readonly polling: Polling },
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([receiveForEver(deps, queue, signal), pollForEver(deps, polling, signal)]);
}
