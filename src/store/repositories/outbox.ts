import { z } from 'zod';
import { type OutboxRow, type Repositories, TOPICS } from '../../ports.ts';
import { allOf, Counter, onlyOf, type Sql } from '../sql.ts';

const Row = z
  .object({ id: Counter, topic: z.enum(TOPICS), dedup: z.string(), subject_id: z.string() })
  .transform((row): OutboxRow => ({ id: row.id, topic: row.topic, dedup: row.dedup, subjectId: row.subject_id }));

/** Everything that some worker has still to do, whatever its time. */
const OPEN_ROWS = [
  `SELECT CASE state WHEN 'planning' THEN 'propose' ELSE 'remediate' END AS topic, id FROM cordon.run
    WHERE state IN ('planning', 'approved', 'executing', 'verifying')`,
  `SELECT 'triage' AS topic, id FROM cordon.delivery WHERE state = 'received'`,
  `SELECT 'notify' AS topic, key AS id FROM cordon.message WHERE delivered_rev < desired_rev`,
];

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
    async wakeAll(token) {
      let woken = 0;
      for (const rows of OPEN_ROWS) {
        const text = `INSERT INTO cordon.outbox (topic, dedup, subject_id)
          SELECT topic, topic || '.' || replace(id, ':', '.') || '.' || $1, id FROM (${rows}) AS open ON CONFLICT (dedup) DO NOTHING`;
        woken += (await sql.change(text, [token])).rowCount ?? 0;
      }
      if (woken > 0) added();
      return woken;
    },
    async unsentCount() {
      const rows = await sql.ask('SELECT count(*) AS count FROM cordon.outbox WHERE sent_at IS NULL');
      return onlyOf(z.object({ count: Counter }), rows, 'count').count;
    },
  };
}
