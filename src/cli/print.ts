/** What the commands print with: columns, colours that are never the only sign, and text of findings made harmless for a terminal. */
import { accountLabel } from '../domain/account.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import { knownAccount, type Settings } from '../domain/settings.ts';
import { cut, exact } from '../slack/escape.ts';
import type { CliBase } from './command.ts';

const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;

/** The text in a colour, where the caller's terminal wants it. */
export function paint({ color }: Pick<CliBase, 'color'>, style: keyof typeof CODES, text: string): string {
  return color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** Text from outside on one line, with nothing in it that moves a terminal's cursor, hides or reverses other text; `max` is in UTF-16 units. */
export function harmless(text: string, max = 200): string {
  return cut(exact(text), max);
}

/** Rows as aligned columns under a bold heading; no trailing space. An empty list prints `none` in words. */
export function table(
  context: CliBase,
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  none: string,
): void {
  if (rows.length === 0) {
    context.out(none);
    return;
  }
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  context.out(paint(context, 'bold', line(heading)));
  for (const row of rows) context.out(line(row));
}

/** `name: value` lines with the values under each other. */
export function facts(context: CliBase, pairs: readonly (readonly [string, string])[]): void {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  for (const [name, value] of pairs) context.out(`${name.padEnd(width)}  ${value}`);
}

/** One JSON value on one line, with every character that a terminal could act on as a JSON escape. */
export function printJson(context: CliBase, value: unknown): void {
  const escaped = (text: string): string =>
    [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  context.out(JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped));
}

/** What was thrown and what to do, for a person. */
export function printError(context: CliBase, thrown: unknown): void {
  context.err(`${paint(context, 'red', 'Failed:')} ${messageOf(thrown)}`);
  if (thrown instanceof CordonError) context.err(`  ${thrown.hint}`);
}

/** `alias (id)`: an account is never shown by its number alone. */
export function accountName(settings: Settings, id: string): string {
  return accountLabel(knownAccount(settings, id), id);
}

/** `Alice Meyer (U012…)`, or the id alone where Slack gave no name. */
export function personName(names: ReadonlyMap<string, string>, id: string): string {
  const name = names.get(id);
  return name === undefined ? harmless(id, 60) : `${harmless(name, 60)} (${id})`;
}
