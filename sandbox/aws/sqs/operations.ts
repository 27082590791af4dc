import { z } from 'zod';
import { queueArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, type Need, operationMap } from '../operation.ts';
import { md5, md5OfAttributes, messageIdOf, type Queue, type QueueMessage } from './queues.ts';

const MAX_BODY = 1_048_576;
const QueueUrl = z.string().min(1);
const Seconds = z.number().int().min(0).max(43_200);
const Attribute = z.strictObject({
  DataType: z.string().regex(/^(String|Number)(\..*)?$/),
  StringValue: z.string().min(1),
});

/** The queue of a URL `http://host/ACCOUNT/NAME`. Throws QueueDoesNotExist. */
function queueOf(call: Call, url: string): Queue {
  const [, account = '', name = ''] = /\/(\d{12})\/([\w-]+)\/?$/.exec(url) ?? [];
  const queue = call.organization.queues.find(account, call.region, name);
  if (!queue) throw noSuchQueue();
  return queue;
}

function noSuchQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', {
    headers: { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' },
  });
}

function need(action: string, call: Call, url: string): Need[] {
  const [, account = call.account, name = '*'] = /\/(\d{12})\/([\w-]+)\/?$/.exec(url) ?? [];
  return [{ action: `sqs:${action}`, resource: queueArn(call.region, account, name) }];
}

function badHandle(): AwsError {
  return new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.', { status: 404 });
}

const sendMessage = defineOperation({
  name: 'SendMessage',
  write: true,
  input: z.strictObject({
    QueueUrl,
    MessageBody: z.string().min(1),
    DelaySeconds: z.number().int().min(0).max(900).default(0),
    MessageAttributes: z.record(z.string(), Attribute).default({}),
  }),
  needs: (input, call) => need('SendMessage', call, input.QueueUrl),
  run(input, call) {
    if (Buffer.byteLength(input.MessageBody) > MAX_BODY)
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_BODY} bytes.`,
      );
    const message = queueOf(call, input.QueueUrl).send(
      input.MessageBody,
      input.MessageAttributes,
      input.DelaySeconds * 1000,
    );
    call.changed();
    return { MessageId: message.messageId, MD5OfMessageBody: md5(message.body), ...attributesSum(message) };
  },
});

function attributesSum(message: QueueMessage): object {
  return Object.keys(message.attributes).length === 0
    ? {}
    : { MD5OfMessageAttributes: md5OfAttributes(message.attributes) };
}

const receiveMessage = defineOperation({
  name: 'ReceiveMessage',
  input: z.strictObject({
    QueueUrl,
    MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
    WaitTimeSeconds: z.number().int().min(0).max(20).default(0),
    VisibilityTimeout: Seconds.optional(),
    AttributeNames: z.array(z.string()).default([]),
    MessageSystemAttributeNames: z.array(z.string()).default([]),
    MessageAttributeNames: z.array(z.string()).default([]),
  }),
  needs: (input, call) => need('ReceiveMessage', call, input.QueueUrl),
  async run(input, call) {
    const queue = queueOf(call, input.QueueUrl);
    const visibility = (input.VisibilityTimeout ?? queue.settings.visibilityTimeoutSeconds) * 1000;
    const taken = await queue.receive(input.MaxNumberOfMessages, visibility, input.WaitTimeSeconds * 1000, call.signal);
    const wanted = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
    return taken.length === 0
      ? {}
      : { Messages: taken.map((message) => messageShape(message, call, wanted, input.MessageAttributeNames)) };
  },
});

function messageShape(message: QueueMessage, call: Call, system: readonly string[], own: readonly string[]): object {
  const values: Record<string, string> = {
    SenderId: call.account,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  const attributes = Object.fromEntries(
    Object.entries(values).filter(([name]) => system.includes('All') || system.includes(name)),
  );
  const ownAttributes =
    own.includes('All') || own.includes('.*')
      ? message.attributes
      : Object.fromEntries(Object.entries(message.attributes).filter(([name]) => own.includes(name)));
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(attributes).length > 0 ? { Attributes: attributes } : {}),
    ...(Object.keys(ownAttributes).length > 0
      ? { MessageAttributes: ownAttributes, MD5OfMessageAttributes: md5OfAttributes(ownAttributes) }
      : {}),
  };
}

/** Deleting what is gone already succeeds, as in SQS; a handle that was never one does not. */
const deleteMessage = defineOperation({
  name: 'DeleteMessage',
  write: true,
  input: z.strictObject({ QueueUrl, ReceiptHandle: z.string().min(1) }),
  needs: (input, call) => need('DeleteMessage', call, input.QueueUrl),
  run(input, call) {
    const queue = queueOf(call, input.QueueUrl);
    if (messageIdOf(input.ReceiptHandle) === '') throw badHandle();
    if (queue.delete(input.ReceiptHandle)) call.changed();
    return {};
  },
});

const BatchEntry = z.strictObject({ Id: z.string().min(1).max(80), ReceiptHandle: z.string().min(1) });

const deleteMessageBatch = defineOperation({
  name: 'DeleteMessageBatch',
  write: true,
  input: z.strictObject({ QueueUrl, Entries: z.array(BatchEntry) }),
  needs: (input, call) => need('DeleteMessage', call, input.QueueUrl),
  run(input, call) {
    const queue = queueOf(call, input.QueueUrl);
    checkBatch(input.Entries);
    const good = input.Entries.filter((entry) => messageIdOf(entry.ReceiptHandle) !== '');
    for (const entry of good) if (queue.delete(entry.ReceiptHandle)) call.changed();
    const bad = input.Entries.filter((entry) => !good.includes(entry));
    return {
      Successful: good.map(({ Id }) => ({ Id })),
      Failed: bad.map(({ Id }) => ({
        Id,
        SenderFault: true,
        Code: 'ReceiptHandleIsInvalid',
        Message: 'The input receipt handle is invalid.',
      })),
    };
  },
});

function checkBatch(entries: ReadonlyArray<{ Id: string }>): void {
  if (entries.length === 0)
    throw new AwsError(
      'EmptyBatchRequest',
      'There should be at least one DeleteMessageBatchRequestEntry in the request.',
    );
  if (entries.length > 10)
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
}

const changeMessageVisibility = defineOperation({
  name: 'ChangeMessageVisibility',
  write: true,
  input: z.strictObject({ QueueUrl, ReceiptHandle: z.string().min(1), VisibilityTimeout: Seconds }),
  needs: (input, call) => need('ChangeMessageVisibility', call, input.QueueUrl),
  run(input, call) {
    const queue = queueOf(call, input.QueueUrl);
    if (messageIdOf(input.ReceiptHandle) === '') throw badHandle();
    if (!queue.changeVisibility(input.ReceiptHandle, input.VisibilityTimeout * 1000)) {
      throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    call.changed();
    return {};
  },
});

const getQueueUrl = defineOperation({
  name: 'GetQueueUrl',
  input: z.strictObject({ QueueName: z.string().min(1).max(80), QueueOwnerAWSAccountId: z.string().optional() }),
  needs: (input, call) => [
    {
      action: 'sqs:GetQueueUrl',
      resource: queueArn(call.region, input.QueueOwnerAWSAccountId ?? call.account, input.QueueName),
    },
  ],
  run(input, call) {
    const account = input.QueueOwnerAWSAccountId ?? call.account;
    if (!call.organization.queues.find(account, call.region, input.QueueName)) throw noSuchQueue();
    return { QueueUrl: `${call.organization.endpoint()}/${account}/${input.QueueName}` };
  },
});

const getQueueAttributes = defineOperation({
  name: 'GetQueueAttributes',
  input: z.strictObject({ QueueUrl, AttributeNames: z.array(z.string()).default([]) }),
  needs: (input, call) => need('GetQueueAttributes', call, input.QueueUrl),
  run(input, call) {
    const wanted = input.AttributeNames;
    const all = Object.entries(attributesOf(queueOf(call, input.QueueUrl)));
    const attributes = all.filter(([name]) => wanted.includes('All') || wanted.includes(name));
    return attributes.length > 0 ? { Attributes: Object.fromEntries(attributes) } : {};
  },
});

function attributesOf(queue: Queue): Record<string, string> {
  const { account, region, name, visibilityTimeoutSeconds, redrive } = queue.settings;
  const { visible, inFlight } = queue.counts();
  return {
    QueueArn: queueArn(region, account, name),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: '0',
    VisibilityTimeout: String(visibilityTimeoutSeconds),
    MaximumMessageSize: String(MAX_BODY),
    ...(redrive
      ? {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: queueArn(region, account, redrive.deadLetterQueue),
            maxReceiveCount: redrive.maxReceiveCount,
          }),
        }
      : {}),
  };
}

export const sqsOperations = operationMap([
  sendMessage,
  receiveMessage,
  deleteMessage,
  deleteMessageBatch,
  changeMessageVisibility,
  getQueueUrl,
  getQueueAttributes,
]);
