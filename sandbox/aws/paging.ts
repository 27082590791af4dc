import { createHash } from 'node:crypto';
import { AwsError } from './errors.ts';

/** One page of a list and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * Cuts a page out of a list by an opaque token. `badToken` is the error code of the service for a token that is none of ours; `query` is what the list was asked for with
 * (filters, order), for services whose tokens go on with the same question only. A size of 0 is a page without anything and with a token to go on.
 */
export function pageOf<T>(
  all: readonly T[],
  size: number,
  token: string | undefined,
  badToken: string,
  query: unknown = null,
): Page<T> {
  const mark = createHash('sha256').update(JSON.stringify(query)).digest('hex').slice(0, 16);
  const start = token === undefined ? 0 : readToken(token, mark, badToken);
  const end = start + size;
  return {
    items: all.slice(start, end),
    next: end < all.length ? Buffer.from(`page:${end}:${mark}`).toString('base64url') : undefined,
  };
}

function readToken(token: string, mark: string, code: string): number {
  const match = /^page:(\d+):([0-9a-f]{16})$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
  if (match?.[2] !== mark) throw new AwsError(code, 'The token is not valid');
  return Number(match[1]);
}
