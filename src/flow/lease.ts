import { messageOf } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import type { Deps } from '../ports.ts';

/**
 * Keeps the lease of a run alive while `work` goes on. A lease that is lost is not fought for: every write of the work checks the fence itself.
 */
export async function withLease<T>(deps: Deps, run: Run, work: () => Promise<T>): Promise<T> {
  const every = Math.max(500, (deps.timing.leaseSeconds * 1000) / 3);
  const timer = setInterval(() => {
    deps.store.read.runs.renew(run.id, run.fence, deps.timing.leaseSeconds).catch((error: unknown) => {
      deps.log.warn({ runId: run.id, err: messageOf(error) }, 'the lease could not be extended');
    });
  }, every);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
