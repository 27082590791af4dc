import { expect, test } from 'vitest';
import { rateBuckets } from '../../src/rate-buckets.ts';

const LIMIT = { name: 'test', points: 3, seconds: 60 };

test('each key has its own count, and a wait is told', async () => {
  const buckets = rateBuckets({ kind: 'memory' });
  for (let call = 0; call < 3; call += 1) expect(await buckets.take(LIMIT, 'one')).toEqual({ ok: true });
  const refused = await buckets.take(LIMIT, 'one');
  expect(refused).toMatchObject({ ok: false });
  if (!refused.ok) expect(refused.waitMilliseconds).toBeGreaterThan(50_000);
  expect(await buckets.take(LIMIT, 'other')).toEqual({ ok: true });
});

test('a key that is closed says for how long', async () => {
  const buckets = rateBuckets({ kind: 'memory' });
  expect(await buckets.closedFor('one')).toBe(0);
  await buckets.close('one', 30);
  expect(await buckets.closedFor('one')).toBeGreaterThan(25_000);
  expect(await buckets.closedFor('other')).toBe(0);
});

test('while the shared counters do not answer, the process counts for itself', async () => {
  const pool = { query: () => Promise.reject(new Error('the database is gone')) };
  const buckets = rateBuckets({ kind: 'postgres', pool });
  const taken = [];
  for (let call = 0; call < 4; call += 1) taken.push((await buckets.take(LIMIT, 'one')).ok);
  expect(taken).toEqual([true, true, true, false]);
  await buckets.close('one', 30);
  expect(await buckets.closedFor('one')).toBeGreaterThan(25_000);
});
