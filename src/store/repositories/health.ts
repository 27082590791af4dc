import { z } from 'zod';
import type { AccountHealth, Repositories } from '../../ports.ts';
import { allOf, Instant, type Sql } from '../sql.ts';

const Row = z
  .object({
    account_id: z.string(),
    purpose: z.enum(['read', 'act']),
    state: z.enum(['ok', 'no-role', 'trust', 'external-id', 'scp', 'suspended', 'region-off', 'throttled', 'unknown']),
    detail: z.string(),
    hint: z.string(),
    checked_at: Instant,
  })
  .transform(
    (row): AccountHealth => ({
      accountId: row.account_id,
      purpose: row.purpose,
      state: row.state,
      detail: row.detail,
      hint: row.hint,
      checkedAt: row.checked_at,
    }),
  );

/** How each account's roles answered last. */
export function health(sql: Sql): Repositories['health'] {
  return {
    async put({ accountId, purpose, state, detail, hint }) {
      const text = `INSERT INTO cordon.account_health (account_id, purpose, state, detail, hint) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (account_id, purpose) DO UPDATE SET state = EXCLUDED.state, detail = EXCLUDED.detail, hint = EXCLUDED.hint, checked_at = clock_timestamp()`;
      await sql.note(text, [accountId, purpose, state, detail, hint]);
    },
    async list() {
      return allOf(Row, await sql.ask('SELECT * FROM cordon.account_health ORDER BY account_id, purpose'));
    },
  };
}
