import { protocol } from '@electric-sql/pglite';
import pg from 'pg';
import utils from 'pg/lib/utils.js';
import type { PgResult, PgRow } from './pool.ts';

/** A message of PostgreSQL's wire protocol as PGlite parses it. */
export interface BackendMessage {
  readonly name: string;
}

/** Messages that run one statement with values: parsed under its name when it is new there, else only bound and run. */
export function statementBytes(name: string, parse: string | undefined, values: readonly unknown[]): Uint8Array {
  const { serialize } = protocol;
  const parts = [
    // Closing what is not there is no error, and a name left behind by a failed statement becomes free.
    ...(parse === undefined ? [] : [serialize.close({ type: 'S', name }), serialize.parse({ name, text: parse })]),
    serialize.bind({ statement: name, values: values.map((value) => utils.prepareValue(value)) }),
    serialize.describe({ type: 'P' }),
    serialize.execute({}),
    serialize.sync(),
  ];
  return Buffer.concat(parts);
}

/** The simple protocol: any number of statements in one text, without values. */
export function scriptBytes(text: string): Uint8Array {
  return protocol.serialize.query(text);
}

type Column = readonly [name: string, parse: (text: string) => unknown];

/** What the messages say, with node-postgres' own value parsers. Of several statements the last one's result. */
export function resultOf(messages: readonly BackendMessage[]): PgResult {
  let columns: readonly Column[] = [];
  let rows: PgRow[] = [];
  let result: PgResult = { rows: [], rowCount: null, command: '' };
  for (const message of messages) {
    if (isRowDescription(message)) {
      columns = message.fields.map((field) => [field.name, pg.types.getTypeParser(field.dataTypeID, 'text')]);
      rows = [];
    } else if (isDataRow(message)) {
      rows.push(rowOf(columns, message.fields));
    } else if (isCommandComplete(message)) {
      result = { rows, ...tagOf(message.text) };
      rows = [];
    }
  }
  return result;
}

function rowOf(columns: readonly Column[], fields: readonly (string | null)[]): PgRow {
  const row: Record<string, unknown> = {};
  columns.forEach(([name, parse], index) => {
    const text = fields[index];
    row[name] = text === null || text === undefined ? null : parse(text);
  });
  return row;
}

/** `INSERT 0 3` -> 3, `UPDATE 2` -> 2, `BEGIN` -> null. */
function tagOf(tag: string): { readonly command: string; readonly rowCount: number | null } {
  const words = tag.split(' ');
  const last = words.at(-1) ?? '';
  return { command: words[0] ?? '', rowCount: /^\d+$/.test(last) ? Number(last) : null };
}

function isRowDescription(
  message: BackendMessage,
): message is InstanceType<typeof protocol.messages.RowDescriptionMessage> {
  return message.name === 'rowDescription';
}
function isDataRow(message: BackendMessage): message is InstanceType<typeof protocol.messages.DataRowMessage> {
  return message.name === 'dataRow';
}
function isCommandComplete(
  message: BackendMessage,
): message is InstanceType<typeof protocol.messages.CommandCompleteMessage> {
  return message.name === 'commandComplete';
}
