import { setTimeout as delay } from 'node:timers/promises';
import { HOME_REGION, HUB_CREDENTIALS } from '../../sandbox/world.ts';
import { findingsFeeds } from '../../src/aws/findings-feeds.ts';
import { type FindingsRole, openFindingsRole } from '../../src/aws/findings-role.ts';
import type { FeedItem, FindingsFeeds, SettingsSource } from '../../src/ports.ts';
import { rateBuckets } from '../../src/rate-buckets.ts';

/** Feeds that a test fills: pages of at most `size`, sorted by time, by a token that counts places. */
export function fakeFeeds(held: () => readonly FeedItem[], size = 2): FindingsFeeds & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async read(target, { since, token }) {
      asked.push(`${target.product} ${since} ${token ?? '-'}`);
      const all = held()
        .filter(({ updatedAt }) => (updatedAt ?? '') >= since)
        .sort((a, b) => ((a.updatedAt ?? '') < (b.updatedAt ?? '') ? -1 : 1));
      const start = token === null ? 0 : Number(token);
      const end = start + size;
      return { items: all.slice(start, end), next: end < all.length ? String(end) : null };
    },
    again: async () => [],
  };
}

/** The findings role in the simulated organisation, with the feeds that are read through it. */
export function sandboxFeeds(
  endpoint: string,
  settings: SettingsSource,
): { readonly role: FindingsRole; readonly feeds: FindingsFeeds } {
  const role = openFindingsRole({
    settings,
    hubRegion: HOME_REGION,
    endpoint,
    credentials: HUB_CREDENTIALS,
    buckets: rateBuckets({ kind: 'memory' }),
    pause: (milliseconds) => delay(milliseconds),
  });
  return { role, feeds: findingsFeeds(role) };
}
