import type { LogEntry } from '../operation-log.ts';
import { isTree, type Tree } from '../wire/schemas.ts';

/** Calls that CloudTrail counts as data events, which its event history does not hold. */
const DATA_EVENTS: ReadonlySet<string> = new Set([
  's3:GetObject',
  's3:HeadObject',
  's3:PutObject',
  's3:ListObjectsV2',
  'sqs:DeleteMessage',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
]);

/** Names under which CloudTrail writes what the API calls otherwise; Lambda's carry the date of their version. */
const NAMES: Readonly<Record<string, string>> = {
  's3:PutPublicAccessBlock': 'PutBucketPublicAccessBlock',
  's3:DeletePublicAccessBlock': 'DeleteBucketPublicAccessBlock',
  's3:GetPublicAccessBlock': 'GetBucketPublicAccessBlock',
  'lambda:PutFunctionConcurrency': 'PutFunctionConcurrency20171031',
  'lambda:DeleteFunctionConcurrency': 'DeleteFunctionConcurrency20171031',
};

/** A call as the event history tells it. */
export interface TrailEvent {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly at: Date;
  readonly readOnly: boolean;
  readonly accessKeyId: string;
  /** A role's session name or a user's name. */
  readonly userName: string;
  readonly resources: readonly string[];
  /** The record as CloudTrail writes it. */
  readonly record: Tree;
}

/** Where a call is recorded: IAM's in us-east-1, all others where they were made. */
export function recordedIn(entry: Pick<LogEntry, 'service' | 'region'>): string {
  return entry.service === 'iam' ? 'us-east-1' : entry.region;
}

/** Undefined for what the history does not hold: data events, and requests of which nobody could be recognised or that never arrived. */
export function trailEventOf(entry: LogEntry): TrailEvent | undefined {
  const call = `${entry.service}:${entry.operation}`;
  if (entry.account === '' || entry.principal === '' || entry.faulted === 'timeout-before' || DATA_EVENTS.has(call))
    return undefined;
  const name = NAMES[call] ?? entry.operation;
  const source = `${entry.service === 'organizations' ? 'organizations' : entry.service}.amazonaws.com`;
  const at = new Date(Math.floor(entry.happenedAt / 1000) * 1000);
  const id = eventId(entry);
  return {
    id,
    name,
    source,
    at,
    readOnly: !entry.write,
    accessKeyId: entry.accessKeyId,
    userName: entry.sessionName ?? entry.principal.split('/').at(-1) ?? '',
    resources: entry.target === '*' ? [] : [entry.target],
    record: {
      eventVersion: '1.11',
      userIdentity: identityOf(entry),
      eventTime: at.toISOString().replace('.000', ''),
      eventSource: source,
      eventName: name,
      awsRegion: recordedIn(entry),
      sourceIPAddress: '192.0.2.10',
      userAgent: 'aws-sdk-js/3',
      ...(entry.errorCode === null ? {} : { errorCode: entry.errorCode, errorMessage: 'The call was refused.' }),
      requestParameters: isTree(entry.input) ? entry.input : null,
      responseElements: null,
      requestID: entry.requestId,
      eventID: id,
      readOnly: !entry.write,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: entry.account,
      eventCategory: 'Management',
    },
  };
}

/** The same at every look, and of the form of an event's id. */
function eventId({ seq, requestId }: LogEntry): string {
  return `${requestId.slice(0, 24)}${String(seq).padStart(12, '0')}`;
}

function identityOf(entry: LogEntry): Tree {
  const { account: accountId, accessKeyId, principal: arn } = entry;
  if (entry.sessionName === null)
    return { type: 'IAMUser', arn, accountId, accessKeyId, userName: arn.split('/').at(-1) ?? '' };
  const role = arn.split('/').at(-2) ?? '';
  return {
    type: 'AssumedRole',
    principalId: `AROA${accountId}EXAMPLE:${entry.sessionName}`,
    arn,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${accountId}:role/${role}`, accountId, userName: role },
      attributes: { mfaAuthenticated: 'false' },
      ...(entry.sourceIdentity === null ? {} : { sourceIdentity: entry.sourceIdentity }),
    },
  };
}
