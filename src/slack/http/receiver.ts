import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver } from '@slack/bolt';
import { messageOf } from '../../domain/errors.ts';
import { sha256 } from '../../domain/json.ts';
import type { SlackDeps } from '../deps.ts';
import { parseRequest } from './parse-request.ts';
import { readBody } from './read-body.ts';
import { isFresh, verifySignature } from './signature.ts';

/** Where Slack's app is told to send commands and interactions: `https://<host>/slack/events`. */
export const SLACK_PATH = '/slack/events';
/** As long as a signature is fresh, from five minutes before its time to five after, and one minute more. */
const REMEMBER_SECONDS = 660;
/** Slack waits three seconds. */
const ACK_MILLISECONDS = 2_800;
/** Bodies of unknown senders that may be in memory at once; one more is asked to come again. */
const MAX_READING = 128;
const TOLD_MILLISECONDS = 30_000;

export interface HttpReceiverOptions {
  readonly signingSecret: string;
  readonly deps: Pick<SlackDeps, 'store' | 'log' | 'meter'>;
}

/** Bolt's end of signed HTTP requests. There is no way to leave the verification out. */
export interface HttpReceiver extends Receiver {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** True between start and stop; outside of it every request is asked to come again. */
  readonly isOpen: () => boolean;
}

/**
 * Size, signature, freshness by the database's clock and replay memory, in that order, before anything is parsed; then Bolt. Bolt's own receiver reads
 * bodies without a limit, takes timestamps of the future and remembers nothing. Bodies and signatures are never logged.
 */
export function httpReceiver({ signingSecret, deps }: HttpReceiverOptions): HttpReceiver {
  let app: App | undefined;
  let open = false;
  let reading = 0;
  const told = new Map<string, number>();
  /** Strangers may not fill the log: each reason is told at most once in a while. */
  const isNews = (why: string): boolean => {
    const now = performance.now();
    if (now - (told.get(why) ?? Number.NEGATIVE_INFINITY) < TOLD_MILLISECONDS) return false;
    told.set(why, now);
    return true;
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = answerOnce(response);
    const turnAway = (why: string, status: number): void => {
      deps.meter.count('slackRefused', { why });
      if (isNews(why)) deps.log.warn({ why }, 'requests to the Slack address are refused; the metric counts them');
      answer.refuse(status);
    };
    if (app === undefined || !open || reading >= MAX_READING) return answer.refuse(503);
    reading += 1;
    const read = await readBody(request).finally(() => {
      reading -= 1;
    });
    if (!read.ok) return answer.refuse(read.why === 'too_large' ? 413 : 400);
    const verified = verifySignature(signingSecret, request.headersDistinct, read.bytes);
    if (!verified.ok) return turnAway(verified.why, 401);
    const seen = await inTime(lookBack(deps, verified.signature, verified.at));
    if (seen === 'stale') return turnAway('not_fresh', 401);
    if (seen === 'unknown') return answer.refuse(503);
    if (seen === 'replayed') {
      deps.meter.count('slackRefused', { why: 'replayed' });
      deps.log.info({}, 'a request was delivered twice');
      return answer.ack(undefined);
    }
    const asked = parseRequest(request.headersDistinct, read.bytes);
    switch (asked.kind) {
      case 'unreadable':
        return turnAway('unreadable', 400);
      case 'handshake':
        return answer.ack(asked.challenge ?? undefined);
      case 'payload':
        return hand(app, asked.body, request, answer);
    }
  }

  /** Bolt acknowledges first and works then; what is not acknowledged in time is answered all the same, so that no person waits for nothing. */
  async function hand(
    to: App,
    body: Readonly<Record<string, unknown>>,
    request: IncomingMessage,
    answer: AnswerOnce,
  ): Promise<void> {
    const late = setTimeout(() => {
      deps.log.error({}, 'a request was not acknowledged in time');
      answer.refuse(503);
    }, ACK_MILLISECONDS);
    try {
      const retry = Number(request.headers['x-slack-retry-num']);
      await to.processEvent({
        body,
        ack: async (response) => {
          clearTimeout(late);
          answer.ack(response ?? undefined);
        },
        ...(Number.isInteger(retry) ? { retryNum: retry } : {}),
      });
    } finally {
      clearTimeout(late);
      // Nothing if it has been acknowledged; otherwise Bolt could make nothing of it.
      answer.refuse(400);
    }
  }

  /** Unknown when the store does not answer: then nothing is handed on, and Slack tells the person. */
  async function inTime(look: Promise<Seen>): Promise<Seen | 'unknown'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'unknown'>((resolve) => {
      timer = setTimeout(() => resolve('unknown'), ACK_MILLISECONDS);
    });
    try {
      return await Promise.race([look, late]);
    } catch (error) {
      deps.log.error({ err: messageOf(error) }, 'the memory of requests does not answer; nothing was done');
      return 'unknown';
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    init: (bolt) => {
      app = bolt;
    },
    async start() {
      open = true;
    },
    async stop() {
      open = false;
    },
    handle,
    isOpen: () => open,
  };
}

type Seen = 'fresh' | 'stale' | 'replayed';

async function lookBack(deps: Pick<SlackDeps, 'store'>, signature: string, at: number): Promise<Seen> {
  const now = Date.parse(await deps.store.read.now()) / 1000;
  if (!isFresh(at, now)) return 'stale';
  const key = `slack-signature:${sha256(signature)}`;
  return (await deps.store.tx((tx) => tx.replay.remember(key, REMEMBER_SECONDS))) ? 'fresh' : 'replayed';
}

interface AnswerOnce {
  /** 200 with what Slack is to do: nothing, a text, or JSON. */
  ack(response: unknown): void;
  /** A status and no word more. What has not been read of the request is not read. */
  refuse(status: number): void;
}

/** The first answer counts. */
function answerOnce(response: ServerResponse): AnswerOnce {
  const send = (status: number, type: string, body: string): void => {
    if (response.headersSent) return;
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(body);
  };
  return {
    ack(answer) {
      if (typeof answer === 'object' && answer !== null) send(200, 'application/json', JSON.stringify(answer));
      else send(200, 'text/plain', typeof answer === 'string' ? answer : '');
    },
    refuse(status) {
      if (response.headersSent) return;
      response.shouldKeepAlive = false;
      response.once('finish', () => response.socket?.destroySoon());
      send(status, 'text/plain', '');
    },
  };
}
