import { expect, test } from 'vitest';
import type { CliBase } from '../../../src/cli/command.ts';
import { facts, harmless, paint, printJson, table } from '../../../src/cli/print.ts';

function capture(color = false): CliBase & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    args: [],
    flags: {},
    cwd: '/',
    paths: { dataDir: '/d', settingsPath: '/s' },
    commands: [],
    json: false,
    color,
    out: (line) => void lines.push(line),
    err: (line) => void lines.push(line),
  };
}

/** Everything by which a text could steer a terminal or deceive its reader: escapes, C1 controls, direction, zero-width. */
const HOSTILE = '\u001b[2J\u009b31m\u202eevil\u200b\r\nsecond\u0007';

test('text from outside can neither steer a terminal nor begin a new line', () => {
  expect(harmless(HOSTILE)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(harmless('x'.repeat(500), 50).length).toBeLessThanOrEqual(50);
  expect(harmless('plain · tëxt 日本')).toBe('plain · tëxt 日本');
});

test('JSON for machines is one line, gives back the same value and steers no terminal', () => {
  const context = capture();
  const value = { text: `${HOSTILE}\u{e0041}`, list: [1, null] };
  printJson(context, value);
  expect(context.lines).toHaveLength(1);
  expect(context.lines[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(context.lines[0] ?? '')).toEqual(value);
});

test('columns stand under their headings, and an empty table says so in words', () => {
  const context = capture();
  table(
    context,
    ['A', 'LONGER'],
    [
      ['wide cell', 'x'],
      ['y', ''],
    ],
    'Nothing.',
  );
  table(context, ['A'], [], 'Nothing.');
  expect(context.lines).toEqual(['A          LONGER', 'wide cell  x', 'y', 'Nothing.']);
});

test('facts stand under each other', () => {
  const context = capture();
  facts(context, [
    ['a', '1'],
    ['long', '2'],
  ]);
  expect(context.lines).toEqual(['a     1', 'long  2']);
});

test('colour is there only when asked for', () => {
  expect(paint(capture(false), 'red', 'WRONG')).toBe('WRONG');
  expect(paint(capture(true), 'red', 'WRONG')).toBe('\u001b[31mWRONG\u001b[0m');
});
