import type { CordonError } from '../domain/errors.ts';
import type { Log, Repositories, Store } from '../ports.ts';
import { startMaintenance } from './maintenance.ts';
import { migrate } from './migrate.ts';
import { type OpenDatabase, openDirectory, openMemory } from './open-pglite.ts';
import { openPgPool } from './pg-pool.ts';
import type { PgClient, PgPool } from './pool.ts';
import { AuditRefusedError } from './repositories/audit.ts';
import { repositories } from './repositories/index.ts';
import { sqlOn } from './sql.ts';
import { sqlStateOf } from './sql-state.ts';
import { assertOutsideTransaction, insideTransaction } from './transaction-context.ts';

/** Where the records live. `memory` is for tests. */
export type StoreConfig =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'embedded';
      readonly directory: string;
      /** Another process has taken the directory from under this one (after a very long pause): stop at once. */
      readonly onLockLost?: (error: CordonError) => void;
    }
  | { readonly kind: 'postgres'; readonly url: string };

/** The store with what the process around it needs: the pool for the queue, and a look at its health. */
export interface OpenStore extends Store {
  readonly kind: StoreConfig['kind'];
  readonly pool: PgPool;
  /** Throws a CordonError that says what is wrong: no answer, or too little room on the disk. */
  check(): Promise<void>;
}

/**
 * Opens the database, brings its tables up to date and starts its housekeeping. Throws CordonError: `data_dir_locked`, `disk_full`, `database_url_invalid`,
 * `migration_changed`, `schema_newer`; and the driver's own error when the server cannot be reached.
 */
export async function openStore(config: StoreConfig, log: Log): Promise<OpenStore> {
  const database = await openDatabase(config);
  try {
    database.pool.on('error', (error) => log.error({ err: error.message }, 'the database connection failed'));
    const applied = await migrate(database.pool);
    if (applied.length > 0) log.info({ applied }, 'the tables were brought up to date');
  } catch (error) {
    await database.close();
    throw error;
  }
  return storeOn(config.kind, database, log);
}

function openDatabase(config: StoreConfig): Promise<OpenDatabase> {
  switch (config.kind) {
    case 'memory':
      return openMemory();
    case 'embedded':
      return openDirectory(config.directory, config.onLockLost);
    case 'postgres':
      return openServer(config.url);
  }
}

async function openServer(url: string): Promise<OpenDatabase> {
  const pool = openPgPool(url);
  return { pool, assertRoom: async () => undefined, close: () => pool.end() };
}

function storeOn(kind: StoreConfig['kind'], database: OpenDatabase, log: Log): OpenStore {
  const { pool } = database;
  const listeners = new Set<() => void>();
  const housekeeping = startMaintenance(pool, { vacuum: kind !== 'postgres', log });
  return {
    kind,
    pool,
    read: repositories(sqlOn(pool, false), () => undefined),
    async tx(work) {
      assertOutsideTransaction('Store.tx');
      await database.assertRoom();
      const { result, outboxGrew } = await orWithLateNotes((late) => retrying(() => once(pool, work, late)));
      if (outboxGrew) for (const listener of listeners) listener();
      return result;
    },
    onOutbox(listener) {
      listeners.add(listener);
    },
    async check() {
      await pool.query('SELECT 1');
      await database.assertRoom();
    },
    async close() {
      listeners.clear();
      await housekeeping.stop();
      await database.close();
    },
  };
}

interface Committed<T> {
  readonly result: T;
  readonly outboxGrew: boolean;
}

/** When the audit refuses a row, the same work once more with its notes kept beside the chain; work that has to be on record fails again, and for good. */
async function orWithLateNotes<T>(attempt: (late: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!(error instanceof AuditRefusedError)) throw error;
    return attempt(true);
  }
}

async function once<T>(pool: PgPool, work: (tx: Repositories) => Promise<T>, late: boolean): Promise<Committed<T>> {
  const client = await pool.connect();
  let broken = false;
  try {
    let outboxGrew = false;
    await client.query('BEGIN');
    const tx = repositories(
      sqlOn(client, true),
      () => {
        outboxGrew = true;
      },
      late,
    );
    const result = await insideTransaction(() => work(tx));
    await client.query('COMMIT');
    return { result, outboxGrew };
  } catch (error) {
    broken = !(await rolledBack(client));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** False when the roll-back itself failed: the session is then not to be used again. */
async function rolledBack(client: PgClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/** How often a transaction that lost against another is tried again. */
const RETRIES = 3;
/** serialization_failure and deadlock_detected: nothing was done, the same work may succeed. */
const LOST_A_RACE: readonly string[] = ['40001', '40P01'];

async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (retries >= RETRIES || !LOST_A_RACE.includes(sqlStateOf(error) ?? '')) throw error;
    }
  }
}
