import { METHOD_TIERS, POST_LIMIT, TIER_PER_MINUTE } from './limits.ts';

/** Slack's rate limits for one app in one workspace. */
export interface RateLimiter {
  enabled: boolean;
  /** Undefined when the call may go on, else the whole seconds after which to try again. A refused call costs nothing. */
  take(method: string, channel: string | undefined): number | undefined;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Limits over the given clock: a tier is a minute's worth of calls, refilled evenly. */
export function createRateLimiter(now: () => number): RateLimiter {
  const buckets = new Map<string, Bucket>();
  function level(key: string, rate: Rate): Bucket {
    const bucket = buckets.get(key) ?? { tokens: rate.burst, filledAt: now() };
    const refilled = bucket.tokens + ((now() - bucket.filledAt) / 1000) * rate.perSecond;
    const current = { tokens: Math.min(rate.burst, refilled), filledAt: now() };
    buckets.set(key, current);
    return current;
  }
  function take(method: string, channel: string | undefined): number | undefined {
    if (!limiter.enabled) return undefined;
    const rates = ratesOf(method, channel);
    const waits = rates.map(([key, rate]) => (1 - level(key, rate).tokens) / rate.perSecond);
    const wait = Math.max(0, ...waits);
    // A token that is a rounding error short is there.
    if (wait > 1e-9) return Math.ceil(wait);
    for (const [key, rate] of rates) level(key, rate).tokens -= 1;
    return undefined;
  }
  const limiter: RateLimiter = { enabled: true, take };
  return limiter;
}

function ratesOf(method: string, channel: string | undefined): readonly (readonly [string, Rate])[] {
  if (method === 'chat.postMessage') {
    return [
      [`${method} ${channel ?? ''}`, { burst: POST_LIMIT.burst, perSecond: POST_LIMIT.perSecond }],
      [method, perMinute(POST_LIMIT.workspacePerMinute)],
    ];
  }
  const tier = METHOD_TIERS[method];
  return tier === undefined ? [] : [[method, perMinute(TIER_PER_MINUTE[tier])]];
}

function perMinute(calls: number): Rate {
  return { burst: calls, perSecond: calls / 60 };
}
