import type { Allowance, RateBuckets, RateLimit } from '../ports.ts';

/** The kinds of calls that share a limit of Slack's: https://docs.slack.dev/apis/web-api/rate-limits */
export type Bucket = 'post' | 'update';

/** Says whether a call may be made now. */
export interface RateBudget {
  /** Priority 0 and 1 (decisions, results, approval requests) may use all; the rest leaves them a reserve of 30 %. */
  take(bucket: Bucket, channel: string, priority: number): Promise<Allowance>;
  /** Slack said 429: this bucket of this channel is closed for that long, the others go on. */
  close(bucket: Bucket, channel: string, seconds: number): Promise<void>;
}

/** Slack allows about one post a second and channel with short bursts, several hundred a minute and workspace, and 50 edits a minute; we stay below. */
const CHANNEL: RateLimit = { name: 'slack-channel', points: 1, seconds: 1.1 };
const BURST: RateLimit = { name: 'slack-burst', points: 2, seconds: 22 };
const A_MINUTE: Readonly<Record<Bucket, number>> = { post: 180, update: 45 };
/** Share of a minute's budget that ordinary messages may use. */
const ORDINARY_SHARE = 0.7;
const WORKSPACE = 'workspace';

/** Slack's limits, counted where all that send to Slack count. */
export function rateBudget(buckets: RateBuckets): RateBudget {
  const minute: Readonly<Record<Bucket, Minute>> = { post: ofMinute('post'), update: ofMinute('update') };
  return {
    async take(bucket, channel, priority) {
      const shut = await buckets.closedFor(closedKey(bucket, channel));
      if (shut > 0) return { ok: false, waitMilliseconds: shut };
      if (priority > 1) {
        const ordinary = await buckets.take(minute[bucket].ordinary, WORKSPACE);
        if (!ordinary.ok) return ordinary;
      }
      const whole = await buckets.take(minute[bucket].all, WORKSPACE);
      return whole.ok && bucket === 'post' ? ofChannel(buckets, channel) : whole;
    },
    close: (bucket, channel, seconds) => buckets.close(closedKey(bucket, channel), seconds),
  };
}

function closedKey(bucket: Bucket, channel: string): string {
  return `slack-${bucket}:${channel}`;
}

/** One a second; who comes sooner draws on the burst while it lasts. */
async function ofChannel(buckets: RateBuckets, channel: string): Promise<Allowance> {
  const steady = await buckets.take(CHANNEL, channel);
  if (steady.ok) return steady;
  const burst = await buckets.take(BURST, channel);
  return burst.ok ? burst : steady;
}

interface Minute {
  readonly all: RateLimit;
  readonly ordinary: RateLimit;
}

function ofMinute(bucket: Bucket): Minute {
  const points = A_MINUTE[bucket];
  return {
    all: { name: `slack-${bucket}-all`, points, seconds: 60 },
    ordinary: { name: `slack-${bucket}-ordinary`, points: Math.floor(points * ORDINARY_SHARE), seconds: 60 },
  };
}
