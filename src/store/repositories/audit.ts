import { z } from 'zod';
import { AUDIT_EVENTS, AUDIT_NOTES, type AuditEntry, type AuditNote, type AuditRow } from '../../domain/audit.ts';
import { CordonError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Repositories } from '../../ports.ts';
import { nextRow } from '../audit-chain.ts';
import { allOf, Counter, document, Instant, onlyOf, type Sql, written } from '../sql.ts';
import { sqlStateOf } from '../sql-state.ts';

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

const Late = z
  .object({
    id: Counter,
    entry: z.object({
      event: z.enum(AUDIT_NOTES),
      actor: z.object({ kind: z.enum(['slack', 'cli', 'system']), id: z.string() }),
      subject: z.string(),
      details: written<JsonObject>(),
    }),
    at: Instant,
  })
  .transform(({ id, entry, at }) => ({ id, note: entry satisfies AuditNote, at }));

const Head = z.object({ seq: Counter, hash: z.string() });
const LOCK_HEAD = `SELECT seq, hash, date_trunc('milliseconds', clock_timestamp()) AS now FROM cordon.audit_head FOR UPDATE`;
const INSERT = `INSERT INTO cordon.audit (seq, at, event, actor_kind, actor_id, subject, details, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Rows that PostgreSQL will not take now; a lost connection or a lost race is another matter. */
const NOT_A_REFUSAL = /^(08|40|57)/;

/** The database answers and does not take an audit row: whatever it would record must not happen. */
export class AuditRefusedError extends CordonError {
  constructor(cause: unknown) {
    super('audit_refused', 'The audit chain takes no rows.', {
      hint: 'The database log says why. Nothing in AWS is changed until it does; findings are still read and shown.',
      cause,
    });
  }
}

/** The audit chain. `late`: notes are kept beside the chain, because it has just refused a row. The lock on its end is held until the caller's transaction ends, so rows stand in the order of their commits. */
export function audit(sql: Sql, late: boolean): Repositories['audit'] {
  const append = async (entry: AuditEntry): Promise<AuditRow> => {
    const head = onlyOf(Head.extend({ now: Instant }), (await sql.change(LOCK_HEAD)).rows, 'end of the audit chain');
    const row = nextRow(head, entry, head.now);
    const { seq, at, event, actor, subject, details, prevHash, hash } = row;
    await sql.change(INSERT, [seq, at, event, actor.kind, actor.id, subject, document(details), prevHash, hash]);
    await sql.change('UPDATE cordon.audit_head SET seq = $1, hash = $2', [seq, hash]);
    return row;
  };
  const strictly = async (entry: AuditEntry): Promise<AuditRow> => {
    try {
      return await append(entry);
    } catch (error) {
      const state = sqlStateOf(error);
      throw state === undefined || NOT_A_REFUSAL.test(state) ? error : new AuditRefusedError(error);
    }
  };
  return {
    append: strictly,
    async note(note) {
      if (late) await sql.change('INSERT INTO cordon.audit_late (entry) VALUES ($1)', [document({ ...note })]);
      else await strictly(note);
    },
    async late(limit) {
      return allOf(Late, await sql.ask('SELECT id, entry, at FROM cordon.audit_late ORDER BY id LIMIT $1', [limit]));
    },
    async lateCount() {
      const { count } = onlyOf(
        z.object({ count: Counter }),
        await sql.ask('SELECT count(*) AS count FROM cordon.audit_late'),
        'count',
      );
      return count;
    },
    async forgetLate(ids) {
      await sql.change('DELETE FROM cordon.audit_late WHERE id = ANY ($1)', [ids]);
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
