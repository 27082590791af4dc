import { fdatasyncSync, fstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { CordonError } from '../domain/errors.ts';
import { ensureDatabase } from './create-database.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { roomCheck } from './disk-space.ts';
import { FsyncNodeFS, syncingStartParams } from './fsync-node-fs.ts';
import { PglitePool } from './pglite-pool.ts';
import { type PgPool, SEARCH_PATH } from './pool.ts';
import { needsRecovery, syncFileSystem } from './sync-file-system.ts';

/** An opened database, whichever it is. */
export interface OpenDatabase {
  readonly pool: PgPool;
  /** Throws when it should take no more changes now. */
  readonly assertRoom: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A database in memory, for tests: gone with the process. */
export async function openMemory(): Promise<OpenDatabase> {
  const pool = await poolOn(await PGlite.create({ dataDir: 'memory://' }));
  return { pool, assertRoom: async () => undefined, close: () => pool.end() };
}

/**
 * The embedded database in `directory`, which only this process may have open; created when there is none. Synced to disk at every commit.
 * Throws CordonError `data_dir_locked`, `disk_full` or `database_not_created`.
 */
export async function openDirectory(directory: string, onLost?: (error: CordonError) => void): Promise<OpenDatabase> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(directory, onLost ? { onLost } : {});
  try {
    return await openLocked(directory, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openLocked(directory: string, lock: DirectoryLock): Promise<OpenDatabase> {
  const assertRoom = roomCheck(directory);
  await assertRoom();
  const place = join(directory, 'database');
  await ensureDatabase(place);
  const pool = await poolOn(await openSyncing(place));
  return {
    pool,
    assertRoom,
    async close() {
      try {
        await pool.end();
      } finally {
        lock.release();
      }
    },
  };
}

/**
 * After a kill the database syncs each of its thousand files twice before it recovers, which takes seconds on a disk that others use too. One sync of the whole file
 * system before it does the same for every file that is not written to afterwards. Once it is open each sync is one: a clock that is put back must not cost any.
 */
export async function openSyncing(place: string, sync: (descriptor: number) => void = fdatasyncSync): Promise<PGlite> {
  const onDisk = needsRecovery(place) ? await syncFileSystem(place) : undefined;
  let isOpening = true;
  const needed = (descriptor: number): void => {
    if (isOpening && onDisk !== undefined && fstatSync(descriptor).mtimeMs < onDisk) return;
    sync(descriptor);
  };
  const fs = new FsyncNodeFS(place, needed);
  const db = await PGlite.create({ fs, startParams: syncingStartParams(PGlite.defaultStartParams) });
  isOpening = false;
  return db;
}

async function poolOn(db: PGlite): Promise<PglitePool> {
  const pool = new PglitePool(db);
  await pool.query(`SET search_path TO ${SEARCH_PATH}`);
  return pool;
}
