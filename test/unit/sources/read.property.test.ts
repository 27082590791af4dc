import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFindings } from '../../../src/sources/read.ts';
import { bodyOf, fixtureNames } from './fixtures.ts';

const SEEDS = fixtureNames().map((name): unknown => JSON.parse(bodyOf(name)));

/** Every path into a JSON value. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

type Path = readonly (string | number)[];
/** Every place in every fixture. */
const PLACES = SEEDS.flatMap((seed) => pathsOf(seed).map((path) => ({ seed, path })));

type Edit = (entries: [string, unknown][], index: number) => [string, unknown][];

/** The value with the entry at the path changed; lists keep their order, and every key is an own one, `__proto__` too. */
function edited(value: unknown, [head, ...rest]: Path, edit: Edit): unknown {
  if (typeof value !== 'object' || value === null || head === undefined) return value;
  const entries = Object.entries(value);
  const index = entries.findIndex(([key]) => key === String(head));
  const next =
    rest.length === 0
      ? edit(entries, index)
      : entries.map(([key, item], at): [string, unknown] => [key, at === index ? edited(item, rest, edit) : item]);
  return Array.isArray(value) ? next.map(([, item]) => item) : Object.fromEntries(next);
}

/** What no JavaScript value is written as: a number beyond all numbers, and one key twice in an object. */
const INFINITE = '@infinite@';
const TWICE = '@twice@';

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    'null',
    'arn:',
    'arn:aws:::::',
    '__proto__',
    '\u0000',
    '\ud800',
    'x'.repeat(3000),
    -1,
    1e308,
    INFINITE,
    [],
    [null],
    {},
    Array.from({ length: 2001 }, () => 0),
    Array.from({ length: 40 }).reduce<unknown>((inner) => ({ inner }), 0),
  ),
);
const hostileKey = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', '', 'ID', '\u0000', '\udfff');

/** Replaces, removes, renames, doubles or wraps what stands at a path. */
const edits: fc.Arbitrary<Edit> = fc.oneof(
  odd.map(
    (by): Edit =>
      (entries, index) =>
        replaced(entries, index, ([key]) => [[key, by]]),
  ),
  fc.constant<Edit>((entries, index) => replaced(entries, index, () => [])),
  hostileKey.map(
    (name): Edit =>
      (entries, index) =>
        replaced(entries, index, ([, item]) => [[name, item]]),
  ),
  hostileKey.map(
    (name): Edit =>
      (entries, index) =>
        replaced(entries, index, (entry) => [entry, [name, { polluted: true }]]),
  ),
  fc.constant<Edit>((entries, index) => replaced(entries, index, ([key, item]) => [[key, [item, item]]])),
  fc.constant<Edit>((entries, index) => replaced(entries, index, ([key, item]) => [[key, JSON.stringify(item)]])),
  odd.map(
    (by): Edit =>
      (entries, index) =>
        replaced(entries, index, ([key, item]) => [
          [key, item],
          [`${TWICE}${key}`, by],
        ]),
  ),
);

function replaced(
  entries: [string, unknown][],
  index: number,
  by: (entry: [string, unknown]) => [string, unknown][],
): [string, unknown][] {
  return entries.flatMap((entry, at) => (at === index ? by(entry) : [entry]));
}

function textOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(`"${INFINITE}"`, '1e400').replaceAll(TWICE, '');
}

function prototypeIsClean(): void {
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
}

test('any JSON is answered with findings and problems, and leaves no trace', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (body) => {
      const { findings, problems } = readFindings(body);
      expect(Array.isArray(findings) && Array.isArray(problems)).toBe(true);
      prototypeIsClean();
    }),
    { numRuns: 300 },
  );
});

test('any text is answered', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (body) => readFindings(body).findings.length === 0),
    { numRuns: 300 },
  );
});

test('any fixture with anything done to it anywhere is read or refused, and what is read is well-formed', () => {
  const mutated = fc.tuple(fc.constantFrom(...PLACES), edits);
  fc.assert(
    fc.property(mutated, ([{ seed, path }, edit]) => {
      const { findings, problems, refused } = readFindings(textOf(edited(seed, path, edit)));
      expect(refused.length).toBeLessThanOrEqual(problems.length);
      expect(findings.filter((finding) => refused.includes(finding))).toEqual([]);
      for (const finding of findings) {
        expect(finding.accountId).toMatch(/^\d{12}$/);
        expect(finding.region).toMatch(/^[a-z]{2,4}(-[a-z]+)+-\d+$/);
        expect(Math.min(finding.id.length, finding.key.length, finding.title.length)).toBeGreaterThan(0);
        for (const time of [finding.createdAt, finding.updatedAt]) expect(new Date(time).toISOString()).toBe(time);
        expect(finding.count).toBeGreaterThanOrEqual(1);
        expect(Number.isSafeInteger(finding.count)).toBe(true);
        expect(finding.resources.length).toBeGreaterThan(0);
        // Without escaped backslashes: a text may well say \\u0000 in so many characters.
        expect(JSON.stringify(finding).replaceAll('\\\\', '')).not.toContain('\\u0000');
        for (const { id } of finding.resources) expect(id.length).toBeLessThanOrEqual(2048);
      }
      for (const problem of problems) expect(problem.message.length + problem.hint.length).toBeLessThan(600);
      prototypeIsClean();
    }),
    { numRuns: 2500 },
  );
}, 60_000);

/** Maps whose keys are data and not names of fields. */
const MAPS = ['tags'];

function recased(value: unknown, change: (key: string) => string, inMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => recased(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    inMap ? key : change(key),
    recased(item, change, MAPS.includes(key.toLowerCase())),
  ]);
  return Object.fromEntries(entries);
}

test.each(fixtureNames())(
  '%s reads the same in lower case, as exports through Athena are, and in upper case',
  (name) => {
    const body: unknown = JSON.parse(bodyOf(name));
    const asItIs = readFindings(JSON.stringify(body));
    for (const change of [(key: string) => key.toLowerCase(), (key: string) => key.toUpperCase()])
      expect(readFindings(JSON.stringify(recased(body, change)))).toEqual(asItIs);
  },
);
