import { z } from 'zod';
import type { Plan } from '../../domain/plan.ts';
import { FINAL_RUN_STATES, type PlanRequest, RUN_STATES, type Run } from '../../domain/run.ts';
import type { Repositories } from '../../ports.ts';
import { allOf, document, firstOf, Instant, locking, onlyOf, rowMissing, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    id: z.string(),
    incident_id: z.string(),
    request: written<PlanRequest>(),
    requested_by: z.string(),
    state: z.enum(RUN_STATES),
    state_reason: z.string().nullable(),
    plan: written<Plan>().nullable(),
    plan_hash: z.string().nullable(),
    fence: z.number(),
    lease_until: Instant.nullable(),
    lease_owner: z.string().nullable(),
    not_before: Instant.nullable(),
    attempt: z.number(),
    view_id: z.string().nullable(),
    undone_by: z.string().nullable(),
    rev: z.number(),
    created_at: Instant,
    planned_at: Instant.nullable(),
    started_at: Instant.nullable(),
    finished_at: Instant.nullable(),
  })
  .transform(
    (row): Run => ({
      id: row.id,
      incidentId: row.incident_id,
      request: row.request,
      requestedBy: row.requested_by,
      state: row.state,
      stateReason: row.state_reason,
      plan: row.plan,
      planHash: row.plan_hash,
      fence: row.fence,
      leaseUntil: row.lease_until,
      leaseOwner: row.lease_owner,
      notBefore: row.not_before,
      attempt: row.attempt,
      viewId: row.view_id,
      undoneBy: row.undone_by,
      rev: row.rev,
      createdAt: row.created_at,
      plannedAt: row.planned_at,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
    }),
  );

/** When and where a run started. */
const Start = z
  .object({ account_id: z.string(), action_id: z.string(), started_at: Instant })
  .transform((row) => ({ accountId: row.account_id, actionId: row.action_id, startedAt: row.started_at }));

const SELECT = 'SELECT * FROM cordon.run';
const FINAL = FINAL_RUN_STATES.map((state) => `'${state}'`).join(', ');
const seconds = (parameter: number): string => `make_interval(secs => $${parameter})`;
/** A lease ends by the database's clock as it is now, not as it was when the transaction began. */
const LEASE_IS_OVER = '(lease_until IS NULL OR lease_until <= clock_timestamp())';
const IS_TIME = '(not_before IS NULL OR not_before <= clock_timestamp())';
/** What every change of state does beside it; `to` is the parameter with the new state. */
const moveTo = (
  to: number,
  reason: number,
): string => `state = $${to}, state_reason = $${reason}, state_since = clock_timestamp(), rev = rev + 1,
  lease_until = CASE WHEN $${to} IN ('executing', 'verifying') THEN lease_until END,
  lease_owner = CASE WHEN $${to} IN ('executing', 'verifying') THEN lease_owner END,
  finished_at = CASE WHEN $${to} IN (${FINAL}) THEN clock_timestamp() ELSE finished_at END`;

/** Runs: from the wish for a plan to its end. Who holds a run is decided by its fence alone. */
export function runs(sql: Sql): Repositories['runs'] {
  const changed = async (text: string, values: readonly unknown[]): Promise<Run | undefined> =>
    firstOf(Row, (await sql.change(text, values)).rows);
  return {
    async insert({ id, request, requestedBy, viewId }) {
      const text =
        'INSERT INTO cordon.run (id, incident_id, request, requested_by, view_id) VALUES ($1, $2, $3, $4, $5) RETURNING *';
      return onlyOf(
        Row,
        (await sql.change(text, [id, request.incidentId, document(request), requestedBy, viewId])).rows,
        `run ${id}`,
      );
    },
    async get(id) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE id = $1`, [id]));
    },
    async many(ids) {
      return allOf(Row, await sql.ask(`${SELECT} WHERE id = ANY ($1) ORDER BY id`, [ids]));
    },
    async lock(id) {
      return firstOf(Row, await sql.ask(locking(sql, `${SELECT} WHERE id = $1`), [id]));
    },
    setPlan: (id, plan, hash) =>
      changed(
        `UPDATE cordon.run SET state = 'planned', state_reason = NULL, state_since = clock_timestamp(), plan = $2, plan_hash = $3,
          planned_at = clock_timestamp(), rev = rev + 1 WHERE id = $1 AND state = 'planning' RETURNING *`,
        [id, document(plan), hash],
      ),
    setState: (id, from, to, reason) =>
      changed(`UPDATE cordon.run SET ${moveTo(3, 4)} WHERE id = $1 AND state = ANY ($2) RETURNING *`, [
        id,
        from,
        to,
        reason,
      ]),
    claim: (id, owner, leaseSeconds) =>
      changed(
        `UPDATE cordon.run SET state = CASE WHEN state = 'approved' THEN 'executing' ELSE state END,
          state_since = CASE WHEN state = 'approved' THEN clock_timestamp() ELSE state_since END,
          state_reason = CASE WHEN state = 'approved' THEN NULL ELSE state_reason END,
          fence = fence + 1, attempt = attempt + 1, rev = rev + 1, lease_owner = $2, lease_until = clock_timestamp() + ${seconds(3)},
          started_at = coalesce(started_at, clock_timestamp())
        WHERE id = $1 AND ${IS_TIME} AND (state = 'approved' OR (state IN ('executing', 'verifying') AND ${LEASE_IS_OVER})) RETURNING *`,
        [id, owner, leaseSeconds],
      ),
    async renew(id, fence, leaseSeconds) {
      const text = `UPDATE cordon.run SET lease_until = clock_timestamp() + ${seconds(3)} WHERE id = $1 AND fence = $2 AND state IN ('executing', 'verifying')`;
      return (await sql.note(text, [id, fence, leaseSeconds])).rowCount === 1;
    },
    advance: (id, fence, to, reason) =>
      changed(
        `UPDATE cordon.run SET ${moveTo(3, 4)} WHERE id = $1 AND fence = $2 AND state IN ('executing', 'verifying') RETURNING *`,
        [id, fence, to, reason],
      ),
    async setUndoneBy(id, runId) {
      const { rowCount } = await sql.change('UPDATE cordon.run SET undone_by = $2, rev = rev + 1 WHERE id = $1', [
        id,
        runId,
      ]);
      if (rowCount !== 1) throw rowMissing(`run ${id}`);
    },
    async setViewId(id, viewId) {
      const { rowCount } = await sql.change('UPDATE cordon.run SET view_id = $2 WHERE id = $1', [id, viewId]);
      if (rowCount !== 1) throw rowMissing(`run ${id}`);
    },
    async ofIncident(incidentId) {
      return allOf(Row, await sql.ask(`${SELECT} WHERE incident_id = $1 ORDER BY created_at, id`, [incidentId]));
    },
    async underWay(limit) {
      const text = `${SELECT} WHERE state IN ('executing', 'verifying') ORDER BY started_at, id LIMIT $1`;
      return allOf(Row, await sql.ask(text, [limit]));
    },
    async underWayOn(targetArn) {
      const text = `${SELECT} WHERE state IN ('executing', 'verifying') AND plan -> 'target' ->> 'arn' = $1 ORDER BY id`;
      return allOf(Row, await sql.ask(text, [targetArn]));
    },
    async startedWithin(duration) {
      const text = `SELECT plan ->> 'accountId' AS account_id, plan -> 'action' ->> 'id' AS action_id, started_at FROM cordon.run
        WHERE started_at > clock_timestamp() - ${seconds(1)} ORDER BY started_at, id`;
      return allOf(Start, await sql.ask(text, [duration]));
    },
    async unplanned(olderThanSeconds, limit) {
      const text = `${SELECT} WHERE state = 'planning' AND created_at <= clock_timestamp() - ${seconds(1)} ORDER BY created_at, id LIMIT $2`;
      return allOf(Row, await sql.ask(text, [olderThanSeconds, limit]));
    },
    async unasked(olderThanSeconds, limit) {
      const text = `${SELECT} WHERE state = 'planned' AND state_since <= clock_timestamp() - ${seconds(1)}
        AND NOT EXISTS (SELECT 1 FROM cordon.approval WHERE run_id = cordon.run.id) ORDER BY state_since, id LIMIT $2`;
      return allOf(Row, await sql.ask(text, [olderThanSeconds, limit]));
    },
    async abandoned(graceSeconds, limit) {
      const text = `${SELECT} WHERE ${IS_TIME} AND (
          (state IN ('planning', 'approved') AND state_since <= clock_timestamp() - ${seconds(1)})
          OR (state IN ('executing', 'verifying') AND ${LEASE_IS_OVER}))
        ORDER BY state_since, id LIMIT $2`;
      return allOf(Row, await sql.ask(text, [graceSeconds, limit]));
    },
    async releaseAllLeases() {
      const text = `UPDATE cordon.run SET lease_until = NULL WHERE state IN ('executing', 'verifying') AND lease_until IS NOT NULL`;
      return (await sql.note(text)).rowCount ?? 0;
    },
  };
}
