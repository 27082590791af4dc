import { expect, it } from 'vitest';
import type { RateBuckets } from '../../../src/ports.ts';

/** What shared counters must do: two processes (two sets of buckets on one home) count together. */
export function sharedBuckets(open: () => readonly [RateBuckets, RateBuckets]): void {
  it('two that call count together, and 300 calls at once get exactly their 100', async () => {
    const limit = { name: 'shared-suite', points: 100, seconds: 60 };
    const [one, other] = open();
    const turns = await Promise.all(
      Array.from({ length: 300 }, (_, call) => (call % 2 === 0 ? one : other).take(limit, 'key')),
    );
    expect(turns.filter(({ ok }) => ok)).toHaveLength(100);
    const refused = turns.find((turn) => !turn.ok);
    if (refused && !refused.ok) expect(refused.waitMilliseconds).toBeLessThanOrEqual(60_000);
  });

  it('what one closes is closed for the other', async () => {
    const [one, other] = open();
    expect(await other.closedFor('aws:somewhere')).toBe(0);
    await one.close('aws:somewhere', 30);
    expect(await other.closedFor('aws:somewhere')).toBeGreaterThan(25_000);
  });
}
