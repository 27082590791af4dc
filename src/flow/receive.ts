import { messageOf } from '../domain/errors.ts';
import type { Deps, FindingsQueue } from '../ports.ts';
import { ingest } from './ingest.ts';

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/**
 * Takes messages from the findings queue until the signal comes. Each is stored and only then deleted from the queue; one that cannot be stored stays there and comes
 * again, after five times among the dead letters. A queue that does not answer is asked again, more and more slowly, and that is said once.
 */
export async function receiveForEver(
  deps: Pick<Deps, 'store' | 'log' | 'pause'>,
  queue: FindingsQueue,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await receiveOnce(deps, queue, signal);
      if (failures > 0) deps.log.info({ failures }, 'the findings queue answers again');
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1)
        deps.log.warn({ err: messageOf(error) }, 'the findings queue does not answer; it is asked again');
      await deps.pause(Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1)));
    }
  }
}

/** One receive: up to ten messages, each stored and then deleted. Throws when the queue or the store does not answer. */
export async function receiveOnce(
  deps: Pick<Deps, 'store' | 'log'>,
  queue: FindingsQueue,
  signal: AbortSignal,
): Promise<number> {
  const messages = await queue.receive(signal);
  for (const message of messages) {
    const { id, state } = await ingest(deps, { transport: 'sqs', transportId: message.id, body: message.body });
    await queue.delete(message.handle);
    deps.log.debug(
      { delivery: id, state, receiveCount: message.receiveCount },
      'message stored and deleted from the queue',
    );
  }
  return messages.length;
}
