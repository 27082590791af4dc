import type { Invariant } from './invariant.ts';

export default {
  id: 'I10',
  promise: 'one incident a correlation key is open at most',
  check(record) {
    const open = new Map<string, string>();
    const keys = new Map<string, string>();
    const broken: string[] = [];
    for (const { entity, id, is, detail } of record.entries) {
      if (entity !== 'incident') continue;
      const before = keys.get(id);
      if (before !== undefined && open.get(before) === id) open.delete(before);
      const key = String(detail['key']);
      keys.set(id, key);
      if (is === 'resolved') continue;
      const other = open.get(key);
      if (other !== undefined && other !== id) broken.push(`${id} and ${other} are open under ${key}`);
      open.set(key, id);
    }
    return broken;
  },
} satisfies Invariant as Invariant;
