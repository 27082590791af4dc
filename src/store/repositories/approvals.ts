import { z } from 'zod';
import { APPROVAL_NOTICES, type Approval, REMIND_AFTER, type Requirement, WIDEN_AFTER } from '../../domain/approval.ts';
import type { Repositories } from '../../ports.ts';
import { allOf, document, firstOf, Instant, locking, onlyOf, rowMissing, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    id: z.string(),
    run_id: z.string(),
    incident_id: z.string(),
    plan_hash: z.string(),
    requested_by: z.string(),
    reason: z.string(),
    state: z.enum(['pending', 'approved', 'denied', 'expired', 'stale', 'consumed']),
    state_reason: z.string().nullable(),
    requirement: written<Requirement>(),
    asked: written<readonly string[]>(),
    notice: z.enum(APPROVAL_NOTICES),
    rev: z.number(),
    created_at: Instant,
    expires_at: Instant,
    decided_at: Instant.nullable(),
  })
  .transform(
    (row): Approval => ({
      id: row.id,
      runId: row.run_id,
      incidentId: row.incident_id,
      planHash: row.plan_hash,
      requestedBy: row.requested_by,
      reason: row.reason,
      state: row.state,
      stateReason: row.state_reason,
      requirement: row.requirement,
      asked: row.asked,
      notice: row.notice,
      rev: row.rev,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      decidedAt: row.decided_at,
    }),
  );

const SELECT = 'SELECT * FROM cordon.approval';

/** Requests for approval: at most one a run, of one plan, decided once. Expiry goes by the database's clock. */
export function approvals(sql: Sql): Repositories['approvals'] {
  return {
    async insert(approval) {
      const text = `INSERT INTO cordon.approval (id, run_id, incident_id, plan_hash, requested_by, reason, requirement, expires_at, asked)
        VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8), $9) RETURNING *`;
      const values = [
        approval.id,
        approval.runId,
        approval.incidentId,
        approval.planHash,
        approval.requestedBy,
        approval.reason,
      ];
      const { rows } = await sql.change(text, [
        ...values,
        document(approval.requirement),
        approval.ttlSeconds,
        document(approval.asked),
      ]);
      return onlyOf(Row, rows, `approval ${approval.id}`);
    },
    async get(id) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE id = $1`, [id]));
    },
    async lock(id) {
      return firstOf(Row, await sql.ask(locking(sql, `${SELECT} WHERE id = $1`), [id]));
    },
    async ofRun(runId) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE run_id = $1`, [runId]));
    },
    async setState(id, from, to, reason) {
      const text = `UPDATE cordon.approval SET state = $3, state_reason = $4, rev = rev + 1,
        decided_at = CASE WHEN $3 = 'pending' THEN NULL ELSE coalesce(decided_at, clock_timestamp()) END
        WHERE id = $1 AND state = ANY ($2) RETURNING *`;
      return firstOf(Row, (await sql.change(text, [id, from, to, reason])).rows);
    },
    async pending(limit) {
      return allOf(Row, await sql.ask(`${SELECT} WHERE state = 'pending' ORDER BY expires_at, id LIMIT $1`, [limit]));
    },
    async unconsumed(limit) {
      const text = `${SELECT} WHERE state IN ('pending', 'approved') ORDER BY created_at, id LIMIT $1`;
      return allOf(Row, await sql.ask(text, [limit]));
    },
    async due(limit) {
      const text = `${SELECT} WHERE state IN ('pending', 'approved') AND expires_at <= clock_timestamp() ORDER BY expires_at, id LIMIT $1`;
      return allOf(Row, await sql.ask(text, [limit]));
    },
    async toRemind(limit) {
      const passed = (share: string) =>
        `clock_timestamp() >= created_at + (expires_at - created_at) * ${share}::float8`;
      const text = `${SELECT} WHERE state = 'pending' AND expires_at > clock_timestamp()
        AND ((notice = 'asked' AND ${passed('$2')}) OR (notice <> 'widened' AND ${passed('$3')})) ORDER BY expires_at, id LIMIT $1`;
      return allOf(Row, await sql.ask(text, [limit, REMIND_AFTER, WIDEN_AFTER]));
    },
    async setNotice(id, notice, asked) {
      const { rowCount } = await sql.change('UPDATE cordon.approval SET notice = $2, asked = $3 WHERE id = $1', [
        id,
        notice,
        document(asked),
      ]);
      if (rowCount !== 1) throw rowMissing(`approval ${id}`);
    },
  };
}
