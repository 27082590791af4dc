import { CordonError, messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import type { Failure, WorkerHandle } from './backend.ts';
import type { Handlers } from './handlers.ts';
import { JobData } from './job.ts';
import type { Jobs } from './jobs.ts';
import { oncePerMessage } from './log-once.ts';
import type { QueueName } from './settings.ts';
import { createTurns } from './turns.ts';
import { createWatchdog, STUCK_AFTER_MS, type Watchdog } from './watchdog.ts';

export interface WorkersOptions {
  readonly stuckAfterMs?: number;
  readonly lookEveryMs?: number;
  /** A worker was made anew and is stuck again: the process should end and be started afresh. */
  readonly onWedged?: (queue: QueueName) => void;
}

export interface Workers {
  /** Queues where jobs wait and this process takes none. */
  stuck(): readonly QueueName[];
  /** Takes no more jobs, waits for those under way, then leaves the rest to others. */
  close(graceMs?: number): Promise<void>;
}

/** A Kubernetes pod is killed 30 seconds after it was told to stop. */
const GRACE_MS = 20_000;

interface Line {
  readonly name: QueueName;
  readonly watchdog: Watchdog;
  worker: WorkerHandle;
}

/** Starts a worker for each of `queues`. Jobs of one subject in one queue are done one after the other in this process. */
export function startWorkers(
  jobs: Pick<Jobs, 'backend' | 'counts'>,
  queues: readonly QueueName[],
  handlers: Handlers,
  log: Log,
  options: WorkersOptions = {},
): Workers {
  let busy = 0;
  const make = (name: QueueName, watchdog: Watchdog): WorkerHandle => {
    const turns = createTurns();
    const work = async (data: unknown): Promise<void> => {
      watchdog.progress();
      busy += 1;
      try {
        await run(name, data, (id) => turns(id, () => handlers[name](id)));
      } finally {
        busy -= 1;
        watchdog.progress();
      }
    };
    return jobs.backend.worker(name, work, {
      failed: (data, failure) => reportFailure(log, name, data, failure),
      error: oncePerMessage((err) => log.warn({ queue: name, err }, 'the worker has an error')),
    });
  };
  const lines = queues.map((name): Line => {
    const watchdog = createWatchdog(options.stuckAfterMs ?? STUCK_AFTER_MS);
    return { name, watchdog, worker: make(name, watchdog) };
  });
  const watch = startWatch(jobs, lines, make, log, options);
  return {
    stuck: () => lines.filter(({ watchdog }) => watchdog.isStuck()).map(({ name }) => name),
    async close(graceMs = GRACE_MS) {
      await watch.stop();
      const allDone = await within(graceMs, Promise.all(lines.map(({ worker }) => worker.drain())));
      if (!allDone) log.warn({ jobs: busy }, 'jobs under way did not end in time; they are left to another worker');
      await Promise.all(lines.map(({ worker }) => worker.close(!allDone)));
    },
  };
}

/** The queue keeps a failed job's error text, and error texts may quote what must not be kept: only the code goes in, the text goes to the log. */
async function run(name: QueueName, data: unknown, handle: (id: string) => Promise<void>): Promise<void> {
  const job = JobData.safeParse(data);
  if (!job.success) throw new JobFailure('job_not_ours', new Error(`a job of ${name} holds something else than an id`));
  try {
    await handle(job.data.id);
  } catch (error) {
    throw new JobFailure(error instanceof CordonError ? error.code : 'handler_failed', error);
  }
}

class JobFailure extends Error {
  /** Not enumerable and not part of the message, so that the queue does not store it. */
  readonly #why: unknown;

  constructor(code: string, why: unknown) {
    super(code);
    this.name = 'JobFailure';
    this.#why = why;
  }

  why(): unknown {
    return this.#why;
  }
}

function reportFailure(log: Log, queue: QueueName, data: unknown, { attempt, last, error }: Failure): void {
  const job = JobData.safeParse(data);
  const why = error instanceof JobFailure ? error.why() : error;
  const fields = {
    queue,
    subject: job.success ? job.data.id : undefined,
    attempt,
    code: why instanceof CordonError ? why.code : undefined,
    hint: why instanceof CordonError ? why.hint : undefined,
    err: messageOf(why),
  };
  if (last) log.error(fields, 'a job has failed for good; the sweeper wakes its subject again while it is due');
  else log.warn(fields, 'a job failed and is tried again');
}

function startWatch(
  jobs: Pick<Jobs, 'counts'>,
  lines: readonly Line[],
  make: (name: QueueName, watchdog: Watchdog) => WorkerHandle,
  log: Log,
  options: WorkersOptions,
): { stop(): Promise<void> } {
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const counts = await jobs.counts();
    const seen = lines.map((line) => ({
      line,
      counts: counts[line.name],
      strikes: line.watchdog.look(counts[line.name]),
    }));
    const stuck = seen.some(({ strikes }) => strikes > 0);
    for (const { line, counts: own, strikes } of seen) {
      // What cut one worker off has most likely cut off the idle ones too; they would only notice one after the other, each after the whole time.
      if (strikes > 0 || (stuck && own.active === 0 && line.watchdog.quiet())) rebuild(line, strikes, make, log);
      if (strikes > 1) options.onWedged?.(line.name);
    }
  };
  const timer = setInterval(() => {
    looking = look().catch((error: unknown) => {
      log.debug({ err: messageOf(error) }, 'the queue could not be looked at');
    });
  }, options.lookEveryMs ?? 5_000);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

function rebuild(
  line: Line,
  strikes: number,
  make: (name: QueueName, watchdog: Watchdog) => WorkerHandle,
  log: Log,
): void {
  log.error({ queue: line.name, strikes }, 'jobs wait and none is taken: the worker is made anew');
  line.worker.close(true).catch((error: unknown) => {
    log.debug({ queue: line.name, err: messageOf(error) }, 'the stuck worker did not close');
  });
  line.worker = make(line.name, line.watchdog);
}

/** True when `work` ended in time; it goes on otherwise. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
