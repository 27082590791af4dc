import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { type Backend, type Counts, openBackend, type QueueConfig, type QueueHandle } from './backend.ts';
import { jobIdOf } from './job.ts';
import { oncePerMessage } from './log-once.ts';
import { QUEUES, type QueueName, SWEEP_EVERY_MS } from './settings.ts';

/** What is to be woken: a subject of a queue, under a key that makes a repetition no second job. */
export interface Wake {
  readonly queue: QueueName;
  readonly dedup: string;
  readonly id: string;
}

/** The queues of this process. The queue only wakes: everything in it can be made again from the records. */
export interface Jobs {
  /** Never inside a transaction: on the embedded database it would wait for itself. */
  wake(wakes: readonly Wake[]): Promise<void>;
  /**
   * Wakes the sweeper now and from then on every few seconds, once for all processes. The clock itself lives in the queue, which may be emptied: until it is
   * stopped, this process looks whether it still runs, and winds it up again. A clock that is gone means that all jobs are: then `emptied` is called too.
   */
  startSweeping(emptied?: () => Promise<void>): Promise<{ stop(): Promise<void> }>;
  counts(): Promise<Readonly<Record<QueueName, Counts>>>;
  readonly backend: Backend;
  close(): Promise<void>;
}

/** Opens all queues. Throws CordonError `redis_evicts` or `redis_unreachable`. */
export async function openJobs(config: QueueConfig, log: Log): Promise<Jobs> {
  const backend = await openBackend(
    config,
    oncePerMessage((err) => log.warn({ err }, 'the queue has an error')),
  );
  const queues = new Map<QueueName, QueueHandle>(QUEUES.map((name) => [name, backend.queue(name)]));
  const queue = (name: QueueName): QueueHandle => {
    const found = queues.get(name);
    if (!found) throw new Error(`there is no queue ${name}`);
    return found;
  };
  return {
    backend,
    async wake(wakes) {
      for (const name of QUEUES) {
        const jobs = wakes
          .filter((wake) => wake.queue === name)
          .map(({ dedup, id }) => ({ jobId: jobIdOf(dedup), data: { id } }));
        if (jobs.length > 0) await queue(name).add(jobs);
      }
    },
    async startSweeping(emptied = async () => undefined) {
      await queue('sweep').add([{ jobId: `sweep.start.v${Date.now()}`, data: { id: 'sweep' } }]);
      await queue('sweep').repeat('sweep', SWEEP_EVERY_MS, { id: 'sweep' });
      return windUp(queue('sweep'), emptied, log);
    },
    async counts() {
      const [triage, notify, propose, remediate, sweep] = await Promise.all([
        queue('triage').counts(),
        queue('notify').counts(),
        queue('propose').counts(),
        queue('remediate').counts(),
        queue('sweep').counts(),
      ]);
      return { triage, notify, propose, remediate, sweep };
    },
    async close() {
      await Promise.all([...queues.values()].map((one) => one.close()));
      await backend.close();
    },
  };
}

/** A running clock always has its next job in the queue; one whose next job is gone would never strike again. */
function windUp(queue: QueueHandle, emptied: () => Promise<void>, log: Log): { stop(): Promise<void> } {
  const look = async (): Promise<void> => {
    const { waiting, active, delayed } = await queue.counts();
    if (waiting + active + delayed > 0) return;
    log.warn({}, 'the queue has lost its clock; it is set again, and everything that is open is woken');
    // First what was lost: if that fails, the clock is still missing and the next look tries both again.
    await emptied();
    await queue.repeat('sweep', SWEEP_EVERY_MS, { id: 'sweep' });
  };
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = look().catch((error: unknown) => {
      log.debug({ err: messageOf(error) }, 'the clock could not be looked at');
    });
  }, SWEEP_EVERY_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
