import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk that takes longer is left alone, and the files are synced one by one. */
const WITHIN_MS = 30_000;
/** File times are a few milliseconds coarse. */
const COARSE_MS = 1_000;

/**
 * Brings everything to the disk that has been written to the file system of `directory`, in one call: on a busy disk this takes what a few files cost.
 * Returns the moment (epoch milliseconds) before which all that was written is on the disk; undefined where there is no such command or it fails.
 */
export function syncFileSystem(directory: string): Promise<number | undefined> {
  const before = Date.now() - COARSE_MS;
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', directory], {
      stdio: 'ignore',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      timeout: WITHIN_MS,
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? before : undefined));
  });
}

/** Where the control file of PostgreSQL holds the state, and the state after an orderly end; the same since version 8. */
const STATE_AT = 16;
const SHUT_DOWN = 1;

/** Whether the database in `directory` was left without an orderly end, so that opening it recovers, and syncs every file of it first. */
export function needsRecovery(directory: string): boolean {
  return readFileSync(join(directory, 'global/pg_control')).readUInt32LE(STATE_AT) !== SHUT_DOWN;
}
