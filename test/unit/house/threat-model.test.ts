import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evidenceOf, sectionsOf, titlesOf, whyNone } from './evidence.ts';
import { ROOT, textOf } from './project-files.ts';

const read = (file: string) => (existsSync(join(ROOT, file)) ? textOf(file) : undefined);
const PAGE = 'docs/threat-model.md';
const ROWS = [
  ...['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'],
  ...['T1', 'T2', 'T3', 'T4', 'R1', 'I1', 'I2', 'I3', 'I4'],
  ...['D1', 'D2', 'D3', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'E8'],
];

describe('the threat model', () => {
  const rows = sectionsOf(textOf(PAGE), 3);

  test('has every row, each once and in order', () => {
    expect(rows.map(({ title }) => title.split(' ')[0])).toEqual(ROWS);
  });

  test.each(rows.map(({ title, text }) => [title, text]))('%s: control, limits, and tests that exist', (_, text) => {
    for (const part of ['**Threat.**', '**Control.**', '**Shown by**', '**Limits.**']) expect(text).toContain(part);
    const evidence = evidenceOf(PAGE, text);
    expect(evidence.length).toBeGreaterThan(0);
    expect(evidence.map((one) => whyNone(one, read)).filter((why) => why !== undefined)).toEqual([]);
  });

  test.each(rows.map(({ title, text }) => [title, text]))('%s: the code that it names is there', (_, text) => {
    const paths = [...text.matchAll(/`((?:src|infra|scripts|workers|docs|\.ci)\/[^`*\s]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const [promises] = sectionsOf(textOf('SECURITY.md'), 2).filter(({ title }) => title === 'What Cordon promises');
  const items = (promises?.text ?? '').split(/\n(?=\d+\. )/).slice(1);

  test('numbers its promises without a gap', () => {
    expect(items.length).toBeGreaterThanOrEqual(11);
    expect(items.map((item) => Number.parseInt(item, 10))).toEqual(items.map((_, index) => index + 1));
  });

  test.each(items.map((item) => [/\*\*(.+?)\*\*/s.exec(item)?.[1] ?? item, item]))(
    '%s: proved by tests that exist',
    (_, item) => {
      const evidence = evidenceOf('SECURITY.md', item);
      expect(evidence.length).toBeGreaterThan(0);
      expect(evidence.map((one) => whyNone(one, read)).filter((why) => why !== undefined)).toEqual([]);
    },
  );
});

describe('a proof', () => {
  const source = [
    "it('does a', () => 1);",
    "test.each([1])('does b %s', f);",
    'it.each([\n  1,\n])(\n  `does $' + '{N} times c`,\n  f);',
    "describe('a suite', () => {});",
  ].join('\n');

  test('is found by the title of its test, with … for what is put in', () => {
    expect(titlesOf(source)).toEqual(['does a', 'does b %s', ['does $', '{N} times c'].join('')]);
    const why = (title: string) => whyNone({ title, file: 'test/a.test.ts' }, () => source);
    for (const title of ['does a', 'does b %s', 'does b …', 'does … times c']) expect(why(title)).toBeUndefined();
    for (const title of ['a suite > does a', 'a … > does b …']) expect(why(title)).toBeUndefined();
    for (const title of ['does', 'a suite', 'another > does a', 'does … times', '… a suite'])
      expect(why(title)).toBe(`test/a.test.ts has no test “${title}”`);
    expect(whyNone({ title: 'does a', file: 'test/b.test.ts' }, () => undefined)).toBe('test/b.test.ts is not there');
  });

  test('is a link into test/, from wherever the page lies', () => {
    const text = 'see [does a](../test/unit/a.test.ts), [a page](deploy.md) and [code](../src/wire.ts)';
    expect(evidenceOf('docs/page.md', text)).toEqual([{ title: 'does a', file: 'test/unit/a.test.ts' }]);
  });
});
