import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFindings } from '../../../src/sources/read.ts';
import { bodyOf, fixtureNames } from './fixtures.ts';

const SEEDS = [
  'asff-control-fsbp',
  'asff-guardduty-same-as-native',
  'guardduty-native-twin',
  'guardduty-kubernetes-three-details',
  'guardduty-flattened-columns',
  'guardduty-attack-sequence-with-signals',
  'event-custom-action-with-three',
  'event-ocsf',
  'ocsf-guardduty-container-closed',
  'ocsf-control-failed',
  'ocsf-legacy-security-finding',
  'ocsf-prowler-failed',
  'health-retirement',
  'health-abuse',
].map((name): unknown => JSON.parse(bodyOf(name)));

/** Every path into a JSON value. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

/** The value with what stands at the path replaced. */
function replaceAt(value: unknown, [head, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value)) return value.map((item, index) => (index === head ? replaceAt(item, rest, by) : item));
  return { ...(value as object), [head]: replaceAt(Reflect.get(value as object, head), rest, by) };
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
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
    [],
    [null],
    {},
  ),
);

function prototypeIsClean(): void {
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
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

test('a finding with anything put anywhere is read or refused, and what is read is well-formed', () => {
  const mutated = fc
    .constantFrom(...SEEDS)
    .chain((seed) => fc.tuple(fc.constant(seed), fc.constantFrom(...pathsOf(seed)), odd));
  fc.assert(
    fc.property(mutated, ([seed, path, value]) => {
      const { findings, problems, refused } = readFindings(JSON.stringify(replaceAt(seed, path, value)));
      expect(refused.length).toBeLessThanOrEqual(problems.length);
      expect(findings.filter((finding) => refused.includes(finding))).toEqual([]);
      for (const finding of findings) {
        expect(finding.accountId).toMatch(/^\d{12}$/);
        expect(finding.region).toMatch(/^[a-z]{2,4}(-[a-z]+)+-\d+$/);
        expect(Number.isNaN(Date.parse(finding.updatedAt))).toBe(false);
        expect(finding.resources.length).toBeGreaterThan(0);
        expect(JSON.stringify(finding)).not.toContain('\\u0000');
        for (const { id } of finding.resources) expect(id.length).toBeLessThanOrEqual(2048);
      }
      for (const problem of problems) expect(problem.message.length + problem.hint.length).toBeLessThan(600);
      prototypeIsClean();
    }),
    { numRuns: 1500 },
  );
});

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
