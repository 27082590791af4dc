import { z } from 'zod';
import { AwsCallError } from '../domain/errors.ts';
import type { TrailEvent } from '../domain/trail.ts';
import type { AwsReader, AwsSessions, AwsTrail, RateBuckets } from '../ports.ts';
import { paced } from './pace.ts';

/** CloudTrail's own limit of a page. */
const PAGE = 50;

/** The part of a record that says who did what; https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const Record = z.object({
  eventID: z.string(),
  eventTime: z.string(),
  eventName: z.string(),
  eventSource: z.string(),
  requestID: z.string().optional(),
  errorCode: z.string().optional(),
  userIdentity: z.object({
    arn: z.string().optional(),
    sessionContext: z.object({ sourceIdentity: z.string().optional() }).optional(),
  }),
});
const Page = z.object({
  Events: z.array(z.object({ CloudTrailEvent: z.string() })).default([]),
  NextToken: z.string().optional(),
});

export interface TrailOptions {
  readonly sessions: Pick<AwsSessions, 'read'>;
  readonly buckets: RateBuckets;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** CloudTrail's event history of member accounts, through the read role and at CloudTrail's pace of two calls a second an account and Region. */
export function openTrail({ sessions, buckets, pause }: TrailOptions): AwsTrail {
  return {
    async *writes({ accountId, region, from, to }) {
      const reader = await sessions.read(accountId, region);
      const api = { account: accountId, region, service: 'cloudtrail', operation: 'LookupEvents' };
      let token: string | undefined;
      do {
        const page = await paced({ buckets, pause }, api, () => lookUp(reader, { from, to, token }));
        yield page.Events.map(({ CloudTrailEvent }) => eventOf(CloudTrailEvent, accountId, region));
        token = page.NextToken;
      } while (token !== undefined);
    },
  };
}

async function lookUp(
  reader: AwsReader,
  window: { readonly from: string; readonly to: string; readonly token: string | undefined },
): Promise<z.infer<typeof Page>> {
  return Page.parse(
    await reader.send({
      service: 'cloudtrail',
      operation: 'LookupEvents',
      input: {
        // One attribute is all it takes. Seconds since 1970, as the protocol writes times.
        LookupAttributes: [{ AttributeKey: 'ReadOnly', AttributeValue: 'false' }],
        StartTime: Math.floor(Date.parse(window.from) / 1000),
        EndTime: Math.ceil(Date.parse(window.to) / 1000),
        MaxResults: PAGE,
        ...(window.token === undefined ? {} : { NextToken: window.token }),
      },
    }),
  );
}

/** Throws AwsCallError for a record that cannot be read: what it tells is then not known. */
function eventOf(text: string, accountId: string, region: string): TrailEvent {
  const parsed = Record.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new AwsCallError('UnreadableEvent', 'CloudTrail gave an event of a form that Cordon does not know.', {
      hint: 'Look at the event history of the account in the console; report the form.',
      cause: parsed.error,
    });
  const { eventID, eventTime, eventName, eventSource, requestID, errorCode, userIdentity } = parsed.data;
  const { role, session } = roleOf(userIdentity.arn ?? '');
  return {
    id: eventID,
    at: new Date(eventTime).toISOString(),
    service: eventSource.split('.')[0] ?? '',
    name: eventName,
    accountId,
    region,
    requestId: requestID ?? null,
    failed: errorCode !== undefined,
    sourceIdentity: userIdentity.sessionContext?.sourceIdentity ?? null,
    role,
    sessionName: session,
  };
}

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`; null for any other. */
function roleOf(arn: string): { readonly role: string | null; readonly session: string | null } {
  const [, role, session] = /:assumed-role\/([^/]+)\/([^/]+)$/.exec(arn) ?? [];
  return { role: role ?? null, session: session ?? null };
}
