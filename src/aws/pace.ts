import { AwsCallError } from '../domain/errors.ts';
import type { RateBuckets, RateLimit } from '../ports.ts';
import { isThrottled } from './errors.ts';

/** One API of one account in one Region: what AWS limits. */
export interface Api {
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
}

export interface PaceParts {
  readonly buckets: RateBuckets;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** From 0 to 1, for jitter; Math.random when not given. */
  readonly random?: (() => number) | undefined;
}

/**
 * Calls a second. Security Hub's quotas: GetFindings 3 with a burst of 6, BatchUpdateFindings 10 with a burst of 30
 * (https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html). A window of one second at the rate stays below them, wherever it begins.
 */
const PUBLISHED: Readonly<Record<string, number>> = {
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
  'cloudtrail:LookupEvents': 2,
  'securityhub:GetFindings': 3,
  'securityhub:BatchUpdateFindings': 10,
};
/** GuardDuty publishes none; modest, because the account's own people and tools call it too. */
const UNPUBLISHED = 5;

/** How often a call is sent when AWS says "slow down" each time, and when something else goes wrong that may pass. */
const ATTEMPTS = { throttled: 5, other: 3 };
/** The longest that one call waits for its turn; whoever asked tries again later. */
const LONGEST_WAIT_MS = 60_000;
const FIRST_REST_SECONDS = 1;

/**
 * Sends when it is the API's turn. When AWS says "slow down" all the same (others call it too), the bucket is closed for everybody for a while, longer each time and
 * never for the same while, and the call is sent again. Throws AwsCallError; `retry` says that later may be better.
 */
export async function paced<T>(parts: PaceParts, api: Api, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await turnOf(parts, api);
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof AwsCallError && error.retry)) throw error;
      const throttled = isThrottled(error);
      const rest = restSeconds(parts, attempt);
      if (throttled) await parts.buckets.close(keyOf(api), rest);
      if (attempt >= (throttled ? ATTEMPTS.throttled : ATTEMPTS.other)) throw error;
      if (!throttled) await parts.pause(rest * 1000);
    }
  }
}

/** Half of it is chance, so that those who were refused together do not come back together. */
function restSeconds({ random = Math.random }: PaceParts, attempt: number): number {
  return FIRST_REST_SECONDS * 2 ** (attempt - 1) * (0.5 + random() / 2);
}

async function turnOf({ buckets, pause, random = Math.random }: PaceParts, api: Api): Promise<void> {
  const key = keyOf(api);
  for (let waited = 0; ; ) {
    const shut = await buckets.closedFor(key);
    const turn = shut > 0 ? ({ ok: false, waitMilliseconds: shut } as const) : await buckets.take(limitOf(api), key);
    if (turn.ok) return;
    const wait = turn.waitMilliseconds + random() * 100;
    waited += wait;
    if (waited > LONGEST_WAIT_MS) throw crowded(api);
    await pause(wait);
  }
}

function limitOf({ service, operation }: Api): RateLimit {
  const name = `${service}:${operation}`;
  return { name, points: PUBLISHED[name] ?? UNPUBLISHED, seconds: 1 };
}

function keyOf({ account, region, service, operation }: Api): string {
  return `aws:${account}:${region}:${service}:${operation}`;
}

function crowded({ service, operation, region }: Api): AwsCallError {
  return new AwsCallError('TooManyRequests', `${service}:${operation} in ${region} has no turn within a minute`, {
    hint: 'Too many calls wait for this API; it is tried again.',
    retry: true,
  });
}
