import { messageOf } from '../domain/errors.ts';
import type { Log, Store } from '../ports.ts';
import type { Jobs } from './jobs.ts';

const BATCH = 100;

export interface RelayOptions {
  /** How often to look without being woken: another process's rows, and rows of before a crash. */
  readonly everyMs?: number;
}

export interface Relay {
  /** Waits for the round under way; rows that are left go with the next process. */
  stop(): Promise<void>;
}

/**
 * Hands the outbox on to the queue: read, add, mark, each on its own. A crash between adding and marking adds again, which is no second job while the first is there,
 * and a job too many otherwise: every stage looks at the records first. While the queue is down it goes on asking at the same pace, so that jobs wait no longer than
 * that once it is back, and says so once.
 */
export function startRelay(
  store: Pick<Store, 'read' | 'onOutbox'>,
  jobs: Pick<Jobs, 'wake'>,
  log: Log,
  options: RelayOptions = {},
): Relay {
  const everyMs = options.everyMs ?? 1_000;
  let stopped = false;
  let failures = 0;
  let awake: () => void = () => undefined;

  const rest = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      awake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const round = async (): Promise<boolean> => {
    try {
      const moved = await relayOnce(store, jobs);
      if (failures > 0) log.info({ failures }, 'the queue takes jobs again');
      failures = 0;
      return moved === BATCH;
    } catch (error) {
      failures += 1;
      if (failures === 1)
        log.warn({ err: messageOf(error) }, 'jobs cannot be handed to the queue; they are kept and tried again');
      return false;
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopped) {
      const more = await round();
      if (!more && !stopped) await rest(everyMs);
    }
  };

  store.onOutbox(() => {
    if (failures === 0) awake();
  });
  const running = loop();
  return {
    async stop() {
      stopped = true;
      awake();
      await running;
    },
  };
}

/** One batch; returns how many rows it moved. */
export async function relayOnce(store: Pick<Store, 'read'>, jobs: Pick<Jobs, 'wake'>): Promise<number> {
  const rows = await store.read.outbox.unsent(BATCH);
  if (rows.length === 0) return 0;
  await jobs.wake(rows.map(({ topic, dedup, subjectId }) => ({ queue: topic, dedup, id: subjectId })));
  await store.read.outbox.markSent(rows.map(({ id }) => id));
  return rows.length;
}
