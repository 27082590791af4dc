import type { Invariant } from './invariant.ts';

const BAD = ['failed', 'needs-human', 'unverified'];

/** Only where nothing but one account was broken: then a run elsewhere has no reason to fail. */
export default {
  id: 'I19',
  promise: 'a failure in one account adds none in another',
  check(record) {
    const { faults } = record;
    const broken = new Set(faults.map(({ accountId }) => accountId));
    if (faults.length === 0 || broken.has(null) || record.changes.length > 0) return [];
    const stopped =
      record.entries.some(({ entity }) => entity === 'switch') || record.times.some(({ stopFile }) => stopFile);
    if (stopped) return [];
    return record.entries
      .filter(
        ({ entity, is, detail }) =>
          entity === 'run' && BAD.includes(is) && detail['account'] !== null && !broken.has(String(detail['account'])),
      )
      .map(
        ({ id, is, detail }) =>
          `${id} in ${String(detail['account'])} became ${is}, and only ${[...broken].join(', ')} had failed`,
      );
  },
} satisfies Invariant as Invariant;
