import type { KnownBlock, ModalView } from '@slack/types';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api';
import { withoutSecrets } from '../domain/redact.ts';
import type { Log } from '../ports.ts';
import type { Message } from './block-limits.ts';
import { libraryLogger } from './library-logger.ts';
import type { OpenView } from './visitor.ts';

/** The Web API methods that Cordon calls, and no others; the manifest's scopes are checked against this list. */
export const METHODS_USED = [
  'auth.test',
  'apps.connections.open',
  'chat.postMessage',
  'chat.update',
  'chat.postEphemeral',
  'chat.getPermalink',
  'conversations.open',
  'usergroups.list',
  'users.info',
  'views.open',
  'views.update',
] as const;

/** A place in Slack: a channel, and the message there or the thread's first message. */
export interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** The writes to Slack as Cordon needs them; all throw SlackCallError. */
export interface SlackCalls {
  post(channel: string, threadTs: string | null, message: Message): Promise<Place>;
  update(place: Place, message: Message): Promise<void>;
  whisper(channel: string, userId: string, threadTs: string | null, message: Message): Promise<void>;
  permalink(place: Place): Promise<string>;
  openDirect(userId: string): Promise<string>;
  openView(triggerId: string, view: ModalView): Promise<OpenView>;
  updateView(view: { readonly id: string; readonly hash: string | undefined }, next: ModalView): Promise<void>;
}

/** What a failed call means to the caller. `ambiguous`: Slack may have done it although no answer came. */
export class SlackCallError extends Error {
  readonly kind: 'refused' | 'rate-limited' | 'ambiguous';
  /** Slack's own error code, e.g. `channel_not_found`. */
  readonly slackCode: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: SlackCallError['kind'],
    slackCode: string,
    options: { retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(`Slack: ${withoutSecrets(slackCode)}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SlackCallError';
    this.kind = kind;
    this.slackCode = withoutSecrets(slackCode);
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Slack's Web API client, under a name that the composition root can use without the library. */
export type SlackClient = WebClient;

export interface SlackClientOptions {
  readonly token: string;
  /** Undefined for Slack itself; outside loopback it must be https, which the configuration checks. */
  readonly apiUrl: string | undefined;
  readonly timeoutMilliseconds: number;
  /** Where the library's own lines go; without it they go to the console. */
  readonly log?: Log;
}

/**
 * A client that never retries and never waits by itself: both are decided by the rows of the outbox. The library's own defaults would pause
 * every call on one 429 and try for half an hour.
 */
export function slackClient(options: SlackClientOptions): WebClient {
  return new WebClient(options.token, {
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    timeout: options.timeoutMilliseconds,
    allowAbsoluteUrls: false,
    ...(options.log === undefined ? {} : { logger: libraryLogger(options.log, 'web-api') }),
  });
}

/** No unfurling, no automatic links, no names turned into mentions: chat.update would parse like a client by default. */
const AS_WRITTEN = { parse: 'none', link_names: false } as const;

/** The calls on a real client. */
export function slackCalls(client: WebClient): SlackCalls {
  return {
    async post(channel, threadTs, message) {
      const content = { channel, ...bodyOf(message), ...AS_WRITTEN, unfurl_links: false, unfurl_media: false };
      const answer = await called(() =>
        client.chat.postMessage(threadTs === null ? content : { ...content, thread_ts: threadTs }),
      );
      return { channel: required(answer.channel, 'channel'), ts: required(answer.ts, 'ts') };
    },
    async update(place, message) {
      await called(() =>
        client.chat.update({ channel: place.channel, ts: place.ts, ...bodyOf(message), ...AS_WRITTEN }),
      );
    },
    async whisper(channel, userId, threadTs, message) {
      const content = { channel, user: userId, ...bodyOf(message), ...AS_WRITTEN };
      await called(() => client.chat.postEphemeral(threadTs === null ? content : { ...content, thread_ts: threadTs }));
    },
    async permalink(place) {
      const answer = await called(() => client.chat.getPermalink({ channel: place.channel, message_ts: place.ts }));
      return required(answer.permalink, 'permalink');
    },
    async openDirect(userId) {
      const answer = await called(() => client.conversations.open({ users: userId }));
      return required(answer.channel?.id, 'channel.id');
    },
    async openView(triggerId, view) {
      const answer = await called(() => client.views.open({ trigger_id: triggerId, view }));
      return { id: required(answer.view?.id, 'view.id'), hash: required(answer.view?.hash, 'view.hash') };
    },
    async updateView({ id, hash }, next) {
      await called(() => client.views.update({ view_id: id, ...(hash === undefined ? {} : { hash }), view: next }));
    },
  };
}

function bodyOf(message: Message): { text: string; blocks: KnownBlock[] } {
  return { text: message.text, blocks: [...message.blocks] };
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new SlackCallError('ambiguous', `answer_without_${name}`);
  return value;
}

async function called<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toCallError(error);
  }
}

/** Sorts the library's errors into the three that matter. */
export function toCallError(error: unknown): SlackCallError {
  if (error instanceof SlackCallError) return error;
  if (error instanceof WebAPIRateLimitedError)
    return new SlackCallError('rate-limited', 'ratelimited', { retryAfterSeconds: error.retryAfter, cause: error });
  if (error instanceof WebAPIPlatformError) return new SlackCallError('refused', error.data.error, { cause: error });
  if (error instanceof WebAPIHTTPError)
    return new SlackCallError('ambiguous', `http_${error.statusCode}`, { cause: error });
  if (error instanceof WebAPIRequestError) return new SlackCallError('ambiguous', 'no_answer', { cause: error });
  return new SlackCallError('ambiguous', 'unexpected_error', { cause: error });
}
