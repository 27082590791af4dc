/** One product in one Region that is asked for findings: the reconciler beside the queue, which can miss some. */
export interface FeedTarget {
  readonly product: 'securityhub' | 'guardduty';
  readonly region: string;
}

/** What went wrong last; texts are ours or AWS's, cut. */
export interface FeedError {
  /** AWS's own code such as `AccessDenied`, or ours. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** How a feed stands. */
export interface Feed {
  /** `guardduty.eu-west-1` */
  readonly name: string;
  /** When the last whole reading ended well; null before the first. */
  readonly lastOkAt: string | null;
  /** Null when the last reading ended well. */
  readonly lastError: FeedError | null;
  /** Why there is nothing to read though nothing is wrong. */
  readonly note: string | null;
  /** The newest change that is stored, ISO 8601. */
  readonly cursor: string;
  readonly firstConnectAt: string;
}

export function feedName({ product, region }: FeedTarget): string {
  return `${product}.${region}`;
}

/** From where a reading goes on. */
export interface FeedPosition {
  /** Changes at or after this moment, ISO 8601. */
  readonly since: string;
  /** Goes on with the question that began at `since`. */
  readonly token: string | null;
  /** False once the product has answered out of order: then only the end of the whole reading is a safe cursor. */
  readonly ordered: boolean;
  readonly newest: string;
}

/** Where a reading begins: some time before the cursor, because findings show up late and not in the order of their times. */
export function firstPosition(cursor: string, overlapSeconds: number): FeedPosition {
  const since = new Date(Date.parse(cursor) - overlapSeconds * 1000).toISOString();
  return { since, token: null, ordered: true, newest: since };
}

/** One page as the cursor sees it: the times of its findings, and whether there is more. */
export interface FeedTimes {
  /** ISO 8601; null for a finding without a readable one. */
  readonly times: readonly (string | null)[];
  readonly next: string | null;
}

/**
 * After a page: the cursor that is safe once the page is stored (null: as it was), and where to go on (null: this was the last).
 * A token counts places in a list that changes: whatever is updated meanwhile moves to the end, and the next page would begin one too late. So the next question begins
 * at the last time that was seen, and the token serves only within one and the same time and for empty pages.
 */
export function afterPage(
  at: FeedPosition,
  { times, next }: FeedTimes,
): { readonly cursor: string | null; readonly position: FeedPosition | null } {
  const known = times.filter((time) => time !== null);
  const ordered =
    at.ordered && known.length === times.length && known.every((time, index) => time >= (known[index - 1] ?? at.since));
  const newest = known.reduce(later, at.newest);
  if (next === null) return { cursor: newest, position: null };
  if (ordered && newest > at.since)
    return { cursor: newest, position: { since: newest, token: null, ordered, newest } };
  return { cursor: null, position: { since: at.since, token: next, ordered, newest } };
}

/** Of two ISO 8601 texts. */
function later(a: string, b: string): string {
  return a > b ? a : b;
}
