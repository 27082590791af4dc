import { PGlite } from '@electric-sql/pglite';
import type { CordonError } from '../domain/errors.ts';
import { PglitePool } from './pglite-pool.ts';
import { SEARCH_PATH } from './pool.ts';
import type { OpenDatabase } from './store.ts';

/** A database in memory, for tests: gone with the process. */
export async function openMemory(): Promise<OpenDatabase> {
  const db = await PGlite.create({ dataDir: 'memory://' });
  const pool = new PglitePool(db);
  await pool.query(`SET search_path TO ${SEARCH_PATH}`);
  return { pool, assertRoom: async () => undefined, close: () => pool.end() };
}

export async function openDirectory(
  _directory: string,
  _onLockLost?: (error: CordonError) => void,
): Promise<OpenDatabase> {
  throw new Error('next');
}
