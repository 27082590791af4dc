import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a request's own time may lie from the database's clock, both ways. */
const FRESH_SECONDS = 300;

/** A request whose bytes were signed with our secret, at the time that it names. */
export type Verified =
  | { readonly ok: true; readonly signature: string; readonly at: number }
  | { readonly ok: false; readonly why: 'no_signature' | 'doubled_header' | 'malformed' | 'wrong_signature' };

/** Every value of a header as it stood in the request (`IncomingMessage.headersDistinct`). */
export type Headers = Readonly<NodeJS.Dict<string[]>>;

/**
 * Slack's v0 signature over the exact bytes of the body (https://docs.slack.dev/authentication/verifying-requests-from-slack), compared in constant time.
 * It says nothing about freshness: see `isFresh`.
 */
export function verifySignature(secret: string, headers: Headers, body: Buffer): Verified {
  const signatures = headers['x-slack-signature'] ?? [];
  const times = headers['x-slack-request-timestamp'] ?? [];
  if (signatures.length > 1 || times.length > 1) return { ok: false, why: 'doubled_header' };
  const [signature] = signatures;
  const [time] = times;
  if (signature === undefined || time === undefined) return { ok: false, why: 'no_signature' };
  if (!/^v0=[0-9a-f]{64}$/.test(signature) || !/^[1-9]\d{0,11}$/.test(time)) return { ok: false, why: 'malformed' };
  const expected = createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest();
  const given = Buffer.from(signature.slice('v0='.length), 'hex');
  if (!timingSafeEqual(expected, given)) return { ok: false, why: 'wrong_signature' };
  return { ok: true, signature, at: Number(time) };
}

/** Both ways: a signature from the future would outlive the memory of what has been seen. Seconds since 1970. */
export function isFresh(at: number, now: number): boolean {
  return Math.abs(now - at) <= FRESH_SECONDS;
}
