import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import { pageOf } from '../paging.ts';
import { recordedIn, type TrailEvent, trailEventOf } from './history.ts';

const DAYS_90 = 90 * 86_400_000;

const ATTRIBUTES = {
  EventId: (event: TrailEvent, value: string) => event.id === value,
  EventName: (event: TrailEvent, value: string) => event.name === value,
  ReadOnly: (event: TrailEvent, value: string) => String(event.readOnly) === value,
  Username: (event: TrailEvent, value: string) => event.userName === value,
  EventSource: (event: TrailEvent, value: string) => event.source === value,
  AccessKeyId: (event: TrailEvent, value: string) => event.accessKeyId === value,
  ResourceName: (event: TrailEvent, value: string) => event.resources.includes(value),
} as const;

/** The last 90 days of management events of the caller's account and Region, the newest first; what is younger than CloudTrail's delay is not there yet. */
export const lookupEvents = defineOperation({
  name: 'LookupEvents',
  input: z.strictObject({
    LookupAttributes: z.array(z.strictObject({ AttributeKey: z.string(), AttributeValue: z.string() })).default([]),
    StartTime: z.date().optional(),
    EndTime: z.date().optional(),
    MaxResults: z.number().int().default(50),
    NextToken: z.string().optional(),
  }),
  needs: () => [{ action: 'cloudtrail:LookupEvents', resource: '*' }],
  run({ LookupAttributes, StartTime, EndTime, MaxResults, NextToken }, call) {
    if (MaxResults < 1 || MaxResults > 50)
      throw new AwsError('InvalidMaxResultsException', 'A value between 1 and 50 is required.');
    if (LookupAttributes.length > 1)
      throw new AwsError('InvalidLookupAttributesException', 'Only one lookup attribute is allowed.');
    if (StartTime && EndTime && StartTime > EndTime)
      throw new AwsError('InvalidTimeRangeException', 'The start time is after the end time.');
    const matches = matcher(LookupAttributes[0]);
    const now = call.clock.now();
    const [from, to] = [StartTime?.getTime() ?? now - DAYS_90, EndTime?.getTime() ?? now];
    const { history, trailDelay } = call.organization;
    const events = history()
      .filter((entry) => entry.account === call.account && recordedIn(entry) === call.region)
      .filter(({ happenedAt }) => happenedAt >= from && happenedAt <= to && happenedAt + trailDelay.milliseconds <= now)
      .flatMap((entry) => trailEventOf(entry) ?? [])
      .filter(matches)
      .sort((one, other) => other.at.getTime() - one.at.getTime());
    const query = [LookupAttributes, StartTime?.getTime(), EndTime?.getTime()];
    const { items, next } = pageOf(events, MaxResults, NextToken, 'InvalidNextTokenException', query);
    return { Events: items.map(eventShape), ...(next === undefined ? {} : { NextToken: next }) };
  },
});

function matcher(attribute: { AttributeKey: string; AttributeValue: string } | undefined) {
  if (attribute === undefined) return () => true;
  const { AttributeKey: key, AttributeValue: value } = attribute;
  const test = Object.entries(ATTRIBUTES).find(([name]) => name === key)?.[1];
  if (test === undefined) throw new AwsError('InvalidLookupAttributesException', `${key} is not a lookup attribute.`);
  return (event: TrailEvent) => test(event, value);
}

function eventShape(event: TrailEvent): object {
  return {
    EventId: event.id,
    EventName: event.name,
    ReadOnly: String(event.readOnly),
    AccessKeyId: event.accessKeyId,
    EventTime: event.at,
    EventSource: event.source,
    Username: event.userName,
    Resources: event.resources.map((ResourceName) => ({ ResourceName })),
    CloudTrailEvent: JSON.stringify(event.record),
  };
}
