import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CordonError } from '../domain/errors.ts';
import { sha256 } from '../domain/json.ts';
import type { PgClient, PgPool } from './pool.ts';

/** Spells CORD; serialises processes that start together. */
const LOCK = 0x434f5244;
const FOLDER = fileURLToPath(new URL('migrations/', import.meta.url));
const FILE = /^(\d{3})-[a-z0-9-]+\.sql$/;

/** One numbered change of the tables. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** The migrations beside this module, in order. Throws CordonError `migration_misnamed` for a file that has no number or one that is taken. */
export function loadMigrations(folder: string = FOLDER): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const migrations = names.map((name) => ({
    number: numberOf(name),
    name,
    sql: readFileSync(join(folder, name), 'utf8'),
  }));
  migrations.forEach(({ number, name }, index) => {
    if (number !== index + 1) throw misnamed(name);
  });
  return migrations;
}

function numberOf(name: string): number {
  const number = FILE.exec(basename(name))?.[1];
  if (number === undefined) throw misnamed(name);
  return Number(number);
}

function misnamed(name: string): CordonError {
  return new CordonError('migration_misnamed', `${name} is not the next migration.`, {
    hint: 'Name them 001-words.sql, 002-words.sql … without gaps.',
  });
}

/** Brings the tables up to date, each migration in a transaction of its own. Returns the names of those that were applied now. */
export async function migrate(
  pool: PgPool,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    const applied: string[] = [];
    await inTransaction(client, () => client.query(LEDGER));
    for (const migration of migrations) {
      if (await inTransaction(client, () => apply(client, migration))) applied.push(migration.name);
    }
    await refuseNewer(client, migrations);
    return applied;
  } finally {
    client.release();
  }
}

const LEDGER = `
  CREATE SCHEMA IF NOT EXISTS cordon;
  CREATE TABLE IF NOT EXISTS cordon.schema_change (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );`;

async function inTransaction<T>(client: PgClient, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

const Applied = z.object({ name: z.string(), checksum: z.string() });

async function apply(client: PgClient, { number, name, sql }: Migration): Promise<boolean> {
  const found = await client.query('SELECT name, checksum FROM cordon.schema_change WHERE number = $1', [number]);
  const checksum = sha256(sql);
  if (found.rows[0] !== undefined) {
    const before = Applied.parse(found.rows[0]);
    if (before.checksum === checksum && before.name === name) return false;
    throw new CordonError(
      'migration_changed',
      `The migration ${name} was changed after it had been applied (as ${before.name}).`,
      {
        hint: 'Restore the file from version control and put the change in a new migration.',
      },
    );
  }
  await client.query(sql);
  await client.query('INSERT INTO cordon.schema_change (number, name, checksum) VALUES ($1, $2, $3)', [
    number,
    name,
    checksum,
  ]);
  return true;
}

async function refuseNewer(client: PgClient, migrations: readonly Migration[]): Promise<void> {
  const found = await client.query('SELECT max(number) AS newest FROM cordon.schema_change');
  const { newest } = z.object({ newest: z.number().nullable() }).parse(found.rows[0]);
  if ((newest ?? 0) <= migrations.length) return;
  throw new CordonError(
    'schema_newer',
    `The database was made by a newer Cordon (change ${newest}; this one knows ${migrations.length}).`,
    {
      hint: 'Start the newer version, or restore a backup from before the update.',
    },
  );
}
