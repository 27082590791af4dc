import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { MESSAGE_KINDS, type MessageRow, type Repositories } from '../../ports.ts';
import { allOf, Counter, document, firstOf, Instant, onlyOf, rowMissing, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    key: z.string(),
    kind: z.enum(MESSAGE_KINDS),
    subject_id: z.string(),
    data: written<JsonObject>(),
    channel: z.string().nullable(),
    ts: z.string().nullable(),
    desired_rev: z.number(),
    delivered_rev: z.number(),
    delivered_hash: z.string().nullable(),
    priority: z.number(),
    not_before: Instant.nullable(),
    attempts: z.number(),
    last_error: z.string().nullable(),
  })
  .transform(
    (row): MessageRow => ({
      key: row.key,
      kind: row.kind,
      subjectId: row.subject_id,
      data: row.data,
      channel: row.channel,
      ts: row.ts,
      desiredRev: row.desired_rev,
      deliveredRev: row.delivered_rev,
      deliveredHash: row.delivered_hash,
      priority: row.priority,
      notBefore: row.not_before,
      attempts: row.attempts,
      lastError: row.last_error,
    }),
  );

const SELECT = 'SELECT * FROM cordon.message';
/** What was tried so often and refused each time is not refused by chance. */
const MANY_ATTEMPTS = 20;
const UNDELIVERED = 'delivered_rev < desired_rev';

/** Messages by what they should show; touching a message ten times before it is delivered costs one delivery. */
export function messages(sql: Sql, outbox: Repositories['outbox']): Repositories['messages'] {
  return {
    async touch({ key, kind, subjectId, priority, data }) {
      // An urgent change that still waits keeps its urgency; a back-off that Slack asked for stays.
      const text = `INSERT INTO cordon.message AS m (key, kind, subject_id, priority, data) VALUES ($1, $2, $3, $4, coalesce($5::json, '{}'))
        ON CONFLICT (key) DO UPDATE SET desired_rev = m.desired_rev + 1, data = coalesce($5::json, m.data),
          priority = CASE WHEN m.delivered_rev < m.desired_rev THEN least(m.priority, EXCLUDED.priority) ELSE EXCLUDED.priority END,
          waiting_since = CASE WHEN m.delivered_rev < m.desired_rev THEN m.waiting_since ELSE clock_timestamp() END
        RETURNING desired_rev`;
      const { rows } = await sql.change(text, [
        key,
        kind,
        subjectId,
        priority,
        data === undefined ? null : document(data),
      ]);
      const { desired_rev } = onlyOf(z.object({ desired_rev: z.number() }), rows, `message ${key}`);
      await outbox.add({ topic: 'notify', dedup: `notify.${key.replaceAll(':', '.')}.${desired_rev}`, subjectId: key });
    },
    async get(key) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE key = $1`, [key]));
    },
    async due(limit) {
      const text = `${SELECT} WHERE ${UNDELIVERED} AND (not_before IS NULL OR not_before <= clock_timestamp()) ORDER BY priority, waiting_since, key LIMIT $1`;
      return allOf(Row, await sql.ask(text, [limit]));
    },
    async delivered(key, { rev, hash, channel, ts }) {
      const text = `UPDATE cordon.message SET delivered_rev = greatest(delivered_rev, $2), delivered_hash = $3, channel = $4, ts = $5,
        attempts = 0, last_error = NULL, not_before = NULL WHERE key = $1`;
      const { rowCount } = await sql.note(text, [key, rev, hash, channel, ts]);
      if (rowCount !== 1) throw rowMissing(`message ${key}`);
    },
    async deferred(key, error, delaySeconds) {
      const text = `UPDATE cordon.message SET attempts = attempts + 1, last_error = $2, not_before = clock_timestamp() + make_interval(secs => $3) WHERE key = $1`;
      const { rowCount } = await sql.note(text, [key, error, delaySeconds]);
      if (rowCount !== 1) throw rowMissing(`message ${key}`);
    },
    async hopeless({ messages: after, writeBacks }, limit) {
      const waited = `clock_timestamp() - waiting_since >= make_interval(secs => CASE WHEN kind = 'writeback' THEN $2::float8 ELSE $1 END)`;
      const lasting = `(kind IN ('view', 'writeback') OR last_error ~ '^(refused|not rendered|no address|waits for the )')`;
      const text = `${SELECT} WHERE ${UNDELIVERED} AND attempts >= ${MANY_ATTEMPTS} AND ${waited} AND ${lasting} ORDER BY waiting_since, key LIMIT $3`;
      return allOf(Row, await sql.ask(text, [after, writeBacks, limit]));
    },
    async giveUp(key) {
      const text = `UPDATE cordon.message SET delivered_rev = desired_rev, attempts = 0, not_before = NULL, last_error = left('given up: ' || last_error, 300)
        WHERE key = $1 AND ${UNDELIVERED}`;
      return (await sql.change(text, [key])).rowCount === 1;
    },
    async backlog() {
      const text = `SELECT count(*) AS count, coalesce(extract(epoch FROM clock_timestamp() - min(waiting_since)), 0) AS oldest FROM cordon.message WHERE ${UNDELIVERED}`;
      const row = onlyOf(Backlog, await sql.ask(text), 'backlog');
      return { count: row.count, oldestSeconds: row.oldest };
    },
  };
}

const Backlog = z.object({ count: Counter, oldest: z.coerce.number() });
