import { expect, test } from 'vitest';
import { openTrail } from '../../../src/aws/trail.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import type { TrailEvent } from '../../../src/domain/trail.ts';

const ACCOUNT = '333333333331';
const WINDOW = {
  accountId: ACCOUNT,
  region: 'us-east-1',
  from: '2026-11-20T10:00:00.000Z',
  to: '2026-11-20T12:00:00.500Z',
};

function recordOf(id: string, over: { readonly [key: string]: Json } = {}): Json {
  return {
    CloudTrailEvent: JSON.stringify({
      eventID: id,
      eventTime: '2026-11-20T11:00:00Z',
      eventName: 'UpdateAccessKey',
      eventSource: 'iam.amazonaws.com',
      requestID: `request-${id}`,
      userIdentity: { type: 'AssumedRole', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/cordon-remediate/INC-2026-0001` },
      ...over,
    }),
  };
}

async function read(answers: readonly Json[]) {
  const calls: AwsCall[] = [];
  const taken: unknown[] = [];
  const left = [...answers];
  const trail = openTrail({
    sessions: {
      read: async (accountId, region) => ({
        accountId,
        region,
        partition: 'aws',
        async send(call) {
          calls.push(call);
          return left.shift() ?? {};
        },
      }),
    },
    buckets: {
      async take(limit, key) {
        taken.push([limit.points, limit.seconds, key]);
        return { ok: true };
      },
      close: async () => undefined,
      closedFor: async () => 0,
    },
    pause: async () => undefined,
  });
  const events: TrailEvent[] = [];
  for await (const page of trail.writes(WINDOW)) events.push(...page);
  return { calls, taken, events };
}

test('the history is read page by page, writes alone, two calls a second an account and Region', async () => {
  const { calls, taken, events } = await read([
    { Events: [recordOf('a'), recordOf('b')], NextToken: 'more' },
    { Events: [], NextToken: 'and more' },
    { Events: [recordOf('c')] },
  ]);
  expect(events.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  const question = {
    LookupAttributes: [{ AttributeKey: 'ReadOnly', AttributeValue: 'false' }],
    StartTime: 1_795_168_800,
    EndTime: 1_795_176_001,
    MaxResults: 50,
  };
  expect(calls.map(({ input }) => input)).toEqual([
    question,
    { ...question, NextToken: 'more' },
    { ...question, NextToken: 'and more' },
  ]);
  const turn = [2, 1, `aws:${ACCOUNT}:us-east-1:cloudtrail:LookupEvents`];
  expect(taken).toEqual([turn, turn, turn]);
});

test('a refused call, a user, and a session without a source identity are told as they are', async () => {
  const user = { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/ci` };
  const { events } = await read([
    { Events: [recordOf('a', { errorCode: 'AccessDenied' }), recordOf('b', { userIdentity: user })] },
  ]);
  expect(events).toMatchObject([
    { failed: true, role: 'cordon-remediate', sessionName: 'INC-2026-0001', sourceIdentity: null },
    { failed: false, role: null, sessionName: null },
  ]);
});

test('a record of an unknown form is not passed over', async () => {
  await expect(read([{ Events: [{ CloudTrailEvent: '{"eventID":1}' }] }])).rejects.toMatchObject({
    awsCode: 'UnreadableEvent',
  });
});
