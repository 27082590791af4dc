import { type OpenStore, openStore } from '../../src/store/store.ts';

export interface TestStore extends OpenStore {
  /** Straight to the database, past its triggers, for what no repository offers: moving time, breaking rows. */
  sql(text: string, values?: readonly unknown[]): Promise<void>;
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
let opened: Promise<OpenStore> | undefined;

/** The real store on an in-memory embedded database, empty. Opened once a test file and emptied for each test, because opening takes seconds. */
export async function memoryStore(): Promise<TestStore> {
  opened ??= openStore({ kind: 'memory' }, QUIET);
  const store = await opened;
  const sql = (text: string, values: readonly unknown[] = []) => pastTriggers(store, text, values);
  await empty(store, sql);
  return { ...store, sql };
}

async function pastTriggers(store: OpenStore, text: string, values: readonly unknown[]): Promise<void> {
  const client = await store.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(text, [...values]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function empty(store: OpenStore, sql: TestStore['sql']): Promise<void> {
  const { rows } = await store.pool.query(
    `select tablename from pg_tables where schemaname = 'cordon' and tablename not in ('migration', 'audit_head', 'audit_anchor', 'kill_switch', 'deployment')`,
  );
  await sql(`truncate ${rows.map((row) => `cordon.${String(row['tablename'])}`).join(', ')}`);
  for (const one of ['audit_head', 'audit_anchor'])
    await sql(`update cordon.${one} set seq = 0, hash = repeat('0', 64)`);
  await sql('update cordon.deployment set epoch = 1, restored_sign = null, restored_seen_at = null');
  await store.tx(async (tx) => {
    if (!(await tx.killSwitch.get()).stopped) return;
    for (const person of ['first', 'second']) await tx.killSwitch.voteResume(person);
    await tx.killSwitch.clear();
  });
}

/** The request’s time is over, by the database's clock. */
export function expireApproval(store: TestStore, id: string): Promise<void> {
  return store.sql(
    `update cordon.approval set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second' where id = $1`,
    [id],
  );
}

/** So much of the request’s half hour is over, by the database's clock. */
export function ageApproval(store: TestStore, id: string, share: number): Promise<void> {
  return store.sql(
    `update cordon.approval set created_at = now() - interval '30 minutes' * $2::float8, expires_at = now() + interval '30 minutes' * (1 - $2::float8) where id = $1`,
    [id, share],
  );
}

/** As when the process that held the run has died and its lease has run out. */
export function dropLease(store: TestStore, runId: string): Promise<void> {
  return store.sql(`update cordon.run set lease_until = now() - interval '1 second' where id = $1`, [runId]);
}

/** Somebody with access to the database, and past its triggers, edits the plan of every run. */
export function changePlan(store: TestStore, field: string, value: string): Promise<void> {
  return store.sql(
    `update cordon.run set plan = jsonb_set(plan::jsonb, array[$1::text], to_jsonb($2::text))::json where plan is not null`,
    [field, value],
  );
}
