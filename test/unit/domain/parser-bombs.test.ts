import { expect, test } from 'vitest';
import { tooHeavyForYaml } from '../../../src/domain/yaml-weight.ts';
import { PARSER_BOMBS } from '../../support/parser-bombs.ts';

const LIMITS = { bytes: 1_000, lines: 2_000 };

/** `npx tsx scripts/bench/bombs.ts` says how long each takes. */
test.each(PARSER_BOMBS)('$reader: $name', { timeout: 60_000 }, ({ text, refused }) => {
  expect(refused(text())).toBe(true);
});

test.each([
  ['a: [[1, 2], {b: c}]\n# [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\nb: "["'],
  ['list:\n  - - a\n    - b\n  - c: 1\n    d: &x 2\n    e: *x\n'],
  [`${'- a: 1\n  b: 2\n'.repeat(60)}`],
])('an ordinary file is light: %s', (text) => {
  expect(tooHeavyForYaml(text, LIMITS)).toBeUndefined();
});

test.each([
  ['a: 1\n'.repeat(300), 'the file is larger than 1000 bytes', 1],
  ['\n'.repeat(900), undefined, 0],
  [`a: 1\nb: ${'['.repeat(33)}`, 'nested too deep', 2],
  [`a:\n${' '.repeat(66)}b: 1`, 'nested too deep', 2],
  [`a:\n  ${'- '.repeat(40)}b`, 'nested too deep', 2],
  [`a: [${'*x, '.repeat(21)}]`, 'more than 20 aliases', 1],
])('%j is too heavy: %s', (text, message, line) => {
  expect(tooHeavyForYaml(text, LIMITS)).toEqual(message === undefined ? undefined : { line, message });
});
