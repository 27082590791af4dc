import { EventEmitter } from 'node:events';
import pg from 'pg';
import { CordonError } from '../domain/errors.ts';
import {
  beginsTransaction,
  endsTransaction,
  type PgClient,
  type PgPool,
  type PgQuery,
  type PgResult,
  type PgRow,
  QUERY_DEADLINE_MS,
  SEARCH_PATH,
} from './pool.ts';
import { assertOutsideTransaction } from './transaction-context.ts';

/** Each queue worker keeps one session for itself to be notified on; the rest serve transactions. */
const MAX_SESSIONS = 20;

/** A pool on a PostgreSQL server. TLS as the URL says (`sslmode=verify-full`, `sslrootcert=…`). Throws CordonError `database_url_invalid` for what is no such URL. */
export function openPgPool(url: string): PgPool {
  assertPostgresUrl(url);
  return new PgServerPool(
    new pg.Pool({
      connectionString: url,
      max: MAX_SESSIONS,
      keepAlive: true,
      application_name: 'cordon',
      connectionTimeoutMillis: 5_000,
      statement_timeout: QUERY_DEADLINE_MS,
      // A little later than the server's own limit, for the server that does not answer at all.
      query_timeout: QUERY_DEADLINE_MS + 2_000,
      idle_in_transaction_session_timeout: 30_000,
      options: `-c search_path=${SEARCH_PATH}`,
    }),
  );
}

/** node-postgres' pool with the store's own rule: no query beside an open transaction of the same caller. */
class PgServerPool extends EventEmitter implements PgPool {
  readonly options = { keepAlive: true };
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super();
    this.setMaxListeners(0);
    this.#pool = pool;
    // An idle session that breaks is replaced by the next query; without a listener it would end the process.
    pool.on('error', (error) => {
      if (this.listenerCount('error') > 0) this.emit('error', error);
    });
  }

  query<R = PgRow>(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult<R>> {
    assertOutsideTransaction('The pool');
    return this.#pool.query<PgResultRow<R>>(configOf(query, values));
  }

  async connect(): Promise<PgClient> {
    const client = new PgServerClient(await this.#pool.connect());
    this.emit('connect', client);
    return client;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

class PgServerClient extends EventEmitter implements PgClient {
  readonly #client: pg.PoolClient;
  #inTransaction = false;
  #released = false;

  constructor(client: pg.PoolClient) {
    super();
    this.setMaxListeners(0);
    this.#client = client;
    client.on('notification', this.#notified);
    client.on('error', this.#failed);
    client.on('end', this.#ended);
  }

  async query<R = PgRow>(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult<R>> {
    const config = configOf(query, values);
    if (beginsTransaction(config.text)) this.#inTransaction = true;
    const result = await this.#client.query<PgResultRow<R>>(config);
    if (endsTransaction(config.text)) this.#inTransaction = false;
    return result;
  }

  release(destroy = false): void {
    if (this.#released) return;
    this.#released = true;
    this.#client.off('notification', this.#notified);
    this.#client.off('error', this.#failed);
    this.#client.off('end', this.#ended);
    // A session with a transaction still open is not handed to the next: the server rolls it back when the connection ends.
    this.#client.release(destroy || this.#inTransaction);
  }

  #notified = (message: pg.Notification): void => {
    this.emit('notification', message);
  };
  #failed = (error: Error): void => {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  };
  #ended = (): void => {
    this.emit('end');
  };
}

/** node-postgres wants rows to be records; here the row type is the caller's claim. */
type PgResultRow<R> = R & pg.QueryResultRow;

function configOf(query: string | PgQuery, values: readonly unknown[] | undefined): pg.QueryConfig {
  const {
    text,
    name,
    values: own,
  } = typeof query === 'string' ? { text: query, name: undefined, values: undefined } : query;
  const used = values ?? own;
  return { text, ...(name === undefined ? {} : { name }), ...(used === undefined ? {} : { values: [...used] }) };
}

function assertPostgresUrl(url: string): void {
  const hint = 'Give it as postgres://user:password@host:5432/database?sslmode=verify-full';
  if (!URL.canParse(url)) throw new CordonError('database_url_invalid', 'The database address is not a URL.', { hint });
  if (!/^postgres(ql)?:$/.test(new URL(url).protocol))
    throw new CordonError('database_url_invalid', 'The database address is not a postgres:// URL.', { hint });
}
