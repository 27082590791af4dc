import type { Meter } from '../ports.ts';
import { isDenied, isThrottled, toAwsCallError } from './errors.ts';

/** One call, counted by how it ended. Throws AwsCallError. */
export async function counted<T>(
  meter: Meter | undefined,
  call: { readonly service: string; readonly operation: string },
  send: () => Promise<T>,
): Promise<T> {
  const { service } = call;
  try {
    const answer = await send();
    meter?.count('awsCalls', { service, outcome: 'ok' });
    return answer;
  } catch (error) {
    const failure = toAwsCallError(error, call);
    const outcome = isThrottled(failure) ? 'throttled' : isDenied(failure) ? 'denied' : 'error';
    meter?.count('awsCalls', { service, outcome });
    throw failure;
  }
}
