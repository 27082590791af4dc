/** What a process asks itself before it says that it can do its work; a check that rejects makes `/readyz` answer 503. */
import type { Repositories } from './ports.ts';

export type Stage = 'starting' | 'running' | 'stopping';

/** A process's own parts, and no others: a worker does not answer for Slack. */
export interface ReadinessParts {
  readonly store: {
    /** Rejects when the database does not answer, or has too little room left on its disk. */
    check(): Promise<void>;
    readonly read: Pick<Repositories, 'now'>;
  };
  readonly jobs: { counts(): Promise<unknown> };
  readonly stage: () => Stage;
  /** Queues where jobs wait and this process takes none. */
  readonly stuck: () => readonly string[];
  /** Only in a process that talks with Slack. */
  readonly isConnected?: () => boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Expiry goes by the database's clock, signatures to AWS by this machine's: further apart, one of them fails. */
const CLOCKS_APART_MS = 60_000;

/** By name; the reasons go to the log alone. */
export function readinessChecks(parts: ReadinessParts): Readonly<Record<string, () => Promise<void>>> {
  const { store, jobs, isConnected } = parts;
  const now = parts.now ?? Date.now;
  return {
    process: async () => {
      if (parts.stage() !== 'running') throw new Error(`it is ${parts.stage()}`);
    },
    store: () => store.check(),
    clock: async () => {
      const apart = Math.abs(Date.parse(await store.read.now()) - now());
      if (apart > CLOCKS_APART_MS)
        throw new Error(`this clock and the database's are ${Math.round(apart / 1000)} s apart`);
    },
    queue: async () => void (await jobs.counts()),
    workers: async () => {
      if (parts.stuck().length > 0) throw new Error(`jobs wait and none is taken: ${parts.stuck().join(', ')}`);
    },
    ...(isConnected && {
      slack: async () => {
        if (!isConnected()) throw new Error('no connection to Slack');
      },
    }),
  };
}
