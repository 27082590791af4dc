import { z } from 'zod';
import type { Feed, FeedError } from '../../domain/feed.ts';
import type { Repositories } from '../../ports.ts';
import { allOf, document, firstOf, Instant, onlyOf, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    name: z.string(),
    cursor: Instant,
    first_connect_at: Instant,
    last_ok_at: Instant.nullable(),
    last_error: written<FeedError>().nullable(),
    note: z.string().nullable(),
  })
  .transform(
    (row): Feed => ({
      name: row.name,
      lastOkAt: row.last_ok_at,
      lastError: row.last_error,
      note: row.note,
      cursor: row.cursor,
      firstConnectAt: row.first_connect_at,
    }),
  );

const COLUMNS = 'name, cursor, first_connect_at, last_ok_at, last_error, note';
const FREE = 'f.next_due_at <= clock_timestamp() AND (f.lease_until IS NULL OR f.lease_until <= clock_timestamp())';

/** What is polled. Book-keeping: nothing here is a decision, so the rows have no audit. */
export function feeds(sql: Sql): Repositories['feeds'] {
  return {
    async due(names) {
      const text = `SELECT wanted.name FROM unnest($1::text[]) AS wanted (name)
        WHERE NOT EXISTS (SELECT 1 FROM cordon.feed f WHERE f.name = wanted.name AND NOT (${FREE}))`;
      return allOf(z.object({ name: z.string() }), await sql.ask(text, [names])).map(({ name }) => name);
    },
    async claim(name, owner, { leaseSeconds, backfillSeconds }) {
      const text = `INSERT INTO cordon.feed AS f (name, cursor, lease_owner, lease_until)
        VALUES ($1, clock_timestamp() - make_interval(secs => $4), $2, clock_timestamp() + make_interval(secs => $3))
        ON CONFLICT (name) DO UPDATE SET lease_owner = EXCLUDED.lease_owner, lease_until = EXCLUDED.lease_until WHERE ${FREE} RETURNING ${COLUMNS}`;
      return firstOf(Row, (await sql.note(text, [name, owner, leaseSeconds, backfillSeconds])).rows);
    },
    async advance(name, owner, { cursor, leaseSeconds }) {
      // A time in the future, which a provider may well write, would hide everything until then.
      const text = `UPDATE cordon.feed SET cursor = greatest(cursor, least($3::timestamptz, clock_timestamp())),
        lease_until = clock_timestamp() + make_interval(secs => $4) WHERE name = $1 AND lease_owner = $2`;
      return (await sql.note(text, [name, owner, cursor, leaseSeconds])).rowCount === 1;
    },
    async finish(name, owner, { ok, lastError, note, dueInSeconds }) {
      const text = `UPDATE cordon.feed SET last_ok_at = CASE WHEN $3 THEN clock_timestamp() ELSE last_ok_at END, last_error = $4, note = $5,
        next_due_at = clock_timestamp() + make_interval(secs => $6), lease_owner = NULL, lease_until = NULL WHERE name = $1 AND lease_owner = $2`;
      const error = lastError === null ? null : document(lastError);
      await sql.note(text, [name, owner, ok, error, note, dueInSeconds]);
    },
    async firstConnectAt() {
      const rows = await sql.ask('SELECT first_connect_at FROM cordon.deployment');
      return onlyOf(z.object({ first_connect_at: Instant }), rows, 'row of the deployment').first_connect_at;
    },
    async list() {
      return allOf(Row, await sql.ask(`SELECT ${COLUMNS} FROM cordon.feed ORDER BY name`));
    },
  };
}
