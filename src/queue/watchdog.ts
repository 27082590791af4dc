import type { Counts } from './backend.ts';

/** Nothing is done although work waits: after so long the worker counts as stuck. */
export const STUCK_AFTER_MS = 30_000;

export interface Watchdog {
  /** A job was begun or ended. */
  progress(): void;
  /** Looks at the queue's counts. 0: all is well. 1: stuck for too long, make the worker anew (the time starts again). 2 and more: the new one is stuck too. */
  look(counts: Pick<Counts, 'waiting' | 'active'>): number;
  /** True from the first time that it was found stuck until something moves again. */
  isStuck(): boolean;
  /** Nothing was begun or ended for so long, be it for want of jobs: such a worker may share the fate of one that is stuck. */
  quiet(): boolean;
}

/**
 * A worker can lose its connection in a way that it does not notice itself (seen in several versions of BullMQ after an outage): it says it runs, and takes nothing.
 * So it is judged by what it does.
 */
export function createWatchdog(
  stuckAfterMs: number = STUCK_AFTER_MS,
  now: () => number = () => performance.now(),
): Watchdog {
  let lastMove = now();
  let lastProgress = now();
  let strikes = 0;
  return {
    progress() {
      lastMove = now();
      lastProgress = lastMove;
      strikes = 0;
    },
    look({ waiting, active }) {
      if (waiting === 0 || active > 0) {
        lastMove = now();
        strikes = 0;
      }
      if (now() - lastMove < stuckAfterMs) return 0;
      lastMove = now();
      strikes += 1;
      return strikes;
    },
    isStuck: () => strikes > 0,
    quiet: () => now() - lastProgress >= stuckAfterMs,
  };
}
