import {
  ArchiveFindingsCommand,
  CreateSampleFindingsCommand,
  GetDetectorCommand,
  GetFindingsCommand,
  ListDetectorsCommand,
  ListFindingsCommand,
  UnarchiveFindingsCommand,
  UpdateFindingsFeedbackCommand,
} from '@aws-sdk/client-guardduty';
import {
  BatchImportFindingsCommand,
  BatchUpdateFindingsCommand,
  DescribeHubCommand,
  GetFindingsCommand as GetHubFindingsCommand,
  paginateGetFindings,
} from '@aws-sdk/client-securityhub';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { QUEUE_NAME, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { adminClients, control, startTestAws } from './harness.ts';

let aws: RunningAws;
let clients: ReturnType<typeof adminClients>;
let detector: string;

beforeAll(async () => {
  aws = await startTestAws();
  clients = adminClients(aws, SECURITY_ACCOUNT);
  const { DetectorIds } = await clients.guardduty.send(new ListDetectorsCommand({}));
  detector = DetectorIds?.[0] ?? '';
});

afterAll(() => aws.close());

const Fired = z.looseObject({ findings: z.array(z.string()) });

async function fire(name: string, overrides: object = {}): Promise<string[]> {
  const { status, body } = await control(aws, 'POST', `/scenarios/${name}`, overrides);
  expect(status).toBe(201);
  return Fired.parse(body).findings;
}

const Envelope = z.looseObject({
  'detail-type': z.string(),
  account: z.string(),
  region: z.string(),
  detail: z.looseObject({}),
});

/** Empties the queue and gives the events that were in it. */
async function drain() {
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE_NAME }));
  const events: Array<z.output<typeof Envelope>> = [];
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return events;
    for (const { Body = '' } of Messages) events.push(Envelope.parse(JSON.parse(Body)));
    await clients.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
  }
}

function idOf(arn: string): string {
  return arn.split('/').pop() ?? '';
}

test('a GuardDuty finding is read through the API, and brings two events: its own and the one of Security Hub', async () => {
  await drain();
  const [arn = ''] = await fire('key-compromise');
  const { Findings } = await clients.guardduty.send(
    new GetFindingsCommand({ DetectorId: detector, FindingIds: [idOf(arn)] }),
  );
  expect(Findings?.[0]).toMatchObject({
    Arn: arn,
    AccountId: '333333333331',
    Type: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
    Severity: 8,
    Resource: { AccessKeyDetails: { UserName: 'ci-deploy' } },
    Service: { Count: 1, Archived: false },
  });
  const events = await drain();
  expect(events.map((event) => [event['detail-type'], event.account])).toEqual([
    ['GuardDuty Finding', SECURITY_ACCOUNT],
    ['Security Hub Findings - Imported', SECURITY_ACCOUNT],
  ]);
  expect(events[0]?.detail).toMatchObject({
    schemaVersion: '2.0',
    accountId: '333333333331',
    arn,
    resource: { accessKeyDetails: { userName: 'ci-deploy' } },
  });
  expect(events[1]?.detail).toMatchObject({
    findings: [
      {
        Id: arn,
        Types: ['TTPs/UnauthorizedAccess:IAMUser-MaliciousIPCaller'],
        Severity: { Label: 'HIGH' },
        AwsAccountId: '333333333331',
      },
    ],
  });
});

test('the same finding again: the count grows and its creation stays', async () => {
  const id = '0123456789abcdef0123456789abcdef';
  await fire('command-and-control', { id });
  await control(aws, 'POST', '/clock', { advanceMs: 60_000 });
  await fire('command-and-control', { id });
  const { Findings } = await clients.guardduty.send(new GetFindingsCommand({ DetectorId: detector, FindingIds: [id] }));
  expect(Findings?.[0]?.Service?.Count).toBe(2);
  expect(Date.parse(Findings?.[0]?.UpdatedAt ?? '')).toBeGreaterThan(Date.parse(Findings?.[0]?.CreatedAt ?? ''));
  expect(Findings?.[0]?.Resource?.InstanceDetails?.NetworkInterfaces).toHaveLength(2);
});

test('findings are listed by criteria, in order, in pages of fifty at most', async () => {
  for (let i = 0; i < 55; i++) await fire('port-probe', { id: i.toString(16).padStart(32, '0') });
  const criteria = {
    FindingCriteria: {
      Criterion: { type: { Equals: ['Recon:EC2/PortProbeUnprotectedPort'] }, severity: { GreaterThanOrEqual: 2 } },
    },
  };
  const first = await clients.guardduty.send(new ListFindingsCommand({ DetectorId: detector, ...criteria }));
  expect(first.FindingIds).toHaveLength(50);
  const second = await clients.guardduty.send(
    new ListFindingsCommand({ DetectorId: detector, ...criteria, NextToken: first.NextToken }),
  );
  expect(new Set([...(first.FindingIds ?? []), ...(second.FindingIds ?? [])]).size).toBe(55);
  const none = await clients.guardduty.send(
    new ListFindingsCommand({
      DetectorId: detector,
      FindingCriteria: { Criterion: { severity: { GreaterThan: 8.5 } } },
    }),
  );
  expect(none.FindingIds).toEqual([]);
  await expect(
    clients.guardduty.send(new ListFindingsCommand({ DetectorId: detector, MaxResults: 51 })),
  ).rejects.toMatchObject({ name: 'BadRequestException' });
  const tooMany = new GetFindingsCommand({ DetectorId: detector, FindingIds: Array.from({ length: 51 }, String) });
  await expect(clients.guardduty.send(tooMany)).rejects.toMatchObject({ name: 'BadRequestException' });
  await expect(clients.guardduty.send(new GetDetectorCommand({ DetectorId: 'another' }))).rejects.toThrow(
    'detectorId is not owned',
  );
});

test('only the administrator archives, and Security Hub does not notice', async () => {
  const [arn = ''] = await fire('unknown-type');
  const member = adminClients(aws, '333333333333').guardduty;
  const own = (await member.send(new ListDetectorsCommand({}))).DetectorIds?.[0] ?? '';
  await expect(
    member.send(new ArchiveFindingsCommand({ DetectorId: own, FindingIds: [idOf(arn)] })),
  ).rejects.toMatchObject({ name: 'BadRequestException' });
  await clients.guardduty.send(new ArchiveFindingsCommand({ DetectorId: detector, FindingIds: [idOf(arn)] }));
  const read = () => clients.guardduty.send(new GetFindingsCommand({ DetectorId: detector, FindingIds: [idOf(arn)] }));
  expect((await read()).Findings?.[0]?.Service?.Archived).toBe(true);
  const hub = await clients.securityhub.send(
    new GetHubFindingsCommand({ Filters: { Id: [{ Value: arn, Comparison: 'EQUALS' }] } }),
  );
  expect(hub.Findings?.[0]?.RecordState).toBe('ACTIVE');
  await clients.guardduty.send(new UnarchiveFindingsCommand({ DetectorId: detector, FindingIds: [idOf(arn)] }));
  await clients.guardduty.send(
    new UpdateFindingsFeedbackCommand({ DetectorId: detector, FindingIds: [idOf(arn)], Feedback: 'USEFUL' }),
  );
  expect((await read()).Findings?.[0]?.Service).toMatchObject({ Archived: false, UserFeedback: 'USEFUL' });
});

test('console samples are marked', async () => {
  await drain();
  await clients.guardduty.send(
    new CreateSampleFindingsCommand({ DetectorId: detector, FindingTypes: ['Trojan:EC2/DNSDataExfiltration'] }),
  );
  const [event] = await drain();
  expect(event?.detail).toMatchObject({
    title: expect.stringMatching(/^\[SAMPLE\]/),
    service: { additionalInfo: { sample: true } },
  });
});

test('the same control in two spellings, and an update that comes back as an event without a new time', async () => {
  await drain();
  const [consolidated = '', standard = ''] = await fire('public-bucket');
  const events = await drain();
  expect(events.map(({ detail }) => detail['findings'])).toMatchObject([
    [
      {
        Id: consolidated,
        GeneratorId: 'security-control/S3.8',
        Compliance: { Status: 'FAILED', SecurityControlId: 'S3.8' },
      },
    ],
    [{ Id: standard, GeneratorId: 'aws-foundational-security-best-practices/v/1.0.0/S3.8' }],
  ]);
  const ProductArn = 'arn:aws:securityhub:eu-west-1::product/aws/securityhub';
  const answer = await clients.securityhub.send(
    new BatchUpdateFindingsCommand({
      FindingIdentifiers: [
        { Id: consolidated, ProductArn },
        { Id: 'nothing', ProductArn },
      ],
      Workflow: { Status: 'RESOLVED' },
      Note: { Text: 'done', UpdatedBy: 'cordon' },
    }),
  );
  expect(answer.ProcessedFindings).toEqual([{ Id: consolidated, ProductArn }]);
  expect(answer.UnprocessedFindings).toMatchObject([
    { ErrorCode: 'FindingNotFound', FindingIdentifier: { Id: 'nothing' } },
  ]);
  const again = await drain();
  expect(again).toHaveLength(1);
  const { Findings } = await clients.securityhub.send(
    new GetHubFindingsCommand({ Filters: { Id: [{ Value: consolidated, Comparison: 'EQUALS' }] } }),
  );
  expect(Findings?.[0]).toMatchObject({
    Workflow: { Status: 'RESOLVED' },
    Note: { Text: 'done', UpdatedBy: 'cordon' },
  });
  expect(Findings?.[0]?.UpdatedAt).toBe(Findings?.[0]?.CreatedAt);
});

test('a resolved finding that fails again after it passed is new; a suppressed one stays so', async () => {
  const { publishControl, bucketResource } = await import('../../../sandbox/aws/scenarios/control-finding.ts');
  const check = {
    account: '333333333332',
    region: 'eu-west-1',
    controlId: 'S3.8',
    title: 'x',
    severity: 'HIGH',
    spelling: 'consolidated',
    resource: bucketResource('acme-prod-web-logs'),
    key: 'again',
  } as const;
  const status = (finding: Readonly<Record<string, unknown>>): unknown => finding['Workflow'];
  expect(status(publishControl(aws.organization, { ...check, status: 'FAILED' }))).toEqual({ Status: 'NEW' });
  expect(status(publishControl(aws.organization, { ...check, status: 'PASSED' }))).toEqual({ Status: 'RESOLVED' });
  const failed = publishControl(aws.organization, { ...check, status: 'FAILED' });
  expect(status(failed)).toEqual({ Status: 'NEW' });
  await clients.securityhub.send(
    new BatchUpdateFindingsCommand({
      FindingIdentifiers: [{ Id: failed.Id, ProductArn: failed.ProductArn }],
      Workflow: { Status: 'SUPPRESSED' },
    }),
  );
  expect(status(publishControl(aws.organization, { ...check, status: 'FAILED' }))).toEqual({ Status: 'SUPPRESSED' });
});

test('limits of Security Hub', async () => {
  const ids = Array.from({ length: 101 }, (_, i) => ({ Id: String(i), ProductArn: 'p' }));
  const hub = clients.securityhub;
  await expect(hub.send(new BatchUpdateFindingsCommand({ FindingIdentifiers: ids }))).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  await expect(hub.send(new GetHubFindingsCommand({ MaxResults: 101 }))).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  await expect(
    hub.send(
      new GetHubFindingsCommand({
        Filters: { Id: Array.from({ length: 21 }, () => ({ Value: 'x', Comparison: 'EQUALS' as const })) },
      }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidInputException' });
  await expect(
    hub.send(
      new GetHubFindingsCommand({
        Filters: { ComplianceAssociatedStandardsId: [{ Value: 'x', Comparison: 'EQUALS' }] },
      }),
    ),
  ).rejects.toThrow('GetFindings does not know');
  expect((await hub.send(new DescribeHubCommand({}))).HubArn).toBe(
    `arn:aws:securityhub:eu-west-1:${SECURITY_ACCOUNT}:hub/default`,
  );
});

test('imports are checked one by one; a member sees only its own; pages hold', async () => {
  const member = adminClients(aws, '555555555551').securityhub;
  const good = {
    SchemaVersion: '2018-10-08',
    ProductArn: 'arn:aws:securityhub:eu-west-1:555555555551:product/555555555551/default',
    GeneratorId: 'own-check',
    AwsAccountId: '555555555551',
    CreatedAt: '2026-07-01T00:00:00Z',
    UpdatedAt: '2026-07-01T00:00:00Z',
    Severity: { Label: 'LOW' as const },
    Title: 'Own',
    Description: 'Own check',
    Types: ['Software and Configuration Checks'],
    Resources: [{ Type: 'AwsAccount', Id: 'AWS::::Account:555555555551' }],
  };
  const findings = Array.from({ length: 12 }, (_, i) => ({ ...good, Id: `own/${i}` }));
  const answer = await member.send(
    new BatchImportFindingsCommand({
      Findings: [
        ...findings,
        { ...good, Id: 'bad', AwsAccountId: '333333333331' },
        { ...good, Id: 'bad-time', UpdatedAt: 'yesterday' },
      ],
    }),
  );
  expect(answer).toMatchObject({
    SuccessCount: 12,
    FailedCount: 2,
    FailedFindings: [
      { Id: 'bad', ErrorCode: 'InvalidAccess' },
      { Id: 'bad-time', ErrorCode: 'InvalidInput' },
    ],
  });
  const seen: string[] = [];
  for await (const page of paginateGetFindings({ client: member, pageSize: 5 }, {}))
    seen.push(...(page.Findings ?? []).flatMap(({ Id }) => Id ?? []));
  expect(new Set(seen).size).toBe(12);
  expect(seen.every((id) => id.startsWith('own/'))).toBe(true);
  await expect(
    member.send(
      new BatchImportFindingsCommand({ Findings: Array.from({ length: 101 }, (_, i) => ({ ...good, Id: `${i}` })) }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidInputException' });
});

test('the queue as a client sees it: true digests, hidden messages, dead letters, batches', async () => {
  await drain();
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE_NAME }));
  const sent = await clients.sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'hé',
      MessageAttributes: { a: { DataType: 'String', StringValue: '1' } },
    }),
  );
  expect(sent.MD5OfMessageBody).toMatch(/^[0-9a-f]{32}$/);
  const take = () =>
    clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] }),
    );
  const { Messages: [message] = [] } = await take();
  expect(message).toMatchObject({
    Body: 'hé',
    Attributes: { ApproximateReceiveCount: '1' },
    MessageAttributes: { a: { StringValue: '1' } },
  });
  expect((await take()).Messages ?? []).toEqual([]);
  await clients.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
  );
  for (let i = 2; i <= 5; i++) {
    expect((await take()).Messages?.[0]?.Attributes?.['ApproximateReceiveCount']).toBe(String(i));
    await control(aws, 'POST', '/clock', { advanceMs: 60_001 });
  }
  expect((await take()).Messages ?? []).toEqual([]);
  expect((await control(aws, 'GET', '/queues')).body).toMatchObject({ dead: ['hé'] });
  const { Attributes } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', VisibilityTimeout: '60' });
  await expect(clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'none' }))).rejects.toMatchObject({
    name: 'ReceiptHandleIsInvalid',
  });
  await expect(clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toMatchObject({
    name: 'EmptyBatchRequest',
  });
  await expect(clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'nowhere' }))).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
  });
});

test('a token goes on with its own question only, and a page may be empty before the end', async () => {
  for (let i = 0; i < 4; i++) await fire('public-bucket');
  const hub = clients.securityhub;
  const active = { RecordState: [{ Value: 'ACTIVE', Comparison: 'EQUALS' as const }] };
  const first = await hub.send(new GetHubFindingsCommand({ Filters: active, MaxResults: 2 }));
  expect(first.NextToken).toBeDefined();
  const other = { RecordState: [{ Value: 'ARCHIVED', Comparison: 'EQUALS' as const }] };
  await expect(
    hub.send(new GetHubFindingsCommand({ Filters: other, MaxResults: 2, NextToken: first.NextToken })),
  ).rejects.toMatchObject({ name: 'InvalidInputException' });
  await control(aws, 'POST', '/faults', { service: 'securityhub', operation: 'GetFindings', kind: 'empty-page' });
  const empty = await hub.send(
    new GetHubFindingsCommand({ Filters: active, MaxResults: 2, NextToken: first.NextToken }),
  );
  expect(empty.Findings).toEqual([]);
  const second = await hub.send(
    new GetHubFindingsCommand({ Filters: active, MaxResults: 2, NextToken: empty.NextToken }),
  );
  expect(second.Findings).toHaveLength(2);
});
