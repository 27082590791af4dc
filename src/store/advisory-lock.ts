import type { Sql } from './sql.ts';

/** What the keys are of; one number space for each. */
const SPACES = { finding: 1, correlation: 2 } as const;

/** Serialises transactions on a key that may have no row yet. Two keys of one hash only wait for each other. Outside a transaction it does nothing. */
export async function advisoryLock(sql: Sql, space: keyof typeof SPACES, key: string): Promise<void> {
  if (!sql.inTransaction) return;
  await sql.ask('SELECT pg_advisory_xact_lock($1::int, hashtext($2))', [SPACES[space], key]);
}
