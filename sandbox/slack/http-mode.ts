import { createHmac } from 'node:crypto';
import { SLACK_TOKENS } from '../world.ts';
import {
  createDeliveryLog,
  type Delivered,
  type DeliveryLog,
  type EnvelopeType,
  type Send,
  settle,
} from './deliveries.ts';
import type { Ids } from './ids.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';

export interface HttpModeDeps {
  /** The app's request URL, for all of interactivity, commands and events. */
  readonly requestUrl: string;
  readonly now: () => number;
  readonly ids: Ids;
  /** Milliseconds that the app has to answer. */
  readonly ackTimeout: number;
}

/** Signed HTTP in the place of Socket Mode: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function createHttpMode(deps: HttpModeDeps): { readonly send: Send; readonly log: DeliveryLog } {
  const log = createDeliveryLog();
  return {
    log,
    async send(type, payload, retryAttempt) {
      const record = log.add({
        envelopeId: deps.ids.uuid(),
        type,
        payload,
        connection: 0,
        at: deps.now(),
        retryAttempt,
      });
      const delivered = await post(deps, type, payload, retryAttempt);
      settle(record, delivered);
      return delivered;
    },
  };
}

async function post(
  deps: HttpModeDeps,
  type: EnvelopeType,
  payload: JsonObject,
  retryAttempt: number,
): Promise<Delivered> {
  const { body, contentType } = bodyOf(type, payload);
  const sentAt = performance.now();
  try {
    const response = await fetch(deps.requestUrl, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        ...signed(body, Math.floor(deps.now() / 1000)),
        ...(retryAttempt === 0
          ? {}
          : { 'x-slack-retry-num': String(retryAttempt), 'x-slack-retry-reason': 'http_timeout' }),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(deps.ackTimeout),
    });
    const text = await response.text();
    if (response.status !== 200) return { acked: false, error: 'http_error' };
    return { acked: true, ack: ackOf(response.headers.get('content-type') ?? '', text), ms: msSince(sentAt) };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { acked: false, error: isLate ? 'operation_timeout' : 'not_connected' };
  }
}

/** Events are JSON, commands are a form, and interactions are JSON in a form. */
function bodyOf(type: EnvelopeType, payload: JsonObject): { readonly body: string; readonly contentType: string } {
  const form = 'application/x-www-form-urlencoded';
  switch (type) {
    case 'events_api':
      return { body: JSON.stringify(payload), contentType: 'application/json' };
    case 'slash_commands': {
      const fields = Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]);
      return { body: new URLSearchParams(fields).toString(), contentType: form };
    }
    case 'interactive':
      return { body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), contentType: form };
  }
}

/** Slack's signature headers for a body sent at that second. */
export function signed(
  body: string | Buffer,
  seconds: number,
  secret: string = SLACK_TOKENS.signingSecret,
): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:`).update(body).digest('hex');
  return { 'x-slack-request-timestamp': String(seconds), 'x-slack-signature': `v0=${digest}` };
}

function ackOf(contentType: string, text: string): JsonObject {
  if (text === '') return {};
  const answer = contentType.startsWith('application/json') ? parseJson(text) : undefined;
  return isObject(answer) ? answer : { text };
}

function msSince(start: number): number {
  return Math.round(performance.now() - start);
}
