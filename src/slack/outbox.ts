import { messageOf } from '../domain/errors.ts';
import { hashOf } from '../domain/json.ts';
import type { MessageRow } from '../ports.ts';
import { LIMITS, type Message, messageProblems } from './block-limits.ts';
import { type Place, SlackCallError } from './calls.ts';
import { context } from './cards/parts.ts';
import type { Delivery, OutboxParts } from './delivery.ts';
import type { SlackDeps } from './deps.ts';
import { channelMention, cut, mrkdwn } from './escape.ts';
import { fillPlanWindow } from './fill-plan-window.ts';
import type { Bucket } from './limits.ts';
import { type Rendered, render } from './render.ts';

/** Waits in place for a budget that is nearly there; longer waits go back to the row. */
const WAIT_IN_PLACE = 2_500;
/** Seconds until the next attempt when Slack did not say. */
const RETRY = { thread: 2, ambiguous: 15, refused: 60, unrenderable: 300 };
/** How long a call to Slack may take. A killed process is waited for this long and no longer, so it is short. */
export const SLACK_CALL_MS = 5_000;
/** So many failures to render are tried again soon. */
const QUICK_RENDERS = 3;
/** A started first post that was never recorded: the claim lapses after this, longer than a call may take. */
const CLAIM_SECONDS = 6;
/** How long it is known that a first post was tried. */
const TRIED_SECONDS = 7 * 86_400;

/** The place is gone: the message starts anew in the operations channel. */
const GONE: readonly string[] = [
  'message_not_found',
  'cant_update_message',
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'thread_not_found',
  'edit_window_closed',
  'restricted_action',
];

export interface Outbox {
  /** Brings one message in Slack to the newest state of its row. Never throws for what Slack did; throws when the store fails. */
  deliver(key: string): Promise<Delivery>;
}

/** Delivers rows, one attempt at a time for each key in this process. */
export function createOutbox(parts: OutboxParts): Outbox {
  const busy = new Map<string, Promise<Delivery>>();
  return {
    async deliver(key) {
      const before = busy.get(key);
      const turn = (before ?? Promise.resolve()).then(
        () => deliverMessage(parts, key),
        () => deliverMessage(parts, key),
      );
      busy.set(key, turn);
      try {
        const delivery = await turn;
        parts.deps.meter.count('slackMessages', { outcome: delivery });
        return delivery;
      } finally {
        if (busy.get(key) === turn) busy.delete(key);
      }
    },
  };
}

/** One attempt: renders the newest state, compares its hash with what stands in Slack, and posts once or edits. */
async function deliverMessage(parts: OutboxParts, key: string): Promise<Delivery> {
  const { deps } = parts;
  const row = await deps.store.read.messages.get(key);
  if (row === undefined || row.deliveredRev >= row.desiredRev) return 'nothing-to-do';
  if (row.kind === 'writeback') return 'nothing-to-do';
  if (row.notBefore !== null && row.notBefore > (await deps.store.read.now())) return 'not-yet';
  if (row.kind === 'view') return fillPlanWindow(parts, row);
  const rendered = await rendering(parts, row);
  if (rendered === 'failed') return 'deferred';
  if (rendered === undefined)
    return recorded(
      deps,
      row,
      { channel: row.channel ?? '', ts: row.ts ?? '' },
      row.deliveredHash ?? '',
      'nothing-to-do',
    );
  const hash = hashOf({ ...rendered.at(0) });
  if (row.channel !== null && row.ts !== null && row.ts !== '') {
    const place = { channel: row.channel, ts: row.ts };
    if (hash === row.deliveredHash) return recorded(deps, row, place, hash, 'unchanged');
    return edit(parts, row, rendered, place, hash);
  }
  return firstPost(parts, row, rendered, hash);
}

async function rendering(parts: OutboxParts, row: MessageRow): Promise<Rendered | undefined | 'failed'> {
  const { deps } = parts;
  try {
    const rendered = await render(deps, row, (key) => addressOf(parts, key));
    if (rendered === 'waits') {
      await deferred(deps, row, 'waits for the message that it leads to', RETRY.thread);
      return 'failed';
    }
    const problems = rendered === undefined ? [] : messageProblems(rendered.at(row.desiredRev));
    if (problems.length > 0) throw new Error(problems.join('; '));
    return rendered;
  } catch (error) {
    if (error instanceof SlackCallError) {
      await deferred(deps, row, `no address: ${error.slackCode}`, error.retryAfterSeconds ?? RETRY.ambiguous);
      return 'failed';
    }
    deps.log.error({ key: row.key, err: messageOf(error) }, 'a message could not be rendered');
    // The database may have gone for a moment: what is wrong for good is wrong again soon.
    const seconds = row.attempts < QUICK_RENDERS ? RETRY.ambiguous : RETRY.unrenderable;
    await deferred(deps, row, `not rendered: ${messageOf(error)}`, seconds);
    return 'failed';
  }
}

async function addressOf({ deps, calls }: OutboxParts, key: string): Promise<string | undefined> {
  const row = await deps.store.read.messages.get(key);
  if (row === undefined || row.channel === null || row.ts === null || row.ts === '') return undefined;
  return calls.permalink({ channel: row.channel, ts: row.ts });
}

async function edit(
  parts: OutboxParts,
  row: MessageRow,
  rendered: Rendered,
  place: Place,
  hash: string,
): Promise<Delivery> {
  if (!(await allowed(parts, row, 'update', place.channel))) return 'deferred';
  try {
    await parts.calls.update(place, rendered.at(row.desiredRev));
    return await recorded(parts.deps, row, place, hash, 'updated');
  } catch (error) {
    const failure = expected(error);
    if (failure.kind === 'refused' && GONE.includes(failure.slackCode))
      return repost(parts, row, rendered, place.channel, failure.slackCode, hash);
    return later(parts, row, 'update', place.channel, failure);
  }
}

/**
 * A first post has no key by which Slack would know it again. It is claimed in the store, so that two workers never post the same message,
 * and one that follows an attempt without an answer says that it may be a repetition.
 */
async function firstPost(parts: OutboxParts, row: MessageRow, rendered: Rendered, hash: string): Promise<Delivery> {
  const { deps } = parts;
  const target = await targetOf(parts, row, rendered);
  if (target === undefined) return 'deferred';
  if (!(await allowed(parts, row, 'post', target.channel))) return 'deferred';
  const claim = await deps.store.tx(async (tx) => ({
    ours: await tx.replay.remember(`slack-post:${row.key}:${row.attempts}`, CLAIM_SECONDS),
    first: await tx.replay.remember(`slack-tried:${row.key}`, TRIED_SECONDS),
  }));
  if (!claim.ours) return 'busy';
  const unclear = !claim.first && (row.lastError === null || row.lastError.startsWith('ambiguous'));
  const message = unclear ? possiblyRepeated(rendered.at(row.desiredRev), row) : rendered.at(row.desiredRev);
  try {
    const place = await parts.calls.post(target.channel, target.threadTs, message);
    return await recorded(deps, row, place, hash, 'posted');
  } catch (error) {
    const failure = expected(error);
    if (failure.kind === 'refused' && GONE.includes(failure.slackCode))
      return repost(parts, row, rendered, target.channel, failure.slackCode, hash);
    return later(parts, row, 'post', target.channel, failure);
  }
}

interface Target {
  readonly channel: string;
  readonly threadTs: string | null;
}

/** Undefined when the thread's card is not posted yet: the row waits for it. */
async function targetOf(parts: OutboxParts, row: MessageRow, rendered: Rendered): Promise<Target | undefined> {
  const { deps } = parts;
  if ('person' in rendered.home) {
    try {
      return { channel: await parts.calls.openDirect(rendered.home.person), threadTs: null };
    } catch (error) {
      await later(parts, row, 'post', rendered.home.person, expected(error));
      return undefined;
    }
  }
  const { channel, threadOf } = rendered.home;
  if (threadOf === null) return { channel, threadTs: null };
  const card = await deps.store.read.messages.get(`card:${threadOf}`);
  if (card === undefined) return { channel, threadTs: null };
  if (card.channel !== null && card.ts !== null && card.ts !== '') return { channel: card.channel, threadTs: card.ts };
  await deferred(deps, row, 'waits for the incident’s card', RETRY.thread);
  return undefined;
}

/** The message was deleted or its channel is gone: once more in the operations channel, saying so. */
async function repost(
  parts: OutboxParts,
  row: MessageRow,
  rendered: Rendered,
  lost: string,
  why: string,
  hash: string,
): Promise<Delivery> {
  const { deps, calls } = parts;
  const settings = await deps.settings.current();
  const { ops } = settings.channels;
  const ours = await deps.store.tx((tx) =>
    tx.replay.remember(`slack-repost:${row.key}:${row.ts ?? ''}:${row.attempts}`, CLAIM_SECONDS),
  );
  if (!ours) return 'busy';
  deps.log.warn(
    { key: row.key, channel: lost, slack: why },
    'a message lost its place and is posted in the operations channel',
  );
  const message = withNote(
    rendered.at(row.desiredRev),
    row,
    mrkdwn`Posted here because its place in ${channelMention(lost)} is gone (${why}).`,
  );
  if (!(await allowed(parts, row, 'post', ops))) return 'deferred';
  try {
    const place = await calls.post(ops, null, message);
    return await recorded(deps, row, place, hash, 'posted');
  } catch (error) {
    return later(parts, row, 'post', ops, expected(error));
  }
}

function possiblyRepeated(message: Message, row: MessageRow): Message {
  return withNote(message, row, mrkdwn`Possibly repeated: Slack did not answer when this was posted before.`);
}

function withNote(message: Message, row: MessageRow, note: ReturnType<typeof mrkdwn>): Message {
  const block = context({ kind: row.kind, id: row.subjectId, rev: row.desiredRev }, 'note-of-delivery', [note]);
  const blocks = message.blocks.length < LIMITS.messageBlocks ? [...message.blocks, block] : message.blocks;
  return { text: cut(`${message.text} ${note.mrkdwn}`, LIMITS.messageText), blocks };
}

/** Takes from the budget, waiting in place when it is nearly there. */
async function allowed(parts: OutboxParts, row: MessageRow, bucket: Bucket, channel: string): Promise<boolean> {
  const { deps, budget } = parts;
  const first = await budget.take(bucket, channel, row.priority);
  if (first.ok) return true;
  let wait = first.waitMilliseconds;
  if (wait <= WAIT_IN_PLACE) {
    await deps.pause(wait);
    const second = await budget.take(bucket, channel, row.priority);
    if (second.ok) return true;
    wait = second.waitMilliseconds;
  }
  await deferred(deps, row, 'waits for Slack’s rate limit', wait / 1000);
  return false;
}

async function later(
  parts: OutboxParts,
  row: MessageRow,
  bucket: Bucket,
  channel: string,
  failure: SlackCallError,
): Promise<Delivery> {
  const { deps } = parts;
  switch (failure.kind) {
    case 'rate-limited': {
      const seconds = failure.retryAfterSeconds ?? RETRY.refused;
      deps.meter.count('slackRateLimited', { call: bucket });
      await parts.budget.close(bucket, channel, seconds);
      await deferred(deps, row, `rate limited by Slack for ${seconds} s`, seconds);
      break;
    }
    case 'ambiguous':
      await deferred(deps, row, `ambiguous: ${failure.slackCode}`, RETRY.ambiguous);
      break;
    case 'refused':
      deps.log.error({ key: row.key, channel, slack: failure.slackCode }, 'Slack refuses a message');
      await deferred(deps, row, `refused: ${failure.slackCode}`, RETRY.refused);
  }
  return 'deferred';
}

function expected(error: unknown): SlackCallError {
  if (error instanceof SlackCallError) return error;
  throw error;
}

async function deferred(deps: SlackDeps, row: MessageRow, why: string, seconds: number): Promise<void> {
  await deps.store.tx((tx) => tx.messages.deferred(row.key, why.slice(0, 300), seconds));
}

async function recorded(
  deps: SlackDeps,
  row: MessageRow,
  place: Place,
  hash: string,
  how: Delivery,
): Promise<Delivery> {
  await deps.store.tx((tx) =>
    tx.messages.delivered(row.key, { rev: row.desiredRev, hash, channel: place.channel, ts: place.ts }),
  );
  return how;
}
