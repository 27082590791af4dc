import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type DefaultJobOptions,
  type IQueueBackend,
  runMigrations,
  withBackend,
} from 'bullmq';
import type { PgPool } from '../store/pool.ts';
import type { JobData } from './job.ts';
import { openRedis, REDIS_PREFIX } from './redis.ts';
import {
  ATTEMPTS,
  CONCURRENCY,
  LOCK_MS,
  MAX_STALLED,
  type QueueName,
  RETRY_LOOP_MS,
  retryDelay,
  STALLED_CHECK_MS,
} from './settings.ts';

/** Where the queue lives: beside the records (embedded database or PostgreSQL), or in Redis. */
export type QueueConfig =
  | { readonly kind: 'sql'; readonly pool: PgPool }
  | { readonly kind: 'redis'; readonly url: string };

/** One job to be added; the same id twice is one job. */
export interface NewJob {
  readonly jobId: string;
  readonly data: JobData;
}

export interface Counts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** A BullMQ queue, reduced to what is used. */
export interface QueueHandle {
  add(jobs: readonly NewJob[]): Promise<void>;
  /** A job with `data` every so often, whoever asks for it and how often. */
  repeat(name: string, everyMs: number, data: JobData): Promise<void>;
  counts(): Promise<Counts>;
  close(): Promise<void>;
}

/** One failed attempt of a job; `last` when there is no further one. */
export interface Failure {
  readonly attempt: number;
  readonly last: boolean;
  readonly error: Error;
}

/** What a worker tells while it works. */
export interface WorkerEvents {
  readonly failed: (data: unknown, failure: Failure) => void;
  readonly error: (error: Error) => void;
}

/** A BullMQ worker, reduced to what is used. */
export interface WorkerHandle {
  /** Takes no further job and waits for those under way. A job that comes at this very moment may still be taken, and is then waited for. */
  drain(): Promise<void>;
  /** `force` does not wait for jobs under way: their locks lapse and others take them. */
  close(force: boolean): Promise<void>;
}

/** Makes queues and workers on one backend. */
export interface Backend {
  queue(name: QueueName): QueueHandle;
  worker(name: QueueName, work: (data: unknown) => Promise<void>, events: WorkerEvents): WorkerHandle;
  close(): Promise<void>;
}

/** Connects; on SQL it also brings BullMQ's own tables (schema `bullmq`) up to date. Throws CordonError `redis_evicts` or `redis_unreachable`. */
export async function openBackend(config: QueueConfig, onError: (error: Error) => void): Promise<Backend> {
  return config.kind === 'redis' ? redisBackend(config.url, onError) : sqlBackend(config.pool, onError);
}

async function redisBackend(url: string, onError: (error: Error) => void): Promise<Backend> {
  const redis = await openRedis(url, onError);
  const producing = classesOn(createRedisBackend, redis.producers);
  const working = classesOn(createRedisBackend, redis.workers);
  return { queue: (name) => producing.queue(name, onError), worker: working.worker, close: () => redis.close() };
}

async function sqlBackend(pool: PgPool, onError: (error: Error) => void): Promise<Backend> {
  const client = await pool.connect();
  try {
    await runMigrations(client);
  } finally {
    client.release();
  }
  const classes = classesOn(createPostgresBackend, pool);
  return { queue: (name) => classes.queue(name, onError), worker: classes.worker, close: async () => undefined };
}

/** Jobs that have ended leave nothing behind: what happened stands in the records, and a kept job would block its id. */
const JOB_OPTIONS: DefaultJobOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 0,
};

function classesOn<B extends IQueueBackend, C>(factory: BackendFactory<B, C>, connection: C) {
  const { Queue, Worker } = withBackend(factory);
  return {
    queue(name: QueueName, onError: (error: Error) => void): QueueHandle {
      const queue = new Queue<JobData>(name, { connection, prefix: REDIS_PREFIX, defaultJobOptions: JOB_OPTIONS });
      queue.on('error', onError);
      return {
        async add(jobs) {
          await queue.addBulk(jobs.map(({ jobId, data }) => ({ name, data, opts: { jobId } })));
        },
        async repeat(id, every, data) {
          await queue.upsertJobScheduler(
            id,
            { every },
            { name, data, opts: { attempts: 1, removeOnComplete: true, removeOnFail: true } },
          );
        },
        async counts() {
          const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
          const of = (state: string): number => counts[state] ?? 0;
          return {
            waiting: of('waiting') + of('prioritized'),
            active: of('active'),
            delayed: of('delayed'),
            failed: of('failed'),
          };
        },
        close: () => queue.close(),
      };
    },
    worker(name: QueueName, work: (data: unknown) => Promise<void>, events: WorkerEvents): WorkerHandle {
      const worker = new Worker<unknown>(name, (job) => work(job.data), {
        connection,
        prefix: REDIS_PREFIX,
        concurrency: CONCURRENCY[name],
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: MAX_STALLED,
        runRetryDelay: RETRY_LOOP_MS,
        settings: { backoffStrategy: (attemptsMade) => retryDelay(attemptsMade) },
      });
      worker.on('error', events.error);
      worker.on('failed', (job, error) => {
        const attempt = job?.attemptsMade ?? 0;
        events.failed(job?.data, { attempt, last: attempt >= (job?.opts.attempts ?? 1) || job === undefined, error });
      });
      return { drain: () => worker.pause(), close: (force) => worker.close(force) };
    },
  };
}
