import { weigh } from '../../domain/weigh.ts';
import type { Headers } from './signature.ts';

/** What a verified request asks for. */
export type SlackRequest =
  /** A click, a submission, a command or an event, as the Socket Mode envelope would carry it. */
  | { readonly kind: 'payload'; readonly body: Readonly<Record<string, unknown>> }
  /** Slack looks whether anybody is there; with a challenge, it wants it back. */
  | { readonly kind: 'handshake'; readonly challenge: string | null }
  | { readonly kind: 'unreadable' };

/** A command has about fifteen; anything else has one. */
const MAX_FIELDS = 64;
/** A message of fifty blocks, or a window of a hundred, with all its options, is far below. */
const LIMITS = { depth: 32, values: 30_000, items: 2_000 };

const UNREADABLE: SlackRequest = { kind: 'unreadable' };

/** Reads a body by its one content type. Only for bytes whose signature has been verified. */
export function parseRequest(headers: Headers, bytes: Buffer): SlackRequest {
  const [type = '', ...more] = headers['content-type'] ?? [];
  if (more.length > 0) return UNREADABLE;
  const text = bytes.toString('utf8');
  switch (type.split(';')[0]?.trim().toLowerCase()) {
    case 'application/x-www-form-urlencoded':
      return fromForm(text);
    case 'application/json':
      return fromJson(text);
    default:
      return UNREADABLE;
  }
}

/** Interactions carry their JSON in `payload`, commands carry fields. A field that stands twice has no meaning that both sides agree on. */
function fromForm(text: string): SlackRequest {
  if (text.split('&', MAX_FIELDS + 1).length > MAX_FIELDS) return UNREADABLE;
  const entries = [...new URLSearchParams(text)];
  const fields = new Map(entries);
  if (fields.size !== entries.length) return UNREADABLE;
  if (fields.has('ssl_check')) return { kind: 'handshake', challenge: null };
  const payload = fields.get('payload');
  if (payload !== undefined) return fields.size === 1 ? payloadOf(payload) : UNREADABLE;
  return fields.has('command') ? { kind: 'payload', body: Object.fromEntries(fields) } : UNREADABLE;
}

function fromJson(text: string): SlackRequest {
  const read = payloadOf(text);
  if (read.kind !== 'payload') return read;
  if (read.body['type'] === 'url_verification') {
    const { challenge } = read.body;
    return typeof challenge === 'string' ? { kind: 'handshake', challenge } : UNREADABLE;
  }
  return read.body['type'] === 'event_callback' ? read : UNREADABLE;
}

function payloadOf(text: string): SlackRequest {
  const { depth, values, items } = weigh(text, LIMITS);
  if (depth > LIMITS.depth || values > LIMITS.values || items > LIMITS.items) return UNREADABLE;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return UNREADABLE;
    return { kind: 'payload', body: { ...value } };
  } catch {
    // Whoever holds the secret sent something that is no JSON: the caller says so, there is nothing to keep of it.
    return UNREADABLE;
  }
}
