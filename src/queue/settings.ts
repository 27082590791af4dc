import { TOPICS } from '../ports.ts';

/** The queues: one a topic, and the clock. Names hold no colon (BullMQ's own separator). */
export const QUEUES = [...TOPICS, 'sweep'] as const;
export type QueueName = (typeof QUEUES)[number];

/**
 * A worker that dies or is paused gives its job back after lock plus one check: 5 to 7 seconds instead of BullMQ's minute. That its job then runs twice is known;
 * the fence in the database, not the queue, makes the effect happen once.
 */
export const LOCK_MS = 5_000;
export const STALLED_CHECK_MS = 2_000;
/** A job may be lost by two workers before it is given up here; the sweeper then wakes the row under a new id. */
export const MAX_STALLED = 2;

/** How many jobs of a queue one process works on at a time. */
export const CONCURRENCY: Readonly<Record<QueueName, number>> = {
  triage: 4,
  notify: 4,
  propose: 4,
  remediate: 4,
  sweep: 1,
};

/** 1 + 2 + 4 + 8 + 15 seconds and more: longer than the lease of a run that another worker holds. */
export const ATTEMPTS = 6;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** Milliseconds before the next attempt: doubled each time up to a limit, the later half of it by chance so that what failed together does not come back together. */
export function retryDelay(attemptsMade: number, chance: () => number = Math.random): number {
  const whole = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, attemptsMade - 1));
  return Math.round(whole / 2 + (chance() * whole) / 2);
}

/** How long a connection to Redis waits before it tries again. BullMQ's own grows to 20 seconds, which then is how long work rests after Redis is back. */
export function reconnectDelay(times: number): number {
  return Math.min(100 * times, 1_000);
}

/** How long a worker rests after the queue itself has failed; BullMQ's own is 15 seconds. */
export const RETRY_LOOP_MS = 1_000;

/** How often the sweeper is woken: a run whose lease is over waits at most so long. */
export const SWEEP_EVERY_MS = 2_000;
