import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Meter } from '../ports.ts';
import { clientConfig } from './client.ts';
import { counted } from './counted.ts';
import type { Credentials } from './credentials.ts';
import { checkEndpoint, openHttp } from './http.ts';

/** The longest that SQS lets a receive wait. */
const LONG_POLL_SECONDS = 20;

export interface QueueMessage {
  /** SQS's message id, the same on every delivery of one message. */
  readonly id: string;
  readonly body: string;
  /** Deletes this delivery. */
  readonly handle: string;
  /** How often it has been delivered, this time included. */
  readonly receiveCount: number;
}

export interface QueueConsumer {
  /** Up to ten messages; waits up to 20 s for the first. Empty when there are none or the signal came. Throws AwsCallError. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** Call it only when the message is stored: until then SQS gives it out again. */
  delete(handle: string): Promise<void>;
  /** How many messages wait, and how many are out with a consumer; shows too that the queue can be reached. */
  depth(): Promise<{ readonly visible: number; readonly inFlight: number }>;
  close(): void;
}

export interface QueueOptions {
  readonly queueUrl: string;
  /** Used when the address does not name its Region. */
  readonly homeRegion: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: Credentials | undefined;
  readonly waitSeconds?: number | undefined;
  readonly meter?: Meter | undefined;
}

/** Sends one operation, counted; throws AwsCallError. */
type Calls = <T>(operation: string, send: () => Promise<T>) => Promise<T>;

/** The queue of findings, with connections of its own: a long poll outlasts what other requests may take. */
export function openQueue(options: QueueOptions): QueueConsumer {
  checkEndpoint(options.endpoint);
  const { queueUrl: QueueUrl, credentials, endpoint } = options;
  const wait = options.waitSeconds ?? LONG_POLL_SECONDS;
  const http = openHttp({ requestTimeoutMs: (wait + 10) * 1_000, maxSockets: 8 });
  const region = regionOfQueue(QueueUrl) ?? options.homeRegion;
  const client = new SQSClient(clientConfig({ region, http, kind: 'reads', credentials, endpoint }));
  const calls: Calls = (operation, send) => counted(options.meter, { service: 'sqs', operation }, send);
  return {
    receive: (signal) => receive(client, calls, { QueueUrl, wait, signal }),
    async delete(handle) {
      const command = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle });
      await calls('DeleteMessage', () => client.send(command));
    },
    depth: () => depth(client, calls, QueueUrl),
    close: () => http.destroy(),
  };
}

/** `https://sqs.eu-west-1.amazonaws.com/…` and the old `https://eu-west-1.queue.amazonaws.com/…`; undefined for anything else. */
export function regionOfQueue(queueUrl: string): string | undefined {
  const host = URL.canParse(queueUrl) ? new URL(queueUrl).hostname : '';
  return (/^sqs\.([a-z0-9-]+)\.(?:amazonaws|api\.amazonwebservices)\./.exec(host) ??
    /^([a-z0-9-]+)\.queue\.amazonaws\./.exec(host))?.[1];
}

async function receive(
  client: SQSClient,
  calls: Calls,
  { QueueUrl, wait, signal }: { readonly QueueUrl: string; readonly wait: number; readonly signal: AbortSignal },
): Promise<readonly QueueMessage[]> {
  if (signal.aborted) return [];
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: wait,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  try {
    const { Messages = [] } = await calls('ReceiveMessage', () => client.send(command, { abortSignal: signal }));
    return Messages.flatMap(({ MessageId, Body, ReceiptHandle, Attributes }) =>
      MessageId === undefined || ReceiptHandle === undefined
        ? []
        : [
            {
              id: MessageId,
              body: Body ?? '',
              handle: ReceiptHandle,
              receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
            },
          ],
    );
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

async function depth(
  client: SQSClient,
  calls: Calls,
  QueueUrl: string,
): Promise<{ visible: number; inFlight: number }> {
  const command = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  });
  const { Attributes } = await calls('GetQueueAttributes', () => client.send(command));
  return {
    visible: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}
