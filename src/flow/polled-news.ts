import type { Finding } from '../domain/finding.ts';
import { sameJson, sha256 } from '../domain/json.ts';
import type { FeedItem, Store } from '../ports.ts';
import { readFindings } from '../sources/read.ts';
import type { Incoming } from './ingest.ts';
import { mergeFinding } from './merge-finding.ts';

interface Polled {
  readonly body: string;
  /** Undefined when it cannot be read: then it is stored for the quarantine, once. */
  readonly finding: Finding | undefined;
}

/** What of a page adds something to what is stored: mostly nothing, since the queue has brought it. One query a page, no transaction. */
export async function newsOf(
  store: Pick<Store, 'read'>,
  feed: string,
  items: readonly FeedItem[],
): Promise<readonly Incoming[]> {
  const polled = items.map(({ body }): Polled => ({ body, finding: readFindings(body).findings[0] }));
  const keys = polled.flatMap(({ finding }) => finding?.key ?? []);
  const stored = new Map((await store.read.findings.many(keys)).map((one) => [one.finding.key, one]));
  return polled
    .filter(({ finding }) => {
      const known = finding && stored.get(finding.key);
      return finding === undefined || known === undefined || addsTo(known.versions, finding);
    })
    .map(({ body, finding }) => ({ transport: 'poll', transportId: revisionOf(feed, body, finding), body }));
}

/** False for what this shape has said already, whenever it was said, and for what is older than that. */
export function addsTo(versions: readonly Finding[], polled: Finding): boolean {
  const known = versions.find(({ shape }) => shape === polled.shape);
  if (known === undefined) return true;
  if (polled.updatedAt < known.updatedAt || polled.count < known.count) return false;
  return !sameJson(withoutMoment(known), withoutMoment(polled));
}

function withoutMoment(version: Finding): object {
  const { statedAt: _, ...rest } = mergeFinding(version);
  return rest;
}

/** The same finding in the same state is the same message, however often and by whichever process it is read. */
export function revisionOf(feed: string, body: string, finding: Finding | undefined): string {
  const hash = sha256(body).slice(0, 16);
  return finding === undefined ? `${feed}#${hash}` : `${finding.key}@${finding.updatedAt}#${hash}`;
}
