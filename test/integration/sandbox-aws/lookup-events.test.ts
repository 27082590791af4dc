import { type Event, LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { ListBucketsCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accessKeyId, LEAKED_KEY_USER } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, control, startTestAws } from './harness.ts';

const { account, userName } = LEAKED_KEY_USER;
let aws: RunningAws;

beforeEach(async () => {
  aws = await startTestAws();
  await control(aws, 'PUT', '/rates', {
    service: 'cloudtrail',
    operation: 'LookupEvents',
    perSecond: 1000,
    burst: 1000,
  });
});
afterEach(() => aws.close());

const setKey = (Status: 'Active' | 'Inactive', AccessKeyId = accessKeyId(account, userName)) =>
  adminClients(aws, account).iam.send(new UpdateAccessKeyCommand({ UserName: userName, AccessKeyId, Status }));

async function lookUp(input: LookupEventsCommandInput = {}, region = 'us-east-1') {
  return adminClients(aws, account, region).cloudtrail.send(new LookupEventsCommand(input));
}

const WRITES = { LookupAttributes: [{ AttributeKey: 'ReadOnly' as const, AttributeValue: 'false' }] };

test('a call is told in the shape of CloudTrail: IAM in us-east-1, the time as a date, the record as JSON', async () => {
  await setKey('Inactive');
  const { Events = [] } = await lookUp(WRITES);
  expect(Events).toHaveLength(1);
  expect(Events[0]).toMatchObject({
    EventName: 'UpdateAccessKey',
    EventSource: 'iam.amazonaws.com',
    ReadOnly: 'false',
    EventTime: expect.any(Date),
  });
  expect(JSON.parse(Events[0]?.CloudTrailEvent ?? '')).toMatchObject({
    eventID: Events[0]?.EventId,
    eventName: 'UpdateAccessKey',
    awsRegion: 'us-east-1',
    readOnly: false,
    requestParameters: { Status: 'Inactive' },
    recipientAccountId: account,
  });
  expect((await lookUp(WRITES, 'eu-west-1')).Events).toEqual([]);
});

test('S3 is told under the names of its history, reads are reads, a refusal bears its code', async () => {
  const { s3 } = adminClients(aws, account);
  await s3.send(new ListBucketsCommand({})).catch(() => undefined);
  await setKey('Inactive', 'AKIAUNKNOWNUNKNOWN00').catch(() => undefined);
  await s3
    .send(new PutPublicAccessBlockCommand({ Bucket: 'not-there', PublicAccessBlockConfiguration: {} }))
    .catch(() => undefined);
  const names = ({ Events = [] }: { Events?: Event[] | undefined }) => Events.map(({ EventName }) => EventName);
  expect(names(await lookUp(WRITES, 'eu-west-1'))).toEqual(['PutBucketPublicAccessBlock']);
  const { Events = [] } = await lookUp(WRITES);
  expect(JSON.parse(Events[0]?.CloudTrailEvent ?? '')).toMatchObject({ errorCode: 'NoSuchEntity' });
});

test('a page holds fifty, the newest first; a token goes on with the same question only', async () => {
  for (let index = 0; index < 60; index += 1) await setKey(index % 2 === 0 ? 'Inactive' : 'Active');
  const first = await lookUp(WRITES);
  expect(first.Events).toHaveLength(50);
  const second = await lookUp({ ...WRITES, NextToken: first.NextToken });
  expect(second.Events).toHaveLength(10);
  expect(second.NextToken).toBeUndefined();
  const times = [...(first.Events ?? []), ...(second.Events ?? [])].map(({ EventTime }) => EventTime?.getTime() ?? 0);
  expect(times).toEqual([...times].sort((one, other) => other - one));
  await expect(lookUp({ NextToken: first.NextToken })).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
});

test.each<[LookupEventsCommandInput, string]>([
  [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
  [{ StartTime: new Date('2026-01-02'), EndTime: new Date('2026-01-01') }, 'InvalidTimeRangeException'],
  [{ LookupAttributes: [...WRITES.LookupAttributes, ...WRITES.LookupAttributes] }, 'InvalidLookupAttributesException'],
])('%j is refused', async (input, name) => {
  await expect(lookUp(input)).rejects.toMatchObject({ name });
});

test('a call shows after CloudTrail’s delay, and in its window only', async () => {
  await control(aws, 'PUT', '/trail', { delayMs: 600_000 });
  await setKey('Inactive');
  expect((await lookUp(WRITES)).Events).toEqual([]);
  aws.organization.clock.advance(600_001);
  expect((await lookUp(WRITES)).Events).toHaveLength(1);
  const StartTime = new Date(aws.organization.clock.now() - 60_000);
  expect((await lookUp({ ...WRITES, StartTime })).Events).toEqual([]);
});

test('two calls a second, no more', async () => {
  await control(aws, 'PUT', '/rates', { service: 'cloudtrail', operation: 'LookupEvents', perSecond: 0.001, burst: 2 });
  const answers = await Promise.allSettled([lookUp(), lookUp(), lookUp()]);
  const refused = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused).toMatchObject([{ name: 'ThrottlingException' }]);
});
