import type { Ids } from './ids.ts';
import { TIME_LIMITS } from './limits.ts';

/** Where the answer to one interaction goes. */
export interface ResponseTarget {
  readonly channel: string;
  readonly user: string;
  /** The message whose element was used; none for a slash command. */
  readonly messageTs: string | undefined;
  readonly threadTs: string | undefined;
}

type Redeemed =
  | { readonly ok: true; readonly target: ResponseTarget }
  | { readonly ok: false; readonly error: 'not_found' | 'expired_url' | 'used_url' };

/** The response_urls of the workspace: five uses within thirty minutes. */
export interface ResponseUrls {
  /** The path of a new response_url. */
  issue(target: ResponseTarget): string;
  redeem(path: string): Redeemed;
}

/** Response urls over the given clock. */
export function createResponseUrls(now: () => number, ids: Ids): ResponseUrls {
  const known = new Map<string, { readonly target: ResponseTarget; readonly issuedAt: number; uses: number }>();
  function issue(target: ResponseTarget): string {
    const path = `/response/${ids.secret()}${ids.secret()}`;
    known.set(path, { target, issuedAt: now(), uses: 0 });
    return path;
  }
  function redeem(path: string): Redeemed {
    const entry = known.get(path);
    if (!entry) return { ok: false, error: 'not_found' };
    if (now() - entry.issuedAt > TIME_LIMITS.responseUrl) return { ok: false, error: 'expired_url' };
    if (entry.uses >= TIME_LIMITS.responseUrlUses) return { ok: false, error: 'used_url' };
    entry.uses += 1;
    return { ok: true, target: entry.target };
  }
  return { issue, redeem };
}
