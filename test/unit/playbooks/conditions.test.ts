import { describe, expect, test } from 'vitest';
import { Step, Test } from '../../../src/domain/playbook.ts';
import { evaluate, parseCidr } from '../../../src/playbooks/conditions.ts';
import { lookUp, resolveParams } from '../../../src/playbooks/refs.ts';
import { assessSeverity } from '../../../src/playbooks/severity-policy.ts';
import { books, finding } from './books.ts';

const context = {
  finding: { severity: 'high', count: 12, type: 'A:B/C', resources: [{ type: 'AwsS3Bucket' }], title: null },
  entity: { accessKey: { id: 'AKIA', userName: 'bot' }, ip: { address: '10.1.2.3' } },
  steps: { rights: { out: { admin: true } } },
};

function holds(path: string, op: Test['op'], value?: Test['value']) {
  return evaluate({ path, op, ...(value === undefined ? {} : { value }) }, context);
}

describe('one test', () => {
  test.each([
    ['finding.type', 'eq', 'A:B/C', true],
    ['finding.type', 'eq', 'a:b/c', false],
    ['finding.count', 'eq', '12', false],
    ['finding.type', 'ne', 'X', true],
    ['finding.type', 'in', ['X', 'A:B/C'], true],
    ['finding.type', 'in', 'A:B/C', false],
    ['finding.count', 'gte', 12, true],
    ['finding.count', 'gte', 13, false],
    ['finding.severity', 'gte', 'medium', true],
    ['finding.severity', 'gte', 'critical', false],
    ['finding.type', 'gte', 'medium', false],
    ['entity.ip.address', 'cidr', '10.0.0.0/8', true],
    ['entity.ip.address', 'cidr', ['192.0.2.0/24', '2001:db8::/32'], false],
    ['finding.type', 'cidr', '10.0.0.0/8', false],
    ['finding.resources[0].type', 'eq', 'AwsS3Bucket', true],
    ['finding.resources', 'exists', undefined, true],
    ['finding.resources', 'eq', 'AwsS3Bucket', false],
    ['steps.rights.out.admin', 'eq', true, true],
  ] as const)('%s %s %j: %s', (path, op, value, expected) => {
    expect(holds(path, op, value as Test['value'])).toEqual({ holds: expected, missing: [] });
  });

  test.each(['eq', 'ne', 'in', 'gte', 'cidr', 'exists'] as const)(
    '%s of a missing path is false, and the path is named',
    (op) => {
      expect(holds('entity.bucket.name', op, 'x')).toEqual({ holds: false, missing: ['entity.bucket.name'] });
      expect(holds('finding.title', op, 'x').holds).toBe(false);
    },
  );

  test('exists false is how a missing path is asked for', () => {
    expect(holds('entity.bucket.name', 'exists', false).holds).toBe(true);
    expect(holds('entity.accessKey.id', 'exists', false).holds).toBe(false);
  });
});

test('all, any and not; every missing path is named once', () => {
  const yes = { path: 'finding.count', op: 'gte', value: 1 } as const;
  const missing = { path: 'entity.db.id', op: 'eq', value: 'x' } as const;
  expect(evaluate({ all: [yes, missing] }, context)).toEqual({ holds: false, missing: ['entity.db.id'] });
  expect(evaluate({ any: [missing, yes, missing] }, context)).toEqual({ holds: true, missing: ['entity.db.id'] });
  expect(evaluate({ not: [missing] }, context).holds).toBe(true);
  expect(evaluate({ not: [yes, missing] }, context).holds).toBe(false);
});

test.each([
  ['10.0.0.0/8', true],
  ['10.0.0.0/33', false],
  ['2001:db8::/32', true],
  ['2001:db8::/129', false],
  ['10.0.0.0', false],
  ['999.0.0.0/8', false],
])('parseCidr(%s): %s', (text, good) => {
  expect(parseCidr(text) !== undefined).toBe(good);
});

describe('refs', () => {
  test.each([
    'entity.constructor.name',
    'entity.__proto__.x',
    'finding.resources.length',
    'entity.accessKey.id.length',
    'entity.toString',
    'nothing.x',
    'entity.accessKey.missing',
  ])('%s leads nowhere', (path) => {
    const found = lookUp(path, context);
    if (path === 'finding.resources.length') expect(found).toEqual({ found: true, value: 1 });
    else expect(found).toEqual({ found: false });
  });

  test.each([
    ['entity.accessKey.id', true],
    ['steps.rights.out.admin', true],
    ['finding.resources[0].type', true],
    ['entity.__proto__.x', false],
    ['entity.a.constructor', false],
    ['process.env', false],
    ['entity', false],
    ['entity.a b', false],
    ['entity.a[x]', false],
    [`entity.$\{x}`, false],
  ])('the schema takes %s: %s', (path, good) => {
    expect(Test.safeParse({ path, op: 'exists' }).success).toBe(good);
  });

  const step = (params: Record<string, unknown>) => Step.parse({ id: 's', title: 'S', action: { use: 'a.b', params } });

  test('parameters are literals or what a ref leads to', () => {
    const resolved = resolveParams(
      step({ key: { ref: 'entity.accessKey.id' }, days: 14, regions: ['a', 'b'] }),
      context,
    );
    expect(resolved).toEqual({ ok: true, params: { key: 'AKIA', days: 14, regions: ['a', 'b'] } });
  });

  test('what leads nowhere, or to something that is no plain value, is missing', () => {
    const resolved = resolveParams(
      step({ bucket: { ref: 'entity.bucket.name' }, key: { ref: 'entity.accessKey' }, ok: 1 }),
      context,
    );
    expect(resolved).toEqual({ ok: false, missing: ['entity.bucket.name', 'entity.accessKey'] });
  });
});

describe('severity', () => {
  const when = '{path: finding.count, op: gte, value: 5}';
  const assess = async (severity: string, count: number) => {
    const rules = `[{source: guardduty, types: ["A:B/C"]}]\nseverity: ${severity}`;
    const loaded = (await books({ 'a.one': rules })).get('a.one');
    if (loaded === undefined) throw new Error('not loaded');
    return assessSeverity(loaded.playbook, finding({ severity: 'medium', count }));
  };

  test('from the finding, or the base', async () => {
    expect(await assess('{base: from-finding}', 1)).toEqual({ severity: 'medium', why: [] });
    expect(await assess('{base: critical}', 1)).toEqual({ severity: 'critical', why: [] });
  });

  test('the worst raise that holds wins; a raise never lowers', async () => {
    const raise = `{raise: [{when: ${when}, to: high, why: often}, {when: ${when}, to: critical, why: very often}, {when: ${when}, to: low, why: no}]}`;
    expect(await assess(raise, 9)).toEqual({ severity: 'critical', why: ['often', 'very often'] });
    expect(await assess(raise, 1)).toEqual({ severity: 'medium', why: [] });
  });

  test('a lower counts only when nothing raised', async () => {
    const both = `{raise: [{when: ${when}, to: high, why: often}], lower: [{when: {path: finding.count, op: gte, value: 1}, to: low, why: known}]}`;
    expect(await assess(both, 9)).toMatchObject({ severity: 'high' });
    expect(await assess(both, 1)).toEqual({ severity: 'low', why: ['known'] });
  });
});
