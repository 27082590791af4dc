import { AsyncLocalStorage } from 'node:async_hooks';
import { CordonError } from '../domain/errors.ts';

/**
 * Marks the code that runs inside a transaction. The embedded database has one session: a query beside the transaction, made from within it, would wait for ever for
 * the transaction that waits for it. It is refused at once instead, on both databases, so that a test on either finds it.
 */
const current = new AsyncLocalStorage<{ open: boolean }>();

/** Runs `work` marked as inside a transaction; what it leaves running is not inside any more once it has returned. */
export async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  const mark = { open: true };
  try {
    return await current.run(mark, work);
  } finally {
    mark.open = false;
  }
}

/** Throws CordonError `inside_transaction` when the caller runs inside a transaction. */
export function assertOutsideTransaction(what: string): void {
  if (current.getStore()?.open !== true) return;
  throw new CordonError('inside_transaction', `${what} was used inside a transaction.`, {
    hint: 'Use the repositories that the transaction hands in, and do everything else after it.',
  });
}
