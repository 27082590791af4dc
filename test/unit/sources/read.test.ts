import { describe, expect, test } from 'vitest';
import { READ_LIMITS, readFindings } from '../../../src/sources/read.ts';
import { BOMBS } from '../../support/bombs.ts';
import { bodyOf, problemOf } from './fixtures.ts';

const ONE = JSON.parse(bodyOf('asff-control-fsbp')) as Record<string, unknown>;
const TWO = JSON.parse(bodyOf('guardduty-native-twin')) as Record<string, unknown>;

function read(value: unknown, limits = READ_LIMITS) {
  return readFindings(JSON.stringify(value), limits);
}

describe('what a body may hold', () => {
  test.each([
    ['one finding', JSON.stringify(ONE), 1],
    ['a list', JSON.stringify([ONE, TWO]), 2],
    ['Findings', JSON.stringify({ Findings: [ONE, ONE] }), 2],
    ['findings', JSON.stringify({ findings: [TWO] }), 1],
    ['JSON lines', `${JSON.stringify(ONE)}\n\n${JSON.stringify(TWO)}\n`, 2],
    ['a byte order mark', `\ufeff${JSON.stringify(ONE)}`, 1],
    ['a list of lists', JSON.stringify([[ONE], { findings: [TWO] }]), 2],
  ])('%s', (_, body, count) => {
    const result = readFindings(body);
    expect(result.problems).toEqual([]);
    expect(result.findings).toHaveLength(count);
  });

  test('an empty list holds nothing and is no problem', () => {
    expect(readFindings('[]')).toEqual({ findings: [], problems: [], refused: [] });
  });
});

test('one bad finding does not take the good ones with it', () => {
  const { findings, problems } = readFindings(bodyOf('event-custom-action-with-three'));
  expect(findings.map(({ control }) => control)).toEqual(['S3.8', 'EC2.19']);
  expect(problems).toMatchObject([{ code: 'shape_unknown', field: '/detail/findings/1' }]);
});

test.each([
  ['guardduty-short-account', 'UnauthorizedAccess:EC2/MaliciousIPCaller.Custom'],
  ['guardduty-no-such-region', 'UnauthorizedAccess:EC2/MaliciousIPCaller.Custom'],
  ['asff-foreign-resource', 'S3.8'],
  ['ocsf-foreign-owner', 'UnauthorizedAccess:EC2/MaliciousIPCaller.Custom'],
  ['ocsf-azure', undefined],
  ['health-foreign-entity', 'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED'],
])('%s is refused, and still says what it is', (name, subject) => {
  const { findings, problems, refused } = readFindings(bodyOf(name));
  expect([findings.length, problems.length]).toEqual([0, 1]);
  expect(refused.map(({ control, type }) => control ?? type)).toEqual([subject]);
});

test('columns alone make a GuardDuty finding too', () => {
  const { resource, service, ...columns } = JSON.parse(bodyOf('guardduty-flattened-columns')) as Record<
    string,
    unknown
  >;
  expect([typeof resource, typeof service]).toEqual(['object', 'object']);
  const { findings } = read(columns);
  expect(findings).toMatchObject([{ source: 'guardduty', entities: { instance: { id: 'i-0a1b2c3d4e5f60718' } } }]);
});

test('a bad line is named by its place', () => {
  const { findings, problems } = readFindings(`${JSON.stringify(ONE)}\n{"half":\n${JSON.stringify(TWO)}`);
  expect(findings).toHaveLength(2);
  expect(problems).toMatchObject([{ code: 'not_json', field: '/1' }]);
});

describe('problems', () => {
  test.each([
    ['event-insight-results', 'insight_without_findings', '/detail-type'],
    ['event-unrelated', 'event_not_supported', '/detail-type'],
    ['event-from-a-stranger', 'event_source_mismatch', '/source'],
  ])('%s: %s at %s', (name, code, field) => {
    const problem = problemOf(name);
    expect(problem).toMatchObject({ code, field });
    expect(problem.hint.length).toBeGreaterThan(10);
  });

  test.each([
    ['', 'not_json'],
    ['not json', 'not_json'],
    ['{"a": ', 'not_json'],
    ['5', 'shape_unknown'],
    ['null', 'shape_unknown'],
    ['"text"', 'shape_unknown'],
    ['{}', 'shape_unknown'],
    ['[[[[[[1]]]]]]', 'too_deep'],
  ])('%s', (body, code) => {
    const { findings, problems } = readFindings(body);
    expect(findings).toEqual([]);
    expect(problems[0]?.code).toBe(code);
  });

  test('required fields', () => {
    expect(read({ ...ONE, Id: undefined }).problems).toMatchObject([{ code: 'field_missing' }]);
    expect(read({ ...ONE, AwsAccountId: undefined }).problems).toMatchObject([{ code: 'account_missing' }]);
    expect(read({ ...ONE, CreatedAt: 'soon', UpdatedAt: 'later' }).problems).toMatchObject([{ code: 'time_missing' }]);
  });

  test('text from outside is quoted short and plain', () => {
    const { problems } = read({ ...ONE, AwsAccountId: '<!channel>\u202e\n'.repeat(40) });
    expect(problems[0]?.message).toMatch(/^[\x20-\x7e]{1,140}$/);
  });
});

describe('limits', () => {
  test('bytes', () => {
    expect(read({ ...ONE, Description: 'x'.repeat(READ_LIMITS.bytes) }).problems).toMatchObject([
      { code: 'body_too_large' },
    ]);
    expect(read(ONE, { ...READ_LIMITS, bytes: 5_000_000 }).findings).toHaveLength(1);
  });

  test('depth, without recursion', () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    expect(readFindings(`{"ProductArn":"x","b":${deep}}`).problems).toMatchObject([{ code: 'too_deep' }]);
    const abyss = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(readFindings(`{"ProductArn":"x","b":${abyss}}`).problems).toMatchObject([{ code: 'too_deep' }]);
  });

  test.each(BOMBS)('$name: $code', ({ code, body }) => {
    const { findings, refused, problems } = readFindings(body());
    expect(findings).toEqual([]);
    expect(refused.length).toBeLessThanOrEqual(1);
    expect(problems).toMatchObject([{ code }]);
    expect(JSON.stringify(problems).length).toBeLessThan(1000);
  });

  test('there are at least 25 of them', () => {
    expect(new Set(BOMBS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(25);
  });

  test('values in the whole body, also of one whose lists are short', () => {
    const small = { ...READ_LIMITS, values: 20 };
    const body = (lists: number) => JSON.stringify(Array.from({ length: lists }, () => [0, 0]));
    expect(readFindings(body(4), small).problems).toHaveLength(8);
    expect(readFindings(body(8), small).problems).toMatchObject([{ code: 'too_many_items', field: '' }]);
    // What stands in a text is not counted, and a quoted quote does not end it.
    const texts = { ...ONE, Title: '",,,,[[[[{{{{\\"'.repeat(20) };
    expect(read(texts, { ...READ_LIMITS, values: 60 }).findings).toHaveLength(1);
  });

  test('keys of one object, and lines', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 0]));
    expect(read({ ...ONE, x: keys(2000) }).findings).toHaveLength(1);
    expect(read({ ...ONE, x: keys(2001) }).problems).toMatchObject([{ code: 'too_many_items' }]);
    const small = { ...READ_LIMITS, items: 3 };
    expect(readFindings('{}\n{}\n{}', small).problems).toHaveLength(3);
    expect(readFindings('{}\n{}\n{}\n{}', small).problems).toMatchObject([{ code: 'too_many_items', field: '' }]);
  });

  test('items, in the body and inside one finding', () => {
    expect(read(Array.from({ length: 2001 }, () => 0)).problems).toMatchObject([{ code: 'too_many_items' }]);
    const wide = { ...ONE, Resources: Array.from({ length: 2001 }, () => ({})) };
    expect(read([wide, TWO])).toMatchObject({
      findings: [{ source: 'guardduty' }],
      problems: [{ code: 'too_many_items', field: '/0' }],
    });
  });
});

test('keys of prototypes are plain keys', () => {
  const body = `{"__proto__":{"ProductArn":"x","polluted":true},"constructor":{"prototype":{"polluted":true}}}`;
  expect(readFindings(body).problems).toMatchObject([{ code: 'shape_unknown' }]);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('what a database refuses stands in no text, nor in the key of a tag', () => {
  const resources = [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::a', Tags: { 'a\u0000b': '\ud800' } }];
  expect(read({ ...ONE, Resources: resources }).findings[0]?.resources[0]?.tags).toEqual({ 'a\ufffdb': '\ufffd' });
});
