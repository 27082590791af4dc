import { z } from 'zod';
import type { Vote } from '../../domain/approval.ts';
import type { Repositories } from '../../ports.ts';
import { allOf, Instant, type Sql } from '../sql.ts';

const Row = z
  .object({
    approval_id: z.string(),
    person_id: z.string(),
    decision: z.enum(['approve', 'deny']),
    reason: z.string(),
    plan_hash: z.string(),
    via: z.enum(['slack', 'cli']),
    at: Instant,
  })
  .transform(
    (row): Vote => ({
      approvalId: row.approval_id,
      personId: row.person_id,
      decision: row.decision,
      reason: row.reason,
      planHash: row.plan_hash,
      via: row.via,
      at: row.at,
    }),
  );

/** One vote a person; never changed. The database refuses the requester's own approval and a vote for another plan. */
export function votes(sql: Sql): Repositories['votes'] {
  return {
    async insert({ approvalId, personId, decision, reason, planHash, via }) {
      const text = `INSERT INTO cordon.vote (approval_id, person_id, decision, reason, plan_hash, via) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (approval_id, person_id) DO NOTHING`;
      return (await sql.change(text, [approvalId, personId, decision, reason, planHash, via])).rowCount === 1;
    },
    async ofApproval(approvalId) {
      return allOf(
        Row,
        await sql.ask('SELECT * FROM cordon.vote WHERE approval_id = $1 ORDER BY at, person_id', [approvalId]),
      );
    },
  };
}
