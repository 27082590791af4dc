import type { Deps } from '../ports.ts';

/** The queue has lost every job (Redis was emptied, or began anew): all that is open in the records is woken at once, instead of bit by bit by the sweeper. */
export async function rebuildQueue(deps: Pick<Deps, 'store' | 'log'>): Promise<void> {
  const woken = await deps.store.tx(async (tx) => tx.outbox.wakeAll(`rebuild-${Date.parse(await tx.now())}`));
  deps.log.warn({ woken }, 'the queue was built anew from the records');
}
