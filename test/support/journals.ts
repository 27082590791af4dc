/**
 * Recorded journals: what the tables held at one moment of a run, and what AWS was asked and answered from then to its end. Replayed against the code as it is, an upgrade in the
 * middle of a run has to send the same calls and come to the same end; a request that is still open has to keep its hash or turn stale and say why.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ACTIONS } from '../../src/actions/registry.generated.ts';
import { registryOf } from '../../src/actions/registry.ts';
import { AwsCallError } from '../../src/domain/errors.ts';
import { canonicalJson, type Json, type JsonObject } from '../../src/domain/json.ts';
import type { AwsCall } from '../../src/domain/plan.ts';
import { vote } from '../../src/flow/approve.ts';
import { remediate } from '../../src/flow/remediate.ts';
import type { AwsReader, AwsSessions, AwsWriter, Deps, LoadedPlaybook } from '../../src/ports.ts';
import type { OpenStore } from '../../src/store/store.ts';
import { ALICE, flowWorld, testSettings, type World } from './flow-world.ts';

/** The tables of a run, those that others point to first. */
const TABLES = ['incident', 'finding', 'run', 'approval', 'vote', 'journal'] as const;

const Row = z.record(z.string(), z.json());
const Rows = z.record(z.enum(TABLES), z.array(Row));
const Call = z.object({ service: z.string(), operation: z.string(), input: z.record(z.string(), z.json()) });
const Refusal = z.object({ code: z.string(), message: z.string(), retry: z.boolean(), ambiguous: z.boolean() });
const Asked = z.object({
  kind: z.enum(['read', 'write']),
  where: z.string(),
  call: Call,
  answer: z.json().optional(),
  refused: Refusal.optional(),
});
type Asked = z.infer<typeof Asked>;

export const RecordedJournal = z.object({
  name: z.string(),
  /** How many migrations the tables had. */
  migrations: z.number(),
  runId: z.string(),
  /** Whether the request still waited for its vote. */
  isPending: z.boolean(),
  playbook: z.custom<LoadedPlaybook>((value) => typeof value === 'object' && value !== null),
  rows: Rows,
  /** Everything that AWS was asked afterwards, in order. */
  tape: z.array(Asked),
  end: z.object({ state: z.string(), steps: z.array(z.json()) }),
});
export type RecordedJournal = z.infer<typeof RecordedJournal>;

/** The settings under which journals are recorded and replayed: three accounts in which Cordon may act. */
function journalSettings() {
  return testSettings((file) => {
    for (const id of ['333333333332', '333333333333'])
      file.accounts.push({ id, alias: `prod-${id.slice(-2)}`, environment: 'prod', owners: [ALICE.id] });
    for (const account of file.accounts) account.act = true;
    file.limits = { runsPerAccountPerHour: 1000, runsPerHour: 5000, shareOfAccountsPerHour: { percent: 100 } };
  });
}

/** The real flow and the real actions, over a store and sessions that are handed in. */
export function journalWorld(store: OpenStore, sessions: AwsSessions): World {
  const world = flowWorld(store);
  world.settings = journalSettings();
  const deps: Deps = { ...world.deps, actions: registryOf(ACTIONS), sessions };
  return { ...world, deps };
}

/** Sessions that write down what they are asked and what comes back, on a tape that can be changed. */
export function recording(sessions: AwsSessions, tape: () => Asked[]): AwsSessions {
  const noted = async <T>(kind: Asked['kind'], where: string, asked: AwsCall, send: () => Promise<T>): Promise<T> => {
    // The SDK may write into the input, a checksum for one.
    const call = structuredClone(asked);
    try {
      const answer = await send();
      tape().push(Asked.parse(JSON.parse(JSON.stringify({ kind, where, call, answer }))));
      return answer;
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error;
      const { awsCode: code, message, retry, ambiguous } = error;
      tape().push(
        Asked.parse(JSON.parse(JSON.stringify({ kind, where, call, refused: { code, message, retry, ambiguous } }))),
      );
      throw error;
    }
  };
  return {
    async read(accountId, region) {
      const reader = await sessions.read(accountId, region);
      return { ...reader, send: (call) => noted('read', `${accountId}/${region}`, call, () => reader.send(call)) };
    },
    async act(request) {
      const writer = await sessions.act(request);
      const where = `${request.accountId}/${request.region}`;
      return { ...writer, send: (call) => noted('write', where, call, () => writer.send(call)) };
    },
  };
}

/**
 * Sessions that answer from a tape: each question between the same two writes as it was answered then, the last answer again when it is asked more often.
 * What is not on the tape was not asked then.
 */
class Replay implements AwsSessions {
  readonly sent: string[] = [];
  readonly unknown: string[] = [];
  readonly #answers = new Map<string, Asked[]>();

  constructor(tape: readonly Asked[]) {
    let writes = 0;
    for (const one of tape) {
      const key = `${one.kind === 'read' ? writes : ''} ${keyOf(one.kind, one.where, one.call)}`;
      if (one.kind === 'write') writes += 1;
      this.#answers.set(key, [...(this.#answers.get(key) ?? []), one]);
    }
  }

  async read(accountId: string, region: string): Promise<AwsReader> {
    const send = async (call: AwsCall): Promise<Json> => this.#answer('read', `${accountId}/${region}`, call) ?? null;
    return { accountId, region, partition: 'aws', send };
  }

  async act({ accountId, region }: { readonly accountId: string; readonly region: string }): Promise<AwsWriter> {
    const send: AwsWriter['send'] = async (call) => {
      const where = `${accountId}/${region}`;
      this.sent.push(keyOf('write', where, call));
      return z.object({ requestId: z.string().nullable(), output: z.json() }).parse(this.#answer('write', where, call));
    };
    return { accountId, region, send };
  }

  #answer(kind: Asked['kind'], where: string, call: AwsCall): Json | undefined {
    const key = `${kind === 'read' ? this.sent.length : ''} ${keyOf(kind, where, call)}`;
    const answers = this.#answers.get(key) ?? [];
    const [first] = answers;
    if (!first) {
      this.unknown.push(key);
      throw new AwsCallError('NotOnTape', `${key} was not asked when the journal was recorded`, {
        hint: 'Record anew.',
      });
    }
    if (answers.length > 1) answers.shift();
    if (!first.refused) return first.answer;
    const { code, message, retry, ambiguous } = first.refused;
    throw new AwsCallError(code, message, { hint: '', retry, ambiguous });
  }
}

function keyOf(kind: string, where: string, { service, operation, input }: Asked['call'] | AwsCall): string {
  return `${kind} ${where} ${service}:${operation} ${canonicalJson(input)}`;
}

export async function dumpRows(store: OpenStore): Promise<RecordedJournal['rows']> {
  const rows: { [table: string]: JsonObject[] } = {};
  for (const table of TABLES) {
    const found = await store.pool.query(`SELECT row_to_json(t) AS row FROM cordon.${table} t`);
    rows[table] = z
      .array(z.object({ row: Row }))
      .parse(found.rows)
      .map(({ row }) => row);
  }
  return Rows.parse(rows);
}

/** Puts the rows back as an upgrade finds them; a column that came later has its default. Requests are as old as they were then. */
async function loadRows(store: OpenStore, { rows }: RecordedJournal): Promise<void> {
  const client = await store.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    for (const table of TABLES)
      for (const row of rows[table]) {
        const columns = Object.keys(row).join(', ');
        const text = `INSERT INTO cordon.${table} (${columns}) SELECT ${columns} FROM json_populate_record(null::cordon.${table}, $1)`;
        await client.query(text, [JSON.stringify(row)]);
      }
    await client.query(
      `UPDATE cordon.approval SET expires_at = expires_at + (clock_timestamp() - created_at), created_at = clock_timestamp()`,
    );
    await client.query('UPDATE cordon.run SET lease_until = NULL');
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** What the code as it is makes of a recorded journal. */
export interface Replayed {
  /** `same`: the same calls and the same end; `stale`: a request that had not begun and does not hold any more, with why. Anything else is a difference. */
  readonly outcome: 'same' | 'stale' | 'different';
  readonly why: string;
  /** Writes of the tape that were not sent, and writes beyond it. */
  readonly missing: number;
  readonly extra: number;
}

export async function replay(store: OpenStore, journal: RecordedJournal): Promise<Replayed> {
  await loadRows(store, journal);
  const sessions = new Replay(journal.tape);
  const world = journalWorld(store, sessions);
  world.playbook = journal.playbook;
  const deps: Deps = { ...world.deps, playbooks: onlyPlaybook(journal.playbook), sessions };
  const { runId } = journal;
  const hash = (await deps.store.read.runs.get(runId))?.planHash;
  if (journal.isPending) await approve(deps, runId);
  await remediate(deps, runId);
  const run = await deps.store.read.runs.get(runId);
  const wanted = journal.tape.filter(({ kind }) => kind === 'write').map((one) => keyOf('write', one.where, one.call));
  const left = [...wanted];
  const extra = sessions.sent.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  }).length;
  const steps = await stepsOf(store, runId);
  const state = run?.state ?? 'gone';
  const counts = { missing: left.length, extra };
  if (state === 'stale' && sessions.sent.length === 0 && !journal.rows.journal.some((row) => row['run_id'] === runId))
    return { outcome: 'stale', why: run?.stateReason ?? '', missing: 0, extra: 0 };
  const isSame =
    state === journal.end.state &&
    run?.planHash === hash &&
    canonicalJson(sessions.sent) === canonicalJson(wanted) &&
    canonicalJson(steps) === canonicalJson(journal.end.steps);
  if (isSame) return { outcome: 'same', why: '', ...counts };
  const unknown = sessions.unknown.slice(0, 3).join('; ');
  return {
    outcome: 'different',
    why: `${state} (${run?.stateReason ?? ''}) instead of ${journal.end.state}; sent ${sessions.sent.length} of ${wanted.length}; not on the tape: ${unknown}`,
    ...counts,
  };
}

export async function approve(deps: Deps, runId: string): Promise<void> {
  const approval = await deps.store.read.approvals.ofRun(runId);
  if (!approval) throw new Error(`there is no request for ${runId}`);
  const { id: approvalId, planHash } = approval;
  const outcome = await vote(deps, ALICE, { approvalId, planHash, decision: 'approve', reason: 'checked' });
  if (!outcome.ok) throw new Error(`not approved: ${outcome.refusal.message}`);
}

export function onlyPlaybook(loaded: LoadedPlaybook): Deps['playbooks'] {
  const set = {
    get: (id: string) => (id === loaded.playbook.id ? loaded : undefined),
    list: () => [loaded],
    match: () => {
      throw new Error('nothing is matched here');
    },
  };
  return { current: async () => set };
}

/** How the steps ended; their times and request ids aside. */
export async function stepsOf(store: OpenStore, runId: string): Promise<Json[]> {
  const entries = await store.read.journal.ofRun(runId);
  return entries.map(({ stepIndex, stepId, state, readBack, outputs }) => ({
    stepIndex,
    stepId,
    state,
    readBack,
    outputs,
  }));
}

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'journals');

/** All that are kept, in the order of their names. */
export function recordedJournals(): readonly RecordedJournal[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => RecordedJournal.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))));
}
