import { AwsCallError, CordonError, messageOf } from './domain/errors.ts';
import type { Troubles } from './ports.ts';

/** Remembers in this process what is failing and why, so that what fails every few seconds is told when it begins, when its reason changes and when it is over. */
export function openTroubles(): Troubles {
  const known = new Map<string, string>();
  return {
    found(what, error) {
      const why = reasonOf(error);
      const isNews = known.get(what) !== why;
      known.set(what, why);
      return isNews;
    },
    over: (what) => known.delete(what),
  };
}

/** A code where there is one: texts may carry the number of a request, which is another each time. */
function reasonOf(error: unknown): string {
  if (error instanceof AwsCallError) return error.awsCode;
  if (error instanceof CordonError) return error.code;
  if (error instanceof Error && 'code' in error) return String(error.code);
  return messageOf(error);
}
