import type { Invariant } from './invariant.ts';

export default {
  id: 'I8',
  promise:
    'the audit chain has no gap, each row follows from the one before, and every checkpoint is a beginning of it',
  check(record) {
    const rows = record.entries.filter(({ entity }) => entity === 'audit');
    const broken = rows.flatMap((row, index) => {
      const before = rows[index - 1];
      if (Number(row.id) !== index + 1) return [`row ${row.id} stands in place ${index + 1}`];
      const follows = row.detail['prevHash'] === (before?.detail['hash'] ?? '0'.repeat(64));
      return follows ? [] : [`row ${row.id} does not follow from the one before`];
    });
    const strange = record.checkpoints
      .filter(({ seq, hash }) => rows[seq - 1]?.detail['hash'] !== hash)
      .map(({ seq }) => `the checkpoint of row ${seq} is no beginning of the chain`);
    return [...broken, ...strange];
  },
} satisfies Invariant as Invariant;
