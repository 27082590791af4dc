import { z } from 'zod';
import { AUDIT_EVENTS, type AuditRow } from '../../domain/audit.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Repositories } from '../../ports.ts';
import { nextRow } from '../audit-chain.ts';
import { allOf, Counter, document, Instant, onlyOf, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    seq: Counter,
    at: Instant,
    event: z.enum(AUDIT_EVENTS),
    actor_kind: z.enum(['slack', 'cli', 'system']),
    actor_id: z.string(),
    subject: z.string(),
    details: written<JsonObject>(),
    prev_hash: z.string(),
    hash: z.string(),
  })
  .transform(
    (row): AuditRow => ({
      seq: row.seq,
      at: row.at,
      event: row.event,
      actor: { kind: row.actor_kind, id: row.actor_id },
      subject: row.subject,
      details: row.details,
      prevHash: row.prev_hash,
      hash: row.hash,
    }),
  );

const Head = z.object({ seq: Counter, hash: z.string() });
const LOCK_HEAD = `SELECT seq, hash, date_trunc('milliseconds', clock_timestamp()) AS now FROM cordon.audit_head FOR UPDATE`;
const INSERT = `INSERT INTO cordon.audit (seq, at, event, actor_kind, actor_id, subject, details, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** The audit chain. The lock on its end is held until the caller's transaction ends, so rows stand in the order of their commits. */
export function audit(sql: Sql): Repositories['audit'] {
  return {
    async append(entry) {
      const head = onlyOf(Head.extend({ now: Instant }), (await sql.change(LOCK_HEAD)).rows, 'end of the audit chain');
      const row = nextRow(head, entry, head.now);
      const { seq, at, event, actor, subject, details, prevHash, hash } = row;
      await sql.change(INSERT, [seq, at, event, actor.kind, actor.id, subject, document(details), prevHash, hash]);
      await sql.change('UPDATE cordon.audit_head SET seq = $1, hash = $2', [seq, hash]);
      return row;
    },
    async read(after, limit) {
      return allOf(
        Row,
        await sql.ask('SELECT * FROM cordon.audit WHERE seq > $1 ORDER BY seq LIMIT $2', [after, limit]),
      );
    },
    /** Newest last; of more than `limit` the newest. */
    async ofSubject(subject, limit) {
      const text =
        'SELECT * FROM (SELECT * FROM cordon.audit WHERE subject = $1 ORDER BY seq DESC LIMIT $2) newest ORDER BY seq';
      return allOf(Row, await sql.ask(text, [subject, limit]));
    },
    async head() {
      return onlyOf(Head, await sql.ask('SELECT seq, hash FROM cordon.audit_head'), 'end of the audit chain');
    },
    async anchor() {
      return onlyOf(Head, await sql.ask('SELECT seq, hash FROM cordon.audit_anchor'), 'anchor of the audit chain');
    },
    /** A trigger lets the anchor move to a checkpoint only, and rows go only behind the anchor. */
    async cut({ seq, hash }) {
      await sql.change('UPDATE cordon.audit_anchor SET seq = $1, hash = $2', [seq, hash]);
      return (await sql.change('DELETE FROM cordon.audit WHERE seq <= $1', [seq])).rowCount ?? 0;
    },
  };
}
