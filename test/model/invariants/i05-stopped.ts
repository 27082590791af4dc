import type { Send, WorldRecord } from '../world/record.ts';
import type { Invariant } from './invariant.ts';

/** How long after a stop a call may still go out. */
const EFFECTIVE_MS = 2_000;

export default {
  id: 'I5',
  promise: 'no mutating call more than two seconds after a stop, and none after a read that failed',
  check(record) {
    return record.sends.flatMap((send) => [
      ...(stoppedFor(record, send) > EFFECTIVE_MS
        ? [`${send.runId} sent ${send.call.operation} ${stoppedFor(record, send)} ms after the stop`]
        : []),
      ...(afterFailedRead(record, send) ? [`${send.runId} sent ${send.call.operation} after a read that failed`] : []),
    ]);
  },
} satisfies Invariant as Invariant;

/** Milliseconds for which Cordon was stopped when the call was signed; a stopped process may have signed it before. */
function stoppedFor(record: WorldRecord, send: Send): number {
  const turn = record.entries.findLast(({ entity, seq }) => entity === 'switch' && seq <= send.seen);
  const bySwitch = turn?.is === 'true' ? send.signedAt - turn.at : 0;
  return Math.max(0, bySwitch);
}

function afterFailedRead(record: WorldRecord, send: Send): boolean {
  const last = record.reads.findLast(
    (read) => read.process === send.process && read.accountId === send.accountId && read.order < send.order,
  );
  return last?.failed != null;
}
