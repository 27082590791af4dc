import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { CordonError } from '../domain/errors.ts';
import { Mutex } from './mutex.ts';
import {
  beginsTransaction,
  endsTransaction,
  type PgClient,
  type PgPool,
  type PgQuery,
  type PgResult,
  type PgRow,
  QUERY_DEADLINE_MS,
} from './pool.ts';
import { assertOutsideTransaction } from './transaction-context.ts';
import { resultOf, scriptBytes, statementBytes } from './wire-query.ts';

/** More different texts than the product has; beyond it statements are not kept prepared. */
const MAX_PREPARED = 1_000;

export interface PglitePoolOptions {
  /** How long one query may take. After it the database does not answer any more (seen when the disk is full) and the pool refuses everything. */
  readonly queryDeadlineMs?: number;
  /** How long a transaction may stay open without a query: everything else waits for it. */
  readonly idleInTransactionMs?: number;
}

/**
 * The one session of the in-process database, shaped like a pool. A mutex gives it to one query at a time, and to one client from BEGIN to COMMIT or ROLLBACK.
 * After each query the event loop gets a turn: the database computes on this thread, and timers and sockets would starve behind a busy queue.
 */
export class PglitePool extends EventEmitter implements PgPool {
  readonly options = { keepAlive: true };
  readonly #db: PGlite;
  readonly #turn = new Mutex();
  readonly #names = new Map<string, { readonly name: string; ready: boolean }>();
  readonly #deadlineMs: number;
  readonly #idleMs: number;
  #poison: CordonError | undefined;
  #ended: Promise<void> | undefined;

  constructor(db: PGlite, options: PglitePoolOptions = {}) {
    super();
    this.setMaxListeners(0);
    this.#db = db;
    this.#deadlineMs = options.queryDeadlineMs ?? QUERY_DEADLINE_MS;
    this.#idleMs = options.idleInTransactionMs ?? 30_000;
  }

  /** Throws the database's own errors (`code` is the SQLSTATE), and CordonError `store_unresponsive`, `store_closed` or `inside_transaction`. */
  async query<R = PgRow>(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult<R>> {
    assertOutsideTransaction('The pool');
    this.#assertUsable();
    const end = await this.#turn.acquire();
    try {
      return await this.#execute<R>(query, values);
    } finally {
      end();
      await nextTurn();
    }
  }

  async connect(): Promise<PgClient> {
    this.#assertUsable();
    const client = new PgliteClient({
      query: (query, values) => this.query(query, values),
      execute: (query, values) => this.#execute(query, values),
      acquire: () => this.#acquire(),
      idleMs: this.#idleMs,
    });
    const off = this.#db.onNotification((channel, payload) => client.emit('notification', { channel, payload }));
    client.once('end', off);
    this.emit('connect', client);
    return client;
  }

  /** Waits for what is running, writes a checkpoint and closes the database. A poisoned one is left as it is: closing it would hang too. */
  end(): Promise<void> {
    this.#ended ??= this.#close();
    return this.#ended;
  }

  async #close(): Promise<void> {
    if (this.#poison) return;
    const turn = await this.#turn.acquire();
    try {
      await this.#execute('CHECKPOINT');
      await this.#db.close();
    } finally {
      this.#poison ??= closed();
      turn();
    }
  }

  async #acquire(): Promise<() => void> {
    const end = await this.#turn.acquire();
    if (!this.#poison) return end;
    end();
    throw this.#poison;
  }

  #assertUsable(): void {
    if (this.#poison) throw this.#poison;
    if (this.#ended) throw closed();
  }

  async #execute<R>(query: string | PgQuery, given?: readonly unknown[]): Promise<PgResult<R>> {
    if (this.#poison) throw this.#poison;
    const { text, values } =
      typeof query === 'string' ? { text: query, values: given } : { ...query, values: given ?? query.values };
    const result = await this.#withDeadline(
      values === undefined && text.includes(';') ? this.#script(text) : this.#statement(text, values ?? []),
    );
    // The row type is the caller's claim, as with node-postgres; repositories parse what they get.
    return result as PgResult<R>;
  }

  async #script(text: string): Promise<PgResult> {
    return resultOf(await this.#send(scriptBytes(text)));
  }

  async #statement(text: string, values: readonly unknown[]): Promise<PgResult> {
    const known = this.#names.get(text) ?? this.#remember(text);
    const messages = statementBytes(known.name, known.ready ? undefined : text, values);
    // Parsed again after any error: a changed table makes a prepared statement useless for ever.
    known.ready = false;
    const answer = resultOf(await this.#send(messages));
    known.ready = known.name !== '';
    return answer;
  }

  #remember(text: string): { readonly name: string; ready: boolean } {
    if (this.#names.size >= MAX_PREPARED) return { name: '', ready: false };
    const entry = { name: `s${this.#names.size}`, ready: false };
    this.#names.set(text, entry);
    return entry;
  }

  async #send(bytes: Uint8Array) {
    try {
      return await this.#db.runExclusive(() => this.#db.execProtocolStream(bytes, { syncToFs: false }));
    } catch (error) {
      if (endsTheSession(error)) this.#condemn('The database has given up.');
      throw error;
    }
  }

  async #withDeadline<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(this.#condemn(`The database has not answered for ${this.#deadlineMs} ms.`)),
        this.#deadlineMs,
      );
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** From now on everything is refused: the session is in an unknown state, and only a new process with room on the disk can open the directory again. */
  #condemn(what: string): CordonError {
    const error = new CordonError('store_unresponsive', what, {
      hint: 'Most often the disk is full: make room, then start Cordon again. Nothing that was confirmed is lost.',
    });
    this.#poison = error;
    queueMicrotask(() => {
      if (this.listenerCount('error') > 0) this.emit('error', error);
    });
    return error;
  }
}

/** After FATAL or PANIC (a checkpoint that cannot be written) PostgreSQL would end its process; here it would go on in an unknown state. */
function endsTheSession(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && (error.severity === 'FATAL' || error.severity === 'PANIC');
}

function closed(): CordonError {
  return new CordonError('store_closed', 'The database is closed.', { hint: 'Cordon is stopping; start it again.' });
}

interface Session {
  query(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult>;
  execute(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult>;
  acquire(): Promise<() => void>;
  readonly idleMs: number;
}

/** A checked-out client; it holds the session only between BEGIN and the end of the transaction. */
class PgliteClient extends EventEmitter implements PgClient {
  readonly #session: Session;
  #held: (() => void) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #released = false;
  #timedOut = false;

  constructor(session: Session) {
    super();
    this.setMaxListeners(0);
    this.#session = session;
  }

  async query<R = PgRow>(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult<R>> {
    const text = typeof query === 'string' ? query : query.text;
    if (this.#timedOut) throw idleTooLong(this.#session.idleMs);
    if (!this.#held && !beginsTransaction(text)) return (await this.#session.query(query, values)) as PgResult<R>;
    this.#held ??= await this.#session.acquire();
    clearTimeout(this.#idle);
    try {
      return (await this.#session.execute(query, values)) as PgResult<R>;
    } finally {
      if (endsTransaction(text)) this.#letGo();
      else this.#watchIdle();
      await nextTurn();
    }
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#held) this.#rollBack();
    this.emit('end');
    this.removeAllListeners();
  }

  #letGo(): void {
    clearTimeout(this.#idle);
    this.#held?.();
    this.#held = undefined;
  }

  #watchIdle(): void {
    this.#idle = setTimeout(() => {
      this.#timedOut = true;
      this.#rollBack();
    }, this.#session.idleMs);
    this.#idle.unref();
  }

  /** A roll-back that fails has been reported by the deadline already, and the pool refuses everything from then on. */
  #rollBack(): void {
    clearTimeout(this.#idle);
    const held = this.#held;
    this.#held = undefined;
    void this.#session
      .execute('ROLLBACK')
      .catch(() => undefined)
      .finally(() => held?.());
  }
}

function idleTooLong(milliseconds: number): CordonError {
  return new CordonError(
    'transaction_idle',
    `The transaction was open for ${milliseconds} ms without a query and was rolled back.`,
    {
      hint: 'Do slow work (AWS, Slack) before the transaction or after it.',
      retry: true,
    },
  );
}
