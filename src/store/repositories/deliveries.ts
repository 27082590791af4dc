import { z } from 'zod';
import { sha256 } from '../../domain/json.ts';
import type { Delivery, Repositories } from '../../ports.ts';
import { allOf, document, firstOf, Instant, locking, rowMissing, type Sql } from '../sql.ts';

const Row = z
  .object({
    id: z.string(),
    transport: z.enum(['sqs', 'cli', 'poll']),
    transport_id: z.string(),
    body: z.instanceof(Buffer),
    state: z.enum(['received', 'processed', 'quarantined']),
    problem: z.object({ code: z.string(), field: z.string(), message: z.string(), hint: z.string() }).nullable(),
    received_at: Instant,
    processed_at: Instant.nullable(),
  })
  .transform(
    (row): Delivery => ({
      id: row.id,
      transport: row.transport,
      transportId: row.transport_id,
      body: row.body.toString('utf8'),
      state: row.state,
      problem: row.problem,
      receivedAt: row.received_at,
      processedAt: row.processed_at,
    }),
  );

const SELECT = 'SELECT * FROM cordon.delivery';

/** Messages as they came in. The body is kept as bytes: text columns hold no NUL, bodies may. */
export function deliveries(sql: Sql): Repositories['deliveries'] {
  return {
    async insert({ id, transport, transportId, body }) {
      const text =
        'INSERT INTO cordon.delivery (id, transport, transport_id, body, body_hash) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING';
      const { rowCount } = await sql.change(text, [
        id,
        transport,
        transportId,
        Buffer.from(body, 'utf8'),
        sha256(body),
      ]);
      return rowCount === 1 ? 'inserted' : 'duplicate';
    },
    async get(id) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE id = $1`, [id]));
    },
    async lock(id) {
      return firstOf(Row, await sql.ask(locking(sql, `${SELECT} WHERE id = $1`), [id]));
    },
    async setState(id, state, problem) {
      const text = `UPDATE cordon.delivery SET state = $2, problem = $3,
        processed_at = CASE WHEN $2 = 'received' THEN NULL ELSE clock_timestamp() END WHERE id = $1`;
      const { rowCount } = await sql.change(text, [id, state, problem === null ? null : document(problem)]);
      if (rowCount !== 1) throw rowMissing(`delivery ${id}`);
    },
    /** Oldest first: the one that has waited longest. */
    async list({ state, limit }) {
      const text = `${SELECT} WHERE ($1::text IS NULL OR state = $1) ORDER BY received_at, id LIMIT $2`;
      return allOf(Row, await sql.ask(text, [state ?? null, limit]));
    },
  };
}
