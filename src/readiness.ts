/** What a process asks itself before it says that it can do its work; a check that rejects makes `/readyz` answer 503. */
import { clocksApart } from './domain/clocks.ts';
import type { ChainMemory, Repositories } from './ports.ts';

export type Stage = 'starting' | 'running' | 'stopping';

/** A process's own parts, and no others: a worker does not answer for Slack. */
export interface ReadinessParts {
  readonly store: {
    /** Rejects when the database does not answer, or has too little room left on its disk. */
    check(): Promise<void>;
    readonly read: Pick<Repositories, 'now' | 'epoch'>;
  };
  readonly chainMemory: Pick<ChainMemory, 'compared'>;
  readonly jobs: { counts(): Promise<unknown> };
  readonly stage: () => Stage;
  /** Queues where jobs wait and this process takes none. */
  readonly stuck: () => readonly string[];
  /** Only in a process that talks with Slack. */
  readonly isConnected?: () => boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

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
      const apart = clocksApart(now(), await store.read.now());
      if (apart !== undefined) throw new Error(`this clock and the database's are ${apart} s apart`);
    },
    epoch: async () => {
      const { sign } = await store.read.epoch.get();
      if (sign !== null) throw new Error('the database was restored from a backup: cordon restore-epoch');
      if (parts.chainMemory.compared !== 'done')
        throw new Error('the database could not be compared with its checkpoints yet');
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
