import { z } from 'zod';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import type { Entry } from './record.ts';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** One embedded database in memory for many worlds: opening takes seconds, emptying milliseconds. */
export interface ModelDatabase {
  readonly store: OpenStore;
  /** Empties everything past the triggers, as a fresh installation would be. */
  wipe(): Promise<void>;
  /** What was committed after that entry. */
  entriesAfter(seq: number): Promise<readonly Omit<Entry, 'tick'>[]>;
  /** The newest committed entry. */
  head(): Promise<number>;
  query(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** All rows of all tables as one text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

const EntryRow = z.object({
  seq: z.coerce.number(),
  tx: z.string(),
  at: z.number(),
  entity: z.custom<Entry['entity']>(),
  id: z.string(),
  was: z.string().nullable(),
  is: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/** Tables with one row that is put back instead of removed. */
const KEPT = ['schema_change', 'audit_head', 'audit_anchor', 'kill_switch', 'deployment'];
/** The embedded database has no autovacuum. */
const VACUUM_EVERY = 40;

export async function openDatabase(): Promise<ModelDatabase> {
  const store = await openStore({ kind: 'memory' }, QUIET);
  const { pool } = store;
  await pool.query(HISTORY);
  // Nothing is kept, so nothing need be written ahead.
  await pool.query('SET synchronous_commit TO off', []);
  const { rows } = await pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'cordon' ORDER BY 1`, []);
  const tables = rows.map((row) => String(row['tablename']));
  const emptied = tables.filter((name) => !KEPT.includes(name));
  const wiping = `BEGIN; SET LOCAL session_replication_role = replica;
    ${emptied.map((name) => `DELETE FROM cordon.${name};`).join(' ')} DELETE FROM model.history;
    UPDATE cordon.audit_head SET seq = 0, hash = repeat('0', 64); UPDATE cordon.audit_anchor SET seq = 0, hash = repeat('0', 64);
    UPDATE cordon.kill_switch SET stopped = false, reason = NULL, by_person = NULL, at = NULL, resume_votes = '[]';
    UPDATE cordon.deployment SET first_connect_at = clock_timestamp() - interval '1 day', epoch = 1, restored_sign = NULL, restored_seen_at = NULL;
    INSERT INTO cordon.ops_line DEFAULT VALUES;
    SELECT setval('cordon.incident_number', 1, false); SELECT setval('model.history_seq_seq', 1, false); COMMIT;`;
  let wipes = 0;
  const query: ModelDatabase['query'] = async (text, values = []) => (await pool.query(text, values)).rows;
  return {
    store,
    query,
    async wipe() {
      await pool.query(wiping);
      wipes += 1;
      if (wipes % VACUUM_EVERY === 0) await pool.query('VACUUM', []);
    },
    async entriesAfter(seq) {
      const text = 'SELECT seq, tx, at, entity, id, was, "is", detail FROM model.history WHERE seq > $1 ORDER BY seq';
      return (await query(text, [seq])).map((row) => EntryRow.parse(row));
    },
    async head() {
      const [row] = await query('SELECT coalesce(max(seq), 0) AS head FROM model.history');
      return Number(row?.['head'] ?? 0);
    },
    async dump() {
      const parts: string[] = [];
      for (const name of tables) for (const row of await query(`SELECT * FROM cordon.${name}`)) parts.push(show(row));
      return parts.join('\n');
    },
    close: () => store.close(),
  };
}

function show(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(row, (_, value: unknown) =>
    value !== null && typeof value === 'object' && 'type' in value && value.type === 'Buffer' && 'data' in value
      ? Buffer.from(value.data as number[]).toString('utf8')
      : value,
  );
}

/** Written in the same transaction as the change, so a change that is rolled back leaves no entry and no code of the product can leave one out. */
const HISTORY = `
CREATE SCHEMA model;
CREATE UNLOGGED TABLE model.history (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tx text NOT NULL DEFAULT txid_current()::text,
  at double precision NOT NULL DEFAULT extract(epoch FROM clock_timestamp()) * 1000,
  entity text NOT NULL, id text NOT NULL, was text, "is" text NOT NULL, detail jsonb NOT NULL);
CREATE FUNCTION model.note(entity text, id text, was text, "is" text, detail jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO model.history (entity, id, was, "is", detail) VALUES (entity, id, was, "is", detail) $$;
CREATE FUNCTION model.run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' OR OLD.state <> NEW.state OR OLD.fence <> NEW.fence THEN
    PERFORM model.note('run', NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, jsonb_build_object('fence', NEW.fence,
      'fenceWas', CASE WHEN TG_OP = 'UPDATE' THEN OLD.fence ELSE 0 END, 'owner', NEW.lease_owner, 'hash', NEW.plan_hash, 'incident', NEW.incident_id,
      'by', NEW.requested_by, 'kind', NEW.request ->> 'kind', 'undoes', NEW.request ->> 'undoes',
      'account', NEW.plan ->> 'accountId', 'action', NEW.plan -> 'action' ->> 'id', 'leaseUntil', extract(epoch FROM NEW.lease_until) * 1000));
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.undone_by IS DISTINCT FROM NEW.undone_by THEN
    PERFORM model.note('undo', NEW.id, OLD.undone_by, coalesce(NEW.undone_by, ''), '{}');
  END IF;
  RETURN NULL; END $$;
CREATE TRIGGER model_run AFTER INSERT OR UPDATE ON cordon.run FOR EACH ROW EXECUTE FUNCTION model.run();
CREATE FUNCTION model.approval() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' OR OLD.state <> NEW.state THEN
    PERFORM model.note('approval', NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, jsonb_build_object('run', NEW.run_id,
      'hash', NEW.plan_hash, 'by', NEW.requested_by, 'expiresAt', extract(epoch FROM NEW.expires_at) * 1000));
  END IF; RETURN NULL; END $$;
CREATE TRIGGER model_approval AFTER INSERT OR UPDATE ON cordon.approval FOR EACH ROW EXECUTE FUNCTION model.approval();
CREATE FUNCTION model.vote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM model.note('vote', NEW.approval_id, NULL, NEW.decision, jsonb_build_object('person', NEW.person_id, 'hash', NEW.plan_hash));
  RETURN NULL; END $$;
CREATE TRIGGER model_vote AFTER INSERT ON cordon.vote FOR EACH ROW EXECUTE FUNCTION model.vote();
CREATE FUNCTION model.journal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM model.note('journal', NEW.run_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, jsonb_build_object('index', NEW.step_index,
    'step', NEW.step_id, 'fence', NEW.fence, 'readBack', NEW.read_back));
  RETURN NULL; END $$;
CREATE TRIGGER model_journal AFTER INSERT OR UPDATE ON cordon.journal FOR EACH ROW EXECUTE FUNCTION model.journal();
CREATE FUNCTION model.incident() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' OR OLD.state <> NEW.state OR OLD.correlation_key <> NEW.correlation_key OR OLD.resolution IS DISTINCT FROM NEW.resolution THEN
    PERFORM model.note('incident', NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, jsonb_build_object('key', NEW.correlation_key,
      'account', NEW.account_id, 'resolution', NEW.resolution));
  END IF; RETURN NULL; END $$;
CREATE TRIGGER model_incident AFTER INSERT OR UPDATE ON cordon.incident FOR EACH ROW EXECUTE FUNCTION model.incident();
CREATE FUNCTION model.finding() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM model.note('finding', NEW.key, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, jsonb_build_object('incident', NEW.incident_id,
    'correlation', NEW.correlation_key));
  RETURN NULL; END $$;
CREATE TRIGGER model_finding AFTER INSERT OR UPDATE ON cordon.finding FOR EACH ROW EXECUTE FUNCTION model.finding();
CREATE FUNCTION model.delivery() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM model.note('delivery', NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, jsonb_build_object('transportId', NEW.transport_id,
    'bodyHash', NEW.body_hash));
  RETURN NULL; END $$;
CREATE TRIGGER model_delivery AFTER INSERT OR UPDATE ON cordon.delivery FOR EACH ROW EXECUTE FUNCTION model.delivery();
CREATE FUNCTION model.switch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF OLD.stopped <> NEW.stopped THEN PERFORM model.note('switch', 'switch', OLD.stopped::text, NEW.stopped::text, '{}'); END IF; RETURN NULL; END $$;
CREATE TRIGGER model_switch AFTER UPDATE ON cordon.kill_switch FOR EACH ROW EXECUTE FUNCTION model.switch();
CREATE FUNCTION model.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM model.note('audit', NEW.seq::text, NULL, NEW.event, jsonb_build_object('actorKind', NEW.actor_kind, 'actor', NEW.actor_id, 'subject', NEW.subject,
    'prevHash', NEW.prev_hash, 'hash', NEW.hash, 'details', NEW.details::jsonb));
  RETURN NULL; END $$;
CREATE TRIGGER model_audit AFTER INSERT ON cordon.audit FOR EACH ROW EXECUTE FUNCTION model.audit();
`;
