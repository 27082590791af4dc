import { expect, test } from 'vitest';
import { type MakeLimiter, memoryLimiter, rateBudget } from '../../../src/slack/limits.ts';

test('a channel takes a burst of three and then one after another', async () => {
  const budget = rateBudget();
  const first = await Promise.all([1, 2, 3].map(() => budget.take('post', 'C1', 0)));
  expect(first.every((one) => one.ok)).toBe(true);
  const fourth = await budget.take('post', 'C1', 0);
  expect(fourth).toMatchObject({ ok: false });
  if (!fourth.ok) expect(fourth.waitMilliseconds).toBeLessThanOrEqual(1_100);
  expect(await budget.take('post', 'C2', 0)).toEqual({ ok: true });
});

test('decisions keep a reserve that ordinary cards cannot use up', async () => {
  const budget = rateBudget();
  let ordinary = 0;
  while (ordinary < 100 && (await budget.take('update', 'C1', 4)).ok) ordinary += 1;
  let urgent = 0;
  while (urgent < 100 && (await budget.take('update', 'C1', 0)).ok) urgent += 1;
  expect([ordinary, urgent]).toEqual([31, 14]);
});

test('a 429 closes this bucket of this channel and nothing else', async () => {
  const budget = rateBudget();
  await budget.close('post', 'C1', 30);
  const shut = await budget.take('post', 'C1', 0);
  expect(shut).toMatchObject({ ok: false });
  if (!shut.ok) expect(shut.waitMilliseconds).toBeGreaterThan(25_000);
  expect(await budget.take('update', 'C1', 0)).toEqual({ ok: true });
  expect(await budget.take('post', 'C2', 0)).toEqual({ ok: true });
});

test('a counter store that fails is an error, not an allowance', async () => {
  const broken: MakeLimiter = (options) => {
    const limiter = memoryLimiter(options);
    limiter.consume = async () => Promise.reject(new Error('Redis is gone'));
    return limiter;
  };
  await expect(rateBudget(broken).take('update', 'C1', 0)).rejects.toMatchObject({
    code: 'rate_store_failed',
    retry: true,
  });
});
