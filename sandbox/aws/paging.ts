import { AwsError } from './errors.ts';

/** One page of a list and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** Cuts a page out of a list by an opaque token. `badToken` is the error code of the service for a token that is none of ours. */
export function pageOf<T>(all: readonly T[], size: number, token: string | undefined, badToken: string): Page<T> {
  const start = token === undefined ? 0 : readToken(token, badToken);
  const items = all.slice(start, start + size);
  return {
    items,
    next: start + size < all.length ? Buffer.from(`page:${start + size}`).toString('base64url') : undefined,
  };
}

function readToken(token: string, code: string): number {
  const match = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
  if (!match) throw new AwsError(code, 'The token is not valid');
  return Number(match[1]);
}
