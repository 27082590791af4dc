import { randomBytes, randomUUID } from 'node:crypto';

/** Makes the identifiers of one workspace. */
export interface Ids {
  /** A message timestamp, unique and rising: "1732270000.000100". */
  ts(): string;
  /** An identifier with Slack's look: a capital prefix and ten capital letters or digits. */
  id(prefix: string): string;
  uuid(): string;
  secret(): string;
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Identifiers over the given clock (milliseconds since 1970). */
export function createIds(now: () => number): Ids {
  let last = 0;
  function ts(): string {
    last = Math.max(last + 1, now() * 1000);
    return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`;
  }
  function id(prefix: string): string {
    let text = prefix;
    for (const byte of randomBytes(10)) text += ALPHABET[byte % ALPHABET.length];
    return text;
  }
  return { ts, id, uuid: randomUUID, secret: () => randomBytes(16).toString('hex') };
}
