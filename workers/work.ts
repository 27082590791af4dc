import { rebuildQueue } from '../src/flow/rebuild-queue.ts';
import { watchAccounts } from '../src/flow/watch-accounts.ts';
import type { Log } from '../src/ports.ts';
import { startRelay } from '../src/queue/relay.ts';
import { QUEUES } from '../src/queue/settings.ts';
import { startWorkers } from '../src/queue/workers.ts';
import type { Wired } from '../src/wire.ts';
import { makeHandlers } from './handlers.ts';
import { runIngest } from './ingest.ts';

/** Everything a process can be asked to work on: the findings queue, and each queue of jobs. */
export const WORKERS = ['ingest', ...QUEUES] as const;
export type WorkerName = (typeof WORKERS)[number];

/** Workers that have been started. */
export interface Work {
  /** Queues where jobs wait and this process takes none. */
  stuck(): readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts the named workers. A relay runs in every process, also in one without a worker: what a process writes to the outbox it hands on itself, at once;
 * what others could not hand on, it finds within a second. `wedged` is called when a worker is stuck for good.
 */
export async function startWork(
  { deps, jobs, intake }: Pick<Wired, 'deps' | 'jobs' | 'intake'>,
  names: readonly WorkerName[],
  log: Log,
  wedged: () => void,
): Promise<Work> {
  const queues = QUEUES.filter((queue) => names.includes(queue));
  const workers = startWorkers(jobs, queues, makeHandlers(deps), log, { onWedged: wedged });
  const relay = startRelay(deps.store, jobs, log);
  const clock = names.includes('sweep') ? await jobs.startSweeping(() => rebuildQueue(deps)) : undefined;
  const over = new AbortController();
  const watching = names.includes('sweep') ? watchAccounts(deps, over.signal) : undefined;
  const receiving = names.includes('ingest') ? runIngest(deps, intake, over.signal) : undefined;
  return {
    stuck: workers.stuck,
    async stop() {
      over.abort();
      await receiving;
      await watching;
      await clock?.stop();
      await relay.stop();
      await workers.close();
    },
  };
}
