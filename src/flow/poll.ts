import { AwsCallError, CordonError, messageOf } from '../domain/errors.ts';
import {
  afterPage,
  type Feed,
  type FeedError,
  type FeedPosition,
  type FeedTarget,
  feedName,
  firstPosition,
} from '../domain/feed.ts';
import type { Settings } from '../domain/settings.ts';
import type { Deps, FeedItem, FindingsFeeds } from '../ports.ts';
import { take } from './ingest.ts';
import { newsOf } from './polled-news.ts';

/** How often it is looked which feed is due. */
const TICK_MS = 1_000;
/** Renewed with every page; a page waits a minute for its turn at most. */
const LEASE_SECONDS = 180;
/** What may pass is tried again so soon, or at the feed's own period where that is sooner. */
const RETRY_SECONDS = 60;
/** Open findings of GuardDuty that are looked at again, the newest first: forty calls. */
const AGAIN = 2_000;
const AGAIN_AT_ONCE = 50;
const MESSAGE_LIMIT = 300;

export type PollDeps = Pick<Deps, 'store' | 'log' | 'pause' | 'lastGood' | 'processId'>;

export interface Polling {
  readonly feeds: FindingsFeeds;
  /** How far back the first reading of a feed goes. */
  readonly backfillSeconds: number;
}

/** Reads whatever feed is due until the signal comes. Many processes may: a feed is read by one at a time. */
export async function pollForEver(deps: PollDeps, polling: Polling, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      await pollDue(deps, polling, signal);
      failing = false;
    } catch (error) {
      // The store or the settings; what a product answers is kept on its feed.
      if (!failing) deps.log.warn({ err: messageOf(error) }, 'the products cannot be polled; it is tried again');
      failing = true;
    }
    await deps.pause(TICK_MS);
  }
}

/** Reads every feed that is due, each by itself: one that fails holds up none of the others. */
export async function pollDue(deps: PollDeps, polling: Polling, signal: AbortSignal): Promise<void> {
  const settings = await deps.lastGood.settings();
  const targets = targetsOf(settings);
  const due = await deps.store.read.feeds.due(targets.map(feedName));
  const readings = targets
    .filter((target) => due.includes(feedName(target)))
    .map((target) => pollFeed(deps, polling, target, settings, signal));
  const ended = await Promise.allSettled(readings);
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken) throw broken.reason;
}

/** Security Hub where it aggregates, GuardDuty wherever there are accounts. */
export function targetsOf({ aws, accounts, polling }: Settings): readonly FeedTarget[] {
  const regions = polling.guardDutyRegions ?? [aws.homeRegion, ...accounts.flatMap((account) => account.regions)];
  return [
    ...(polling.securityHub ? [{ product: 'securityhub', region: aws.homeRegion } as const] : []),
    ...[...new Set(regions)].map((region) => ({ product: 'guardduty', region }) as const),
  ];
}

/** Resolves when the feed has been read to its end, or with its error kept on its row. Throws when the store fails. */
async function pollFeed(
  deps: PollDeps,
  { feeds, backfillSeconds }: Polling,
  target: FeedTarget,
  { polling }: Settings,
  signal: AbortSignal,
): Promise<void> {
  const { store, processId } = deps;
  const name = feedName(target);
  const feed = await store.read.feeds.claim(name, processId, { leaseSeconds: LEASE_SECONDS, backfillSeconds });
  if (feed === undefined) return;
  const every = polling.everyMinutes * 60;
  const result = await reading(deps, feeds, target, firstPosition(feed.cursor, polling.overlapMinutes * 60), signal)
    .then(({ note, ended }) => ({ ok: ended, lastError: null, note, dueInSeconds: ended ? every : 0 }))
    .catch((error: unknown) => {
      if (error instanceof LostFeed) throw error;
      const retry = error instanceof CordonError && error.retry;
      const dueInSeconds = retry ? Math.min(every, RETRY_SECONDS) : every;
      return { ok: false, lastError: errorOf(error), note: null, dueInSeconds };
    });
  say(deps, feed, result);
  await store.read.feeds.finish(name, processId, result);
}

interface Reading {
  readonly note: string | null;
  /** False when the process was asked to stop on the way. */
  readonly ended: boolean;
}

async function reading(
  deps: PollDeps,
  feeds: FindingsFeeds,
  target: FeedTarget,
  start: FeedPosition,
  signal: AbortSignal,
): Promise<Reading> {
  for (let at: FeedPosition | null = start; at !== null; ) {
    if (signal.aborted) return { note: null, ended: false };
    const page = await feeds.read(target, { since: at.since, token: at.token });
    if ('absent' in page) return { note: page.absent, ended: true };
    const times = page.items.map(({ updatedAt }) => updatedAt);
    const { cursor, position } = afterPage(at, { times, next: page.next });
    await storePage(deps, target, page.items, cursor);
    at = position;
  }
  const ended = target.product === 'securityhub' || (await lookAgain(deps, feeds, target, signal));
  return { note: null, ended };
}

/** Archiving a finding in GuardDuty changes no time, so no cursor ever comes across it: those that are open here are asked for by their ids. */
async function lookAgain(
  deps: PollDeps,
  feeds: FindingsFeeds,
  target: FeedTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const open = await deps.store.read.findings.openInGuardDuty(target.region, AGAIN);
  const ids = open.flatMap(({ finding }) => finding.writeBack.guardDuty?.findingId ?? []);
  for (let first = 0; first < ids.length; first += AGAIN_AT_ONCE) {
    if (signal.aborted) return false;
    await storePage(deps, target, await feeds.again(target.region, ids.slice(first, first + AGAIN_AT_ONCE)), null);
  }
  return true;
}

/** The page and the cursor in one transaction: a crash before it reads the page again, and what is stored is known by its revision. */
async function storePage(
  { store, processId, log }: PollDeps,
  target: FeedTarget,
  items: readonly FeedItem[],
  cursor: string | null,
): Promise<void> {
  const name = feedName(target);
  const news = await newsOf(store, name, items);
  const step = { cursor, leaseSeconds: LEASE_SECONDS };
  const kept =
    news.length === 0
      ? await store.read.feeds.advance(name, processId, step)
      : await store.tx(async (tx) => {
          for (const message of news) await take(tx, message);
          const ours = await tx.feeds.advance(name, processId, step);
          if (!ours) throw new LostFeed(name);
          return ours;
        });
  if (!kept) throw new LostFeed(name);
  if (news.length > 0) log.debug({ feed: name, read: items.length, stored: news.length }, 'findings were polled');
}

/** This process was away for longer than its lease, and another reads the feed now. */
class LostFeed extends CordonError {
  constructor(name: string) {
    super('feed_lost', `Another process reads the feed ${name} by now.`, {
      hint: 'Nothing need be done.',
      retry: true,
    });
  }
}

function errorOf(error: unknown): FeedError {
  const message = messageOf(error).slice(0, MESSAGE_LIMIT);
  if (error instanceof AwsCallError) return { code: error.awsCode, message, hint: error.hint };
  if (error instanceof CordonError) return { code: error.code, message, hint: error.hint };
  return { code: 'unexpected', message, hint: 'See the log; it is tried again.' };
}

/** Each change once: the first failure, another failure, the recovery, a Region without the product. */
function say(
  { log }: PollDeps,
  { name, lastError: before, note: noted }: Feed,
  { ok, lastError, note }: { readonly ok: boolean; readonly lastError: FeedError | null; readonly note: string | null },
): void {
  if (lastError !== null && lastError.code !== before?.code)
    log.warn({ feed: name, ...lastError }, 'a feed of findings cannot be read; it is tried again');
  if (ok && before !== null) log.info({ feed: name }, 'a feed of findings is read again');
  if (note !== null && note !== noted) log.info({ feed: name }, note);
}
