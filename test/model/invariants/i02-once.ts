import { canonicalJson } from '../../../src/domain/json.ts';
import type { Send, WorldRecord } from '../world/record.ts';
import { type Invariant, isClaim, planOf, stateAt } from './invariant.ts';

export default {
  id: 'I2',
  promise:
    'an approval is claimed at most once; no step changes state twice; nothing is sent again without reading back, nor by who has lost the run',
  check(record) {
    return [...claimsTwice(record), ...changesTwice(record), ...blindResends(record), ...withoutFence(record)];
  },
} satisfies Invariant as Invariant;

function claimsTwice(record: WorldRecord): readonly string[] {
  const claims = record.entries.filter(isClaim).map(({ id }) => id);
  const consumed = record.entries
    .filter(({ entity, is }) => entity === 'approval' && is === 'consumed')
    .map(({ id }) => id);
  return [...twice(claims), ...twice(consumed)].map((id) => `${id} was claimed twice`);
}

function twice(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

/** Calls of one step, in the order in which they arrived. */
function byStep(record: WorldRecord): readonly (readonly Send[])[] {
  const groups = new Map<string, Send[]>();
  for (const send of record.sends) {
    const key = `${send.runId} ${canonicalJson(send.call)}`;
    groups.set(key, [...(groups.get(key) ?? []), send]);
  }
  return [...groups.values()].filter((sends) => sends.length > 1);
}

/** Twice is once too often unless somebody else put the target back in between. A call that a stopped process had signed already is the known residue. */
function changesTwice(record: WorldRecord): readonly string[] {
  return byStep(record).flatMap((sends) => {
    const changed = sends.filter((send) => send.changed);
    return changed.slice(1).flatMap((send, index) => {
      const before = changed[index];
      if (before === undefined || send.late || wasChangedBetween(record, send, before)) return [];
      return [`${send.runId} changed ${send.target} twice by ${send.call.operation}`];
    });
  });
}

function wasChangedBetween(record: WorldRecord, send: Send, before: Send): boolean {
  const isBetween = (order: number): boolean => order > before.order && order < send.order;
  return (
    record.changes.some((one) => one.target === send.target && isBetween(one.order)) ||
    record.sends.some(
      (one) => one.changed && one.target === send.target && one.runId !== send.runId && isBetween(one.order),
    )
  );
}

/** Between two calls of one step the second sender has read what the step names as the sign that it was applied. */
function blindResends(record: WorldRecord): readonly string[] {
  return byStep(record).flatMap((sends) =>
    sends.slice(1).flatMap((send, index) => {
      const before = sends[index];
      if (before === undefined || send.late) return [];
      const plan = planOf(record, send.runId);
      const applied = plan?.steps.find(({ call }) => call.operation === send.call.operation)?.applied.read.operation;
      const hasRead = record.reads.some(
        (read) =>
          read.process === send.process &&
          read.failed === null &&
          read.call.operation === applied &&
          read.order > before.order &&
          read.order < send.order,
      );
      return hasRead ? [] : [`${send.runId} sent ${send.call.operation} again without reading back`];
    }),
  );
}

/** Who signs a call holds the run by its fence at that moment. */
function withoutFence(record: WorldRecord): readonly string[] {
  return record.sends.flatMap((send) => {
    const run = stateAt(record, 'run', send.runId, send.seen);
    const owner = run?.detail['owner'];
    const holds = owner === send.process && (run?.is === 'executing' || run?.is === 'verifying');
    return holds
      ? []
      : [
          `${send.process} sent ${send.call.operation} for ${send.runId}, which ${String(owner)} held (${run?.is ?? 'no state'})`,
        ];
  });
}
