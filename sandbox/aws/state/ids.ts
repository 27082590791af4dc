import { createHash, randomBytes, randomInt } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A resource id in EC2's present shape, such as `i-0` plus 16 hex digits. With a seed it is always the same, so that tests can name resources. */
export function ec2Id(prefix: string, seed?: string): string {
  const hex =
    seed === undefined
      ? randomBytes(8).toString('hex')
      : createHash('sha256').update(`${prefix}/${seed}`).digest('hex').slice(0, 16);
  return `${prefix}-0${hex}`;
}

/** An IAM id such as `AKIA` or `AROA` plus 16 or 17 letters and digits. */
export function iamId(prefix: string, length: number, seed?: string): string {
  const digest = seed === undefined ? undefined : createHash('sha256').update(`${prefix}/${seed}`).digest();
  let id = prefix;
  for (let i = 0; i < length; i++) id += BASE32[(digest ? (digest[i % digest.length] ?? 0) : randomInt(256)) % 32];
  return id;
}

/** 32 hex digits: GuardDuty's detectors and findings. */
export function hexId(seed?: string): string {
  return seed === undefined
    ? randomBytes(16).toString('hex')
    : createHash('sha256').update(seed).digest('hex').slice(0, 32);
}
