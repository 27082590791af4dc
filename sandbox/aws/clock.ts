/**
 * The organisation's time: the wall clock plus what tests have moved it forward. Sessions expire, messages become visible again and snapshots
 * complete by it; only the date inside a signature is checked against the wall clock, since clients cannot be moved.
 */
export interface Clock {
  now(): number;
  /** Moves time forward and wakes everything that waits for it. Milliseconds. */
  advance(ms: number): void;
  /** Resolves when time has been advanced, after at most `ms` of wall time, or when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that starts at the wall clock. */
export function createClock(): Clock {
  let offset = 0;
  const sleepers = new Set<() => void>();
  return {
    now: () => Date.now() + offset,
    advance(ms) {
      offset += ms;
      for (const wake of [...sleepers]) wake();
    },
    wait(ms, signal) {
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          sleepers.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        sleepers.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
        if (signal?.aborted) wake();
      });
    },
  };
}
