/**
 * The database as the store and the queue see it: the part of node-postgres' pool that both need, so that PostgreSQL and the embedded database are one thing to them.
 * Values come back alike from both: int8 and numeric as text, timestamptz as Date, json and jsonb parsed.
 */

export interface PgRow {
  readonly [column: string]: unknown;
}

export interface PgResult<R = PgRow> {
  rows: R[];
  /** Rows touched or returned; null for commands that count none. */
  rowCount: number | null;
  /** First word of the command tag: SELECT, UPDATE … */
  command: string;
}

/** The object form of a query; `name` asks for a prepared statement. */
export interface PgQuery {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
}

export interface PgQueryable {
  /** Several statements in one text are allowed when there are no values; what they return is then not to be used. */
  query<R = PgRow>(query: string | PgQuery, values?: readonly unknown[]): Promise<PgResult<R>>;
}

export interface PgNotification {
  channel: string;
  payload?: string;
}

/** One session: a transaction lives on one client from BEGIN to COMMIT or ROLLBACK. */
export interface PgClient extends PgQueryable {
  /** Gives it back; `destroy` also when it is broken. A transaction still open is rolled back. */
  release(destroy?: boolean): void;
  on(event: 'notification', listener: (message: PgNotification) => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'end', listener: () => void): this;
  removeListener(event: 'notification', listener: (message: PgNotification) => void): this;
  removeAllListeners(event?: string): this;
}

export interface PgPool extends PgQueryable {
  /** `keepAlive`: a broken session cannot go unnoticed, so a waiting worker need not poll. */
  readonly options: { readonly keepAlive?: boolean | undefined };
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'connect', listener: (client: PgClient) => void): this;
  removeAllListeners(event?: string): this;
}

/** How long one query may take before it counts as stuck. */
export const QUERY_DEADLINE_MS = 10_000;

/** Our tables first, then BullMQ's, whose functions name their own schema. */
export const SEARCH_PATH = 'cordon,bullmq,public';

/** True for a text that opens a transaction. */
export function beginsTransaction(text: string): boolean {
  return /^\s*(BEGIN|START\s+TRANSACTION)\b/i.test(text);
}

/** True for a text that ends one; a roll-back to a savepoint does not. */
export function endsTransaction(text: string): boolean {
  return /^\s*(COMMIT|END|ROLLBACK|ABORT)\b(?!\s+((WORK|TRANSACTION)\s+)?TO\b)/i.test(text);
}
