import { z } from 'zod';
import { type OutboxRow, type Repositories, TOPICS } from '../../ports.ts';
import { allOf, Counter, onlyOf, type Sql } from '../sql.ts';

const Row = z
  .object({ id: Counter, topic: z.enum(TOPICS), dedup: z.string(), subject_id: z.string() })
  .transform((row): OutboxRow => ({ id: row.id, topic: row.topic, dedup: row.dedup, subjectId: row.subject_id }));

/** What the queue is to be told, written with the change that it is about. `added` hears of each new row. */
export function outbox(sql: Sql, added: () => void): Repositories['outbox'] {
  return {
    async add({ topic, dedup, subjectId }) {
      const text =
        'INSERT INTO cordon.outbox (topic, dedup, subject_id) VALUES ($1, $2, $3) ON CONFLICT (dedup) DO NOTHING';
      const { rowCount } = await sql.change(text, [topic, dedup, subjectId]);
      if (rowCount === 1) added();
    },
    async unsent(limit) {
      const text = 'SELECT id, topic, dedup, subject_id FROM cordon.outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1';
      return allOf(Row, await sql.ask(text, [limit]));
    },
    async markSent(ids) {
      if (ids.length > 0)
        await sql.note('UPDATE cordon.outbox SET sent_at = clock_timestamp() WHERE id = ANY ($1) AND sent_at IS NULL', [
          ids,
        ]);
    },
    async unsentCount() {
      const rows = await sql.ask('SELECT count(*) AS count FROM cordon.outbox WHERE sent_at IS NULL');
      return onlyOf(z.object({ count: Counter }), rows, 'count').count;
    },
  };
}
