import { z } from 'zod';
import type { Clock } from './clock.ts';
import { SERVICE_NAMES, type ServiceName } from './wire/schemas.ts';

/** Calls a second that are refilled, and how many the bucket holds. */
interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * CloudTrail answers LookupEvents twice a second (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html). Security Hub's published quotas (https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html). GuardDuty publishes none; the figures are modest on purpose.
 * `*` is every other operation of a service.
 */
const RATES: Readonly<Record<string, Rate>> = {
  'securityhub:GetFindings': { perSecond: 3, burst: 6 },
  'securityhub:*': { perSecond: 10, burst: 30 },
  'cloudtrail:LookupEvents': { perSecond: 2, burst: 2 },
  'guardduty:*': { perSecond: 10, burst: 20 },
};
const GENEROUS: Rate = { perSecond: 1_000, burst: 2_000 };

/** A change of the limits, for a test: one operation of a service, or all that have no limit of their own. */
export const RateChange = z.strictObject({
  service: z.enum(SERVICE_NAMES),
  operation: z.string().min(1).default('*'),
  perSecond: z.number().positive().max(100_000),
  burst: z.number().int().min(1).max(100_000),
});

interface Bucket {
  tokens: number;
  at: number;
  allowed: number;
  throttled: number;
}

/** One API of one account in one Region. */
export interface RateKey {
  readonly account: string;
  readonly region: string;
  readonly service: ServiceName;
  readonly operation: string;
}

/** Token buckets, one an account, Region and API, as AWS keeps them. They refill by the organisation's clock. */
export class RateLimits {
  private readonly rates = new Map<string, Rate>(Object.entries(RATES));
  private readonly buckets = new Map<string, Bucket>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Takes one token; false when there is none: the service then says "slow down". */
  take(key: RateKey): boolean {
    const rate = this.rateOf(key);
    const now = this.clock.now();
    const name = `${key.account}/${key.region}/${key.service}:${key.operation}`;
    const bucket = this.buckets.get(name) ?? { tokens: rate.burst, at: now, allowed: 0, throttled: 0 };
    this.buckets.set(name, bucket);
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) / 1_000) * rate.perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) {
      bucket.throttled += 1;
      return false;
    }
    bucket.tokens -= 1;
    bucket.allowed += 1;
    return true;
  }

  /** The new limit holds from the next call on; buckets that hold more than the new burst lose the rest. */
  change({ service, operation, perSecond, burst }: z.output<typeof RateChange>): void {
    this.rates.set(`${service}:${operation}`, { perSecond, burst });
  }

  /** The limits as they are, and how many calls of each account, Region and API went through or were refused. */
  report(): object {
    return {
      limits: Object.fromEntries(this.rates),
      others: GENEROUS,
      calls: [...this.buckets].map(([name, { allowed, throttled }]) => {
        const [account, region, api] = name.split('/');
        return { account, region, api, allowed, throttled };
      }),
    };
  }

  private rateOf({ service, operation }: RateKey): Rate {
    return this.rates.get(`${service}:${operation}`) ?? this.rates.get(`${service}:*`) ?? GENEROUS;
  }
}
