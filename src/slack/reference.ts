import { randomInt } from 'node:crypto';

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** An id such as `REF-7K3F9T2M` that a refusal or an error shows to the person and writes to the log. */
export function newReference(): string {
  let text = 'REF-';
  for (let i = 0; i < 8; i += 1) text += ALPHABET[randomInt(ALPHABET.length)];
  return text;
}
