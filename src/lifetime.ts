/** How a process of Cordon lives and ends: it starts its parts, waits for a reason to end, and stops them in order within a time limit. */
import { messageOf } from './domain/errors.ts';
import type { Log } from './ports.ts';

/** What was started; `stop` stops it all, what takes work in first. */
export interface Running {
  stop(): Promise<void>;
}

/** Longest a clean stop may take; a pod is killed after 30 s. */
const STOP_MILLISECONDS = 25_000;

/**
 * Starts and stays until a signal (exit code 0), or until `giveUp` is called or an error is left unhandled (exit code 1: whoever watches over the process starts
 * it again). Ends the process. Throws what `start` throws.
 */
export async function liveUntilAsked(log: Log, start: (giveUp: () => void) => Promise<Running>): Promise<never> {
  const ending = oneEnding();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.resolve(0));
  process.on('unhandledRejection', (reason) => {
    log.error({ err: messageOf(reason) }, 'an error that nobody handled; stopping');
    ending.resolve(1);
  });
  const running = await start(() => ending.resolve(1));
  const code = await ending.promise;
  log.info({}, 'stopping');
  const late = setTimeout(() => {
    log.error({}, 'the clean stop took too long');
    process.exit(1);
  }, STOP_MILLISECONDS);
  await running.stop();
  clearTimeout(late);
  log.info({}, 'stopped');
  process.exit(code);
}

/** The first exit code that anybody asks for. */
function oneEnding(): { readonly promise: Promise<number>; resolve(code: number): void } {
  let resolve: (code: number) => void = () => undefined;
  const promise = new Promise<number>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
