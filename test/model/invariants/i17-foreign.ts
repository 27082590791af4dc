import type { Invariant } from './invariant.ts';

export default {
  id: 'I17',
  promise: 'a request of another Slack organisation changes nothing, is told nothing, and is on record',
  check(record) {
    return record.foreign.flatMap(({ before, after, told }) => {
      const entries = record.entries.filter(({ seq }) => seq > before && seq <= after);
      const changed = entries.filter(({ entity, is }) => entity !== 'audit' || is !== 'access.refused');
      return [
        ...changed.map(({ entity, id, is }) => `a foreign request made ${entity} ${id} ${is}`),
        ...(entries.length === 0 ? ['a foreign request left no audit row'] : []),
        ...(/(INC|RUN)-|prod-payments|Approve/.test(told) ? [`a foreign request was told: ${told.slice(0, 200)}`] : []),
      ];
    });
  },
} satisfies Invariant as Invariant;
