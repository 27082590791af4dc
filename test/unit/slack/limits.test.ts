import { expect, test } from 'vitest';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { rateBudget } from '../../../src/slack/limits.ts';

const budgetInMemory = () => rateBudget(rateBuckets({ kind: 'memory' }));

test('a channel takes a burst of three and then one after another', async () => {
  const budget = budgetInMemory();
  const first = await Promise.all([1, 2, 3].map(() => budget.take('post', 'C1', 0)));
  expect(first.every((one) => one.ok)).toBe(true);
  const fourth = await budget.take('post', 'C1', 0);
  expect(fourth).toMatchObject({ ok: false });
  if (!fourth.ok) expect(fourth.waitMilliseconds).toBeLessThanOrEqual(1_100);
  expect(await budget.take('post', 'C2', 0)).toEqual({ ok: true });
});

test('decisions keep a reserve that ordinary cards cannot use up', async () => {
  const budget = budgetInMemory();
  let ordinary = 0;
  while (ordinary < 100 && (await budget.take('update', 'C1', 4)).ok) ordinary += 1;
  let urgent = 0;
  while (urgent < 100 && (await budget.take('update', 'C1', 0)).ok) urgent += 1;
  expect([ordinary, urgent]).toEqual([31, 14]);
});

test('a 429 closes this bucket of this channel and nothing else', async () => {
  const budget = budgetInMemory();
  await budget.close('post', 'C1', 30);
  const shut = await budget.take('post', 'C1', 0);
  expect(shut).toMatchObject({ ok: false });
  if (!shut.ok) expect(shut.waitMilliseconds).toBeGreaterThan(25_000);
  expect(await budget.take('update', 'C1', 0)).toEqual({ ok: true });
  expect(await budget.take('post', 'C2', 0)).toEqual({ ok: true });
});

test('two that send count together when they share the counters', async () => {
  const shared = rateBuckets({ kind: 'memory' });
  const [one, other] = [rateBudget(shared), rateBudget(shared)];
  let taken = 0;
  while (taken < 100 && (await (taken % 2 === 0 ? one : other).take('update', 'C1', 0)).ok) taken += 1;
  expect(taken).toBe(45);
});
