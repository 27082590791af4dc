import { messageOf } from '../domain/errors.ts';
import type { Deps, MessageRow } from '../ports.ts';
import { writeBack } from './write-back.ts';

const FIRST_RETRY_SECONDS = 10;
const LONGEST_RETRY_SECONDS = 600;

/** Brings one wanted state to where it belongs: a message to Slack, a status to the finding's product. Called again until it is there. */
export async function notify(deps: Deps, key: string): Promise<void> {
  const row = await deps.store.read.messages.get(key);
  if (!row || row.deliveredRev >= row.desiredRev) return;
  if (row.kind === 'writeback') await deliverWriteBack(deps, row);
  else await deps.notifier.deliver(key);
}

async function deliverWriteBack(deps: Deps, row: MessageRow): Promise<void> {
  if (row.notBefore !== null && row.notBefore > (await deps.store.read.now())) return;
  try {
    await writeBack(deps, row);
    await deps.store.tx((tx) => tx.messages.delivered(row.key, { rev: row.desiredRev, hash: '', channel: '', ts: '' }));
    deps.meter.count('writeBacks', { outcome: 'done' });
  } catch (error) {
    const delay = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** row.attempts);
    deps.meter.count('writeBacks', { outcome: 'failed' });
    deps.log.warn(
      { key: row.key, err: messageOf(error), delay },
      'the finding could not be updated; it is tried again',
    );
    await deps.store.tx((tx) => tx.messages.deferred(row.key, messageOf(error), delay));
  }
}
