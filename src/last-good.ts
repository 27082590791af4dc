import { CordonError, messageOf } from './domain/errors.ts';
import type { Log } from './ports.ts';

/**
 * The newest valid value of a source that may for a while hold none, because somebody is editing its file. For triage and nothing else: findings go on to be stored and
 * shown by the last valid set, while whatever decides on changes asks the source itself and is refused. Throws only when there never was a valid value.
 */
export function lastGood<T>(source: { current(): Promise<T> }, what: string, log: Log): () => Promise<T> {
  let good: { readonly value: T } | undefined;
  let warned: string | undefined;
  return async () => {
    try {
      good = { value: await source.current() };
      warned = undefined;
    } catch (error) {
      if (!good || !(error instanceof CordonError)) throw error;
      if (warned !== error.message)
        log.error(
          { code: error.code, err: messageOf(error), hint: error.hint },
          `${what} is not valid; findings go on by the last valid one`,
        );
      warned = error.message;
    }
    return good.value;
  };
}
