import { z } from 'zod';
import type { AccountHealth, Repositories } from '../../ports.ts';
import { allOf, document, Instant, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    account_id: z.string(),
    purpose: z.enum(['read', 'act']),
    state: z.enum(['ok', 'no-role', 'trust', 'external-id', 'scp', 'suspended', 'region-off', 'throttled', 'unknown']),
    detail: z.string(),
    hint: z.string(),
    checked_at: Instant,
    rests_until: Instant.nullable(),
    enabled_regions: written<readonly string[]>().nullable(),
  })
  .transform(
    (row): AccountHealth => ({
      accountId: row.account_id,
      purpose: row.purpose,
      state: row.state,
      detail: row.detail,
      hint: row.hint,
      checkedAt: row.checked_at,
      restsUntil: row.rests_until,
      enabledRegions: row.enabled_regions,
    }),
  );

const Claimed = z.object({ account_id: z.string() });

/** A rest that is over is none. */
const SELECT = `SELECT account_id, purpose, state, detail, hint, checked_at, enabled_regions,
  CASE WHEN rests_until > clock_timestamp() THEN rests_until END AS rests_until FROM cordon.account_health`;

/** How each account's roles answered last, and when each account is looked at next. */
export function health(sql: Sql): Repositories['health'] {
  return {
    async put({ accountId, purpose, state, detail, hint, restSeconds, enabledRegions }) {
      const text = `INSERT INTO cordon.account_health AS h (account_id, purpose, state, detail, hint, rests_until, enabled_regions)
        VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6), $7)
        ON CONFLICT (account_id, purpose) DO UPDATE SET state = EXCLUDED.state, detail = EXCLUDED.detail, hint = EXCLUDED.hint, checked_at = clock_timestamp(),
          rests_until = CASE WHEN EXCLUDED.state = 'ok' THEN NULL ELSE COALESCE(EXCLUDED.rests_until, h.rests_until) END,
          enabled_regions = COALESCE(EXCLUDED.enabled_regions, h.enabled_regions)`;
      const regions = enabledRegions === undefined ? null : document(enabledRegions);
      await sql.note(text, [accountId, purpose, state, detail, hint, restSeconds ?? null, regions]);
    },
    async list() {
      return allOf(Row, await sql.ask(`${SELECT} ORDER BY account_id, purpose`));
    },
    async ofAccount(accountId) {
      return allOf(Row, await sql.ask(`${SELECT} WHERE account_id = $1 ORDER BY purpose`, [accountId]));
    },
    async claimChecks(accountIds, limit, everySeconds) {
      const seen = `INSERT INTO cordon.account_check (account_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`;
      await sql.note(seen, [accountIds]);
      const text = `UPDATE cordon.account_check SET due_at = clock_timestamp() + make_interval(secs => $3 * (0.8 + 0.4 * random()))
        WHERE account_id IN (SELECT account_id FROM cordon.account_check WHERE account_id = ANY ($1::text[]) AND due_at <= clock_timestamp()
          ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING account_id`;
      const claimed = (await sql.note(text, [accountIds, limit, everySeconds])).rows;
      return claimed.map((row) => Claimed.parse(row).account_id);
    },
    async keepOnly(accountIds) {
      await sql.note('DELETE FROM cordon.account_health WHERE NOT account_id = ANY ($1::text[])', [accountIds]);
      await sql.note('DELETE FROM cordon.account_check WHERE NOT account_id = ANY ($1::text[])', [accountIds]);
    },
  };
}
