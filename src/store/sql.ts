import { z } from 'zod';
import { CordonError } from '../domain/errors.ts';
import type { PgQueryable, PgResult, PgRow } from './pool.ts';

/**
 * How repositories talk to the database: `ask` reads, `change` needs a transaction, `note` writes book-keeping that may stand alone (leases, replay memory, delivery marks).
 */
export interface Sql {
  readonly inTransaction: boolean;
  ask(text: string, values?: readonly unknown[]): Promise<readonly PgRow[]>;
  change(text: string, values?: readonly unknown[]): Promise<PgResult>;
  note(text: string, values?: readonly unknown[]): Promise<PgResult>;
}

/** Binds a client (inside a transaction) or the pool (outside one). */
export function sqlOn(queryable: PgQueryable, inTransaction: boolean): Sql {
  const run = (text: string, values: readonly unknown[] = []): Promise<PgResult> =>
    queryable.query(text, values.map(storable));
  return {
    inTransaction,
    ask: async (text, values) => (await run(text, values)).rows,
    change: async (text, values) => {
      if (!inTransaction) throw needsTransaction();
      return run(text, values);
    },
    note: run,
  };
}

/** Takes the row locks of `text` in a transaction; outside one it only reads. */
export function locking(sql: Sql, text: string, lock: 'FOR UPDATE' | 'FOR SHARE' = 'FOR UPDATE'): string {
  return sql.inTransaction ? `${text} ${lock}` : text;
}

/** PostgreSQL's text holds no NUL and no half surrogate pairs, and hostile text may hold both: each becomes U+FFFD. */
export function storable<T>(value: T): T | string {
  if (typeof value !== 'string') return value;
  return Buffer.from(value, 'utf8').toString('utf8').replaceAll('\0', '\uFFFD');
}

/** A document as a parameter of a json column. */
export function document(value: unknown): string {
  return JSON.stringify(value);
}

/** The first row through a schema, or undefined when there is none. */
export function firstOf<T>(schema: z.ZodType<T>, rows: readonly PgRow[]): T | undefined {
  return rows[0] === undefined ? undefined : schema.parse(rows[0]);
}

/** The only row; throws CordonError `row_missing` when there is none. */
export function onlyOf<T>(schema: z.ZodType<T>, rows: readonly PgRow[], what: string): T {
  const row = firstOf(schema, rows);
  if (row === undefined) throw rowMissing(what);
  return row;
}

/** All rows through a schema. */
export function allOf<T>(schema: z.ZodType<T>, rows: readonly PgRow[]): readonly T[] {
  return rows.map((row) => schema.parse(row));
}

/** A row that the caller says exists and that does not. */
export function rowMissing(what: string): CordonError {
  return new CordonError('row_missing', `There is no ${what}.`, {
    hint: 'It may have been removed; look it up again.',
  });
}

function needsTransaction(): CordonError {
  return new CordonError('transaction_required', 'This change was asked for outside a transaction.', {
    hint: 'Call it on the repositories that Store.tx hands in, beside the audit row that records it.',
  });
}

/** timestamptz comes as Date; the domain has ISO 8601 text. */
export const Instant = z.date().transform((date) => date.toISOString());
/** bigint comes as text; ours stay far below 2^53. */
export const Counter = z.coerce.number().int();
/** A document that this product wrote itself: its shape is the writer's, here it is only seen to be an object. */
export function written<T>(): z.ZodType<T> {
  return z.custom<T>((value) => typeof value === 'object' && value !== null);
}
