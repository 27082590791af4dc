import type { Entry, WorldRecord } from '../world/record.ts';
import type { Invariant } from './invariant.ts';

/** Which audit events say that a row came to a state. A state that is not here needs some row about the thing. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  'run planning': ['plan.requested'],
  'run planned': ['plan.made'],
  'run refused': ['plan.refused'],
  'run approved': ['approval.granted'],
  'run executing': ['run.claimed'],
  'run verifying': ['run.verifying'],
  'run verified': ['run.verified'],
  'run unverified': ['run.unverified'],
  'run failed': ['run.failed'],
  'run needs-human': ['run.needs-human'],
  'run stale': ['run.stale'],
  'run cancelled': ['plan.cancelled'],
  'approval pending': ['approval.requested'],
  'approval approved': ['approval.granted'],
  'approval denied': ['approval.denied'],
  'approval expired': ['approval.expired'],
  'approval stale': ['approval.stale'],
  'approval consumed': ['run.claimed'],
  'vote approve': ['approval.voted'],
  'vote deny': ['approval.voted'],
  'journal intent': ['run.step-intent'],
  'journal done': ['run.step-done'],
  'journal failed': ['run.step-failed'],
  'delivery received': ['delivery.received', 'delivery.replayed'],
  'delivery processed': ['delivery.processed'],
  'delivery quarantined': ['delivery.quarantined'],
  'switch true': ['switch.stopped'],
  'switch false': ['switch.resumed'],
  'incident open': ['incident.opened', 'incident.reopened', 'incident.updated'],
  'incident acknowledged': ['incident.acknowledged', 'incident.reopened', 'incident.updated'],
  'incident resolved': ['incident.resolved', 'incident.opened', 'incident.updated'],
};
/** Of these each row stands for one change: a row without its change is a claim of something that did not happen. */
const ONE_FOR_ONE: Readonly<Record<string, string>> = {
  'run.claimed': 'run executing',
  'run.verified': 'run verified',
  'run.unverified': 'run unverified',
  'run.failed': 'run failed',
  'run.needs-human': 'run needs-human',
  'approval.granted': 'approval approved',
  'approval.denied': 'approval denied',
  'approval.expired': 'approval expired',
  'approval.voted': 'vote',
  'run.step-intent': 'journal intent',
  'run.step-done': 'journal done',
};

export default {
  id: 'I7',
  promise:
    'every change of state has its audit row in the same transaction, every such row its change, and each names who did it',
  check(record) {
    const byTx = new Map<string, Entry[]>();
    for (const entry of record.entries) {
      const group = byTx.get(entry.tx);
      if (group) group.push(entry);
      else byTx.set(entry.tx, [entry]);
    }
    return [...[...byTx.values()].flatMap(unaudited), ...nameless(record)];
  },
} satisfies Invariant as Invariant;

function unaudited(entries: readonly Entry[]): readonly string[] {
  const audit = entries.filter(({ entity }) => entity === 'audit');
  const changes = entries.filter((one) => isChange(one));
  const missing = changes.flatMap((one) => {
    const wanted = EVENTS[`${one.entity} ${one.is}`];
    if (wanted === undefined) return [];
    const found = audit.some(({ is }) => wanted.includes(is));
    return found ? [] : [`${one.id} became ${one.entity} ${one.is} without ${wanted.join(' or ')} in its transaction`];
  });
  const takeOvers = entries.filter(
    ({ entity, was, is, detail }) => entity === 'run' && was === is && detail['fence'] !== detail['fenceWas'],
  );
  const unsaid =
    takeOvers.length > 0 && !audit.some(({ is }) => is === 'run.resumed')
      ? ['a run was taken over without an audit row']
      : [];
  const idle = audit.flatMap(({ is, detail }) => {
    const change = ONE_FOR_ONE[is];
    if (change === undefined) return [];
    const rows = audit.filter((one) => one.is === is).length;
    const made = changes.filter((one) => `${one.entity} ${one.is}` === change || one.entity === change).length;
    return rows === made ? [] : [`${rows} × ${is} for ${made} × ${change} (${String(detail['subject'])})`];
  });
  return [...missing, ...unsaid, ...new Set(idle)];
}

function isChange({ entity, was, is }: Entry): boolean {
  return entity !== 'audit' && entity !== 'finding' && entity !== 'undo' && was !== is;
}

function nameless(record: WorldRecord): readonly string[] {
  return record.entries
    .filter(
      ({ entity, detail }) => entity === 'audit' && (!detail['actor'] || !detail['actorKind'] || !detail['subject']),
    )
    .map(({ id }) => `audit row ${id} does not say who or what`);
}
