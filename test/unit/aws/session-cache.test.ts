import { describe, expect, it } from 'vitest';
import { SessionCache } from '../../../src/aws/session-cache.ts';

const HOUR = 3_600_000;

function setUp(limit = 10) {
  const clock = { now: 0 };
  const cache = new SessionCache<{ expiresAt: number; n: number }>({ limit, now: () => clock.now });
  const opened: string[] = [];
  const get = (key: string) =>
    cache.get(key, async () => {
      opened.push(key);
      return { expiresAt: clock.now + HOUR, n: opened.length };
    });
  return { cache, clock, opened, get };
}

describe('SessionCache', () => {
  it('opens once for many callers at once', async () => {
    const { opened, get } = setUp();
    await Promise.all(Array.from({ length: 20 }, () => get('a')));
    expect(opened).toEqual(['a']);
  });

  it('renews when five minutes are left, not before', async () => {
    const { clock, opened, get } = setUp();
    await get('a');
    clock.now = HOUR - 5 * 60_000 - 1;
    await get('a');
    expect(opened).toHaveLength(1);
    clock.now += 1;
    await Promise.all([get('a'), get('a')]);
    expect(opened).toHaveLength(2);
  });

  it('does not keep a failure', async () => {
    const cache = new SessionCache<{ expiresAt: number }>({ limit: 2, now: () => 0 });
    await expect(cache.get('a', async () => Promise.reject(new Error('denied')))).rejects.toThrow('denied');
    await expect(cache.get('a', async () => ({ expiresAt: HOUR }))).resolves.toEqual({ expiresAt: HOUR });
  });

  it('forgets the least recently used', async () => {
    const { opened, get } = setUp(2);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key);
    expect(opened).toEqual(['a', 'b', 'c', 'b']);
  });

  it('forgets an expired session, but not the newer one that replaced it', async () => {
    const { cache, clock, opened, get } = setUp();
    const old = await get('a');
    clock.now = HOUR;
    await get('a');
    cache.forget('a', old);
    await get('a');
    expect(opened).toHaveLength(2);
    cache.forget('a', await get('a'));
    await get('a');
    expect(opened).toHaveLength(3);
  });
});
