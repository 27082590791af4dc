/** Every process says that it is there, so that the others, and people, see which is not. */
import { messageOf } from './domain/errors.ts';
import type { Log, ProcessRow, Repositories } from './ports.ts';

const BEAT_MILLISECONDS = 10_000;

export interface HeartbeatParts {
  readonly store: { readonly read: Pick<Repositories, 'processes'> };
  readonly me: Pick<ProcessRow, 'id' | 'kind' | 'work'>;
  /** The state at this moment. */
  readonly slack: () => ProcessRow['slack'];
  /** What this process looks after at each beat, beside saying that it is there. */
  readonly look?: () => Promise<unknown>;
  readonly log: Log;
  readonly everyMilliseconds?: number;
}

/** Beats at once and from then on; a beat that fails is missed by others, which is what it is for. `stop` says goodbye. */
export async function startHeartbeat(parts: HeartbeatParts): Promise<{ stop(): Promise<void> }> {
  const { store, me, slack, log } = parts;
  const beat = (): Promise<void> =>
    store.read.processes
      .beat({ ...me, slack: slack() })
      .then(() => parts.look?.())
      .then(
        () => undefined,
        (error: unknown) => log.debug({ err: messageOf(error) }, 'this process could not say that it is there'),
      );
  let beating = beat();
  await beating;
  const timer = setInterval(() => {
    beating = beating.then(beat);
  }, parts.everyMilliseconds ?? BEAT_MILLISECONDS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await beating;
      await store.read.processes.leave(me.id).catch((error: unknown) => {
        log.debug({ err: messageOf(error) }, 'this process could not say goodbye');
      });
    },
  };
}
