import { BurstyRateLimiter, type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CordonError } from '../domain/errors.ts';

/** The kinds of calls that share a limit of Slack's: https://docs.slack.dev/apis/web-api/rate-limits */
export type Bucket = 'post' | 'update';

type Allowance = { readonly ok: true } | { readonly ok: false; readonly waitMilliseconds: number };

/** Says whether a call may be made now. Losing the counters (a restart, a wiped Redis) costs at worst one 429. */
export interface RateBudget {
  /** Priority 0 and 1 (decisions, results, approval requests) may use all; the rest leaves them a reserve of 30 %. */
  take(bucket: Bucket, channel: string, priority: number): Promise<Allowance>;
  /** Slack said 429: this bucket of this channel is closed for that long, the others go on. */
  close(bucket: Bucket, channel: string, seconds: number): Promise<void>;
}

export interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}
/** Makes one counter: in memory, or in Redis when several processes send. */
export type MakeLimiter = (options: LimiterOptions) => RateLimiterAbstract;

/** Slack allows about one post a second and channel with short bursts, several hundred a minute and workspace, and 50 edits a minute; we stay below. */
const CHANNEL = { seconds: 1.1, burst: 2, burstSeconds: 22 };
const POSTS_A_MINUTE = 180;
const UPDATES_A_MINUTE = 45;
/** Share of a minute's budget that ordinary messages may use. */
const ORDINARY_SHARE = 0.7;

/** Counters in this process. */
export function memoryLimiter(options: LimiterOptions): RateLimiterAbstract {
  return new RateLimiterMemory(options);
}

export function rateBudget(make: MakeLimiter = memoryLimiter): RateBudget {
  const channel = new BurstyRateLimiter(
    make({ keyPrefix: 'slack-channel', points: 1, duration: CHANNEL.seconds }),
    make({ keyPrefix: 'slack-burst', points: CHANNEL.burst, duration: CHANNEL.burstSeconds }),
  );
  const minute: Readonly<
    Record<Bucket, { readonly all: RateLimiterAbstract; readonly ordinary: RateLimiterAbstract }>
  > = {
    post: ofMinute(make, 'post', POSTS_A_MINUTE),
    update: ofMinute(make, 'update', UPDATES_A_MINUTE),
  };
  const closed = make({ keyPrefix: 'slack-closed', points: 1, duration: 1 });
  return {
    async take(bucket, channelId, priority) {
      const shut = await closed.get(`${bucket}:${channelId}`);
      if (shut !== null && shut.consumedPoints > 1 && shut.msBeforeNext > 0)
        return { ok: false, waitMilliseconds: shut.msBeforeNext };
      if (priority > 1) {
        const ordinary = await consume(minute[bucket].ordinary, 'workspace');
        if (!ordinary.ok) return ordinary;
      }
      const whole = await consume(minute[bucket].all, 'workspace');
      if (!whole.ok || bucket === 'update') return whole;
      return consume(channel, channelId);
    },
    async close(bucket, channelId, seconds) {
      await closed.block(`${bucket}:${channelId}`, Math.max(1, Math.ceil(seconds)));
    },
  };
}

function ofMinute(make: MakeLimiter, bucket: Bucket, points: number) {
  return {
    all: make({ keyPrefix: `slack-${bucket}-all`, points, duration: 60 }),
    ordinary: make({
      keyPrefix: `slack-${bucket}-ordinary`,
      points: Math.floor(points * ORDINARY_SHARE),
      duration: 60,
    }),
  };
}

/** A limiter rejects with its state when the points are used up, and with an error when its store failed. */
async function consume(limiter: Pick<BurstyRateLimiter, 'consume'>, key: string): Promise<Allowance> {
  try {
    await limiter.consume(key);
    return { ok: true };
  } catch (rejected) {
    if (rejected instanceof RateLimiterRes) return { ok: false, waitMilliseconds: Math.max(50, rejected.msBeforeNext) };
    throw new CordonError('rate_store_failed', 'The rate counters could not be read.', {
      hint: 'Check Redis; messages wait until it answers.',
      retry: true,
      cause: rejected,
    });
  }
}
