import { describe, expect, it } from 'vitest';
import { paced } from '../../../src/aws/pace.ts';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { RateBuckets } from '../../../src/ports.ts';
import { rateBuckets } from '../../../src/rate-buckets.ts';

const API = { account: '222222222222', region: 'eu-west-1', service: 'securityhub', operation: 'GetFindings' };

function failure(awsCode: string, retry = true): AwsCallError {
  return new AwsCallError(awsCode, awsCode, { hint: '', retry, status: awsCode === 'TooManyRequests' ? 429 : 500 });
}

/** Buckets whose closed time passes when somebody pauses: no test waits. */
function bench(take: RateBuckets['take'] = async () => ({ ok: true })) {
  let now = 0;
  const until = new Map<string, number>();
  const closings: number[] = [];
  const pauses: number[] = [];
  const buckets: RateBuckets = {
    take,
    async close(key, seconds) {
      closings.push(seconds);
      until.set(key, now + seconds * 1000);
    },
    closedFor: async (key) => Math.max(0, (until.get(key) ?? 0) - now),
  };
  const pause = async (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    now += milliseconds;
  };
  return { parts: { buckets, pause, random: () => 0.5 }, closings, pauses };
}

/** Fails as told, then answers. */
function answering(...failures: AwsCallError[]) {
  const sent = { calls: 0 };
  const send = async (): Promise<string> => {
    sent.calls += 1;
    const error = failures.shift();
    if (error) throw error;
    return 'answer';
  };
  return { sent, send };
}

describe('calls at the pace of their API', () => {
  it('closes the bucket for everybody when AWS says to slow down, longer each time, and sends again', async () => {
    const { parts, closings } = bench();
    const { sent, send } = answering(failure('TooManyRequests'), failure('TooManyRequests'));
    expect(await paced(parts, API, send)).toBe('answer');
    expect(sent.calls).toBe(3);
    expect(closings).toEqual([0.75, 1.5]);
  });

  it('gives up after five refusals, and whoever asked may come again', async () => {
    const { parts } = bench();
    const { sent, send } = answering(...Array.from({ length: 9 }, () => failure('TooManyRequests')));
    await expect(paced(parts, API, send)).rejects.toMatchObject({ awsCode: 'TooManyRequests', retry: true });
    expect(sent.calls).toBe(5);
  });

  it('sends once what trying again cannot help', async () => {
    const { parts } = bench();
    const { sent, send } = answering(failure('AccessDenied', false));
    await expect(paced(parts, API, send)).rejects.toMatchObject({ awsCode: 'AccessDenied' });
    expect(sent.calls).toBe(1);
  });

  it('lets three calls of GetFindings a second go, whoever sends them, and other Regions by themselves', async () => {
    const turns: string[] = [];
    const limited = rateBuckets({ kind: 'memory' });
    const { parts, pauses } = bench(async (limit, key) => {
      const turn = await limited.take({ ...limit, seconds: 60 }, key);
      turns.push(`${key.split(':')[2]} ${turn.ok}`);
      return turn;
    });
    for (let call = 0; call < 3; call += 1) await paced(parts, API, answering().send);
    await expect(paced(parts, API, answering().send)).rejects.toMatchObject({
      awsCode: 'TooManyRequests',
      retry: true,
    });
    await paced(parts, { ...API, region: 'us-east-1' }, answering().send);
    expect(turns.filter((turn) => turn === 'eu-west-1 true')).toHaveLength(3);
    expect(turns.at(-1)).toBe('us-east-1 true');
    expect(pauses.length).toBeLessThan(3);
  });
});
