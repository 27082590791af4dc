import { execFile } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPgPool } from '../../../src/store/pg-pool.ts';
import type { StoreConfig } from '../../../src/store/store.ts';
import { until } from '../../support/poll.ts';
import type { Bench } from './bench.ts';
import type { Place } from './orders.ts';
import { STUCK_MS } from './trial.ts';

const CLI = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));
const COPY = 'before';
const CLI_MS = 180_000;

/** The product stops itself at the place, its records are copied as they are at that moment, and it goes on and knows nothing of it. */
export async function backUpAt(
  bench: Bench,
  at: { readonly place: Place; readonly nth: number },
  press: () => Promise<void>,
): Promise<void> {
  await bench.product.tell({ ask: 'strike', place: at.place, nth: at.nth, when: 'after', how: 'SIGSTOP' });
  const pid = bench.product.pid();
  await press();
  await until(`the product to stop at ${at.place}`, () => isStopped(pid), STUCK_MS);
  await copyRecords(bench);
  bench.product.signal('SIGCONT');
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')')).split(' ')[1] === 'T';
}

async function copyRecords(bench: Bench): Promise<void> {
  const { postgres, folder, dataDir } = bench;
  if (!postgres) {
    await rm(join(folder, COPY), { recursive: true, force: true });
    return cp(join(dataDir, 'store'), join(folder, COPY), { recursive: true, preserveTimestamps: true });
  }
  await asOwner(postgres.url, [
    `DROP DATABASE IF EXISTS ${COPY}`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'`,
    `CREATE DATABASE ${COPY} TEMPLATE postgres`,
  ]);
}

/** Puts the copy back in the place of the records. The product must be down. */
export async function restoreRecords(bench: Bench): Promise<void> {
  const { postgres, folder, dataDir } = bench;
  if (!postgres) {
    await rm(join(dataDir, 'store'), { recursive: true });
    return cp(join(folder, COPY), join(dataDir, 'store'), { recursive: true, preserveTimestamps: true });
  }
  await asOwner(postgres.url, [
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'`,
    'DROP DATABASE postgres',
    `CREATE DATABASE postgres TEMPLATE ${COPY}`,
  ]);
}

/** Statements from beside the product's database, one by one; its sessions may take a moment to end. */
async function asOwner(url: string, statements: readonly string[]): Promise<void> {
  const beside = new URL(url);
  beside.pathname = '/template1';
  const pool = openPgPool(beside.href);
  try {
    for (const text of statements)
      await until(
        text,
        () =>
          pool.query(text).then(
            () => true,
            (error: unknown) => {
              if (/accessed by other users/.test(String(error))) return false;
              throw error;
            },
          ),
        STUCK_MS,
      );
  } finally {
    await pool.end();
  }
}

/** An empty database of the bench's engine for the length of some work. */
export async function withDatabase<T>(
  bench: Bench,
  name: string,
  work: (config: StoreConfig) => Promise<T>,
): Promise<T> {
  const { postgres } = bench;
  if (!postgres) return work({ kind: 'memory' });
  await asOwner(postgres.url, [`DROP DATABASE IF EXISTS ${name}`, `CREATE DATABASE ${name}`]);
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return work({ kind: 'postgres', url: url.href });
}

export async function isReady(bench: Bench): Promise<boolean> {
  const url = `http://127.0.0.1:${bench.environment['CORDON_HTTP_PORT']}/readyz`;
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** The command line on the host, as an operator calls it: over the product's socket, or on the store itself when the product is down. */
export function cordon(
  bench: Bench,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: bench.environment, timeout: CLI_MS }, (error, out, err) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, out, err });
    });
  });
}
