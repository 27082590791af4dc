import { z } from 'zod';
import { canonicalJson, sameJson } from '../../domain/json.ts';
import type { OrganizationAccount } from '../../domain/organization.ts';
import type { OrganizationRecord, Repositories } from '../../ports.ts';
import { allOf, Counter, document, firstOf, Instant, type Sql, written } from '../sql.ts';

const Head = z.object({
  management_id: z.string().nullable(),
  revision: Counter,
  refreshed_at: Instant.nullable(),
  problem: written<OrganizationRecord['problem']>().nullable(),
});
const Row = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.string(),
    units: written<OrganizationAccount['units']>(),
    tags: written<OrganizationAccount['tags']>(),
  })
  .transform((row): OrganizationAccount => ({ ...row, state: stateOf(row.state) }));

const STATES: readonly OrganizationAccount['state'][] = [
  'PENDING_ACTIVATION',
  'ACTIVE',
  'SUSPENDED',
  'PENDING_CLOSURE',
  'CLOSED',
];

function stateOf(text: string): OrganizationAccount['state'] {
  return STATES.find((state) => state === text) ?? 'UNKNOWN';
}

/** The list of accounts that AWS Organizations gave last, and who is to ask for the next. */
export function organization(sql: Sql): Repositories['organization'] {
  return {
    async head() {
      const head = firstOf(Head, await sql.ask('SELECT * FROM cordon.organization'));
      return {
        revision: head?.revision ?? 0,
        refreshedAt: head?.refreshed_at ?? null,
        problem: head?.problem ?? null,
      };
    },
    async get() {
      const head = firstOf(Head, await sql.ask('SELECT * FROM cordon.organization'));
      if (head?.management_id === undefined || head.management_id === null) return undefined;
      const accounts = allOf(Row, await sql.ask('SELECT * FROM cordon.account ORDER BY id'));
      return { managementId: head.management_id, accounts };
    },
    async claimRefresh(everySeconds) {
      const text = `INSERT INTO cordon.organization AS o (due_at) VALUES (clock_timestamp() + make_interval(secs => $1))
        ON CONFLICT (one) DO UPDATE SET due_at = EXCLUDED.due_at WHERE o.due_at <= clock_timestamp() RETURNING one`;
      return (await sql.note(text, [everySeconds])).rows.length > 0;
    },
    async replace(list) {
      const before = await this.get();
      const text = `INSERT INTO cordon.organization AS o (management_id, revision, refreshed_at) VALUES ($1, 1, clock_timestamp())
        ON CONFLICT (one) DO UPDATE SET management_id = EXCLUDED.management_id, refreshed_at = EXCLUDED.refreshed_at, problem = NULL,
          revision = o.revision + CASE WHEN $2 THEN 1 ELSE 0 END`;
      const changed = before === undefined || !sameJson(before, list);
      await sql.change(text, [list.managementId, changed]);
      if (!changed) return { added: [], removed: [], changed: [] };
      await sql.change('DELETE FROM cordon.account');
      const insert = `INSERT INTO cordon.account (id, name, state, units, tags)
        SELECT id, name, state, units, tags FROM json_to_recordset($1::json) AS row (id text, name text, state text, units json, tags json)`;
      await sql.change(insert, [document(list.accounts)]);
      return difference(before?.accounts ?? [], list.accounts);
    },
    async failed(problem, againInSeconds) {
      const text = `UPDATE cordon.organization SET problem = $1, due_at = LEAST(due_at, clock_timestamp() + make_interval(secs => $2))`;
      await sql.note(text, [document(problem), againInSeconds]);
    },
  };
}

function difference(
  before: readonly OrganizationAccount[],
  after: readonly OrganizationAccount[],
): { readonly added: readonly string[]; readonly removed: readonly string[]; readonly changed: readonly string[] } {
  const old = new Map(before.map((account) => [account.id, canonicalJson(account)]));
  const ids = new Set(after.map((account) => account.id));
  return {
    added: after.filter(({ id }) => !old.has(id)).map(({ id }) => id),
    removed: before.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
    changed: after
      .filter((account) => old.has(account.id) && old.get(account.id) !== canonicalJson(account))
      .map(({ id }) => id),
  };
}
