import { request } from 'node:http';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { GetDetectorCommand, ListDetectorsCommand } from '@aws-sdk/client-guardduty';
import { ListUsersCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, ListBucketsCommand } from '@aws-sdk/client-s3';
import { DescribeHubCommand } from '@aws-sdk/client-securityhub';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminCredentials } from '../../../sandbox/aws/admin.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { HUB_CREDENTIALS, QUEUE_NAME } from '../../../sandbox/world.ts';
import { assume, type Credentials, clientsFor, control, startTestAws } from './harness.ts';

let aws: RunningAws;

beforeAll(async () => {
  aws = await startTestAws();
});

afterAll(() => aws.close());

/** One call of each service, and how that service names each refusal. */
const CALLS = [
  {
    service: 'sts',
    send: (c: Clients) => c.sts.send(new GetCallerIdentityCommand({})),
    unknown: 'InvalidClientTokenId',
    wrong: 'SignatureDoesNotMatch',
    expired: 'ExpiredToken',
    skewed: 'SignatureDoesNotMatch',
  },
  {
    service: 'iam',
    send: (c: Clients) => c.iam.send(new ListUsersCommand({})),
    unknown: 'InvalidClientTokenId',
    wrong: 'SignatureDoesNotMatch',
    expired: 'ExpiredToken',
    skewed: 'SignatureDoesNotMatch',
  },
  {
    service: 'ec2',
    send: (c: Clients) => c.ec2.send(new DescribeVpcsCommand({})),
    unknown: 'AuthFailure',
    wrong: 'AuthFailure',
    expired: 'RequestExpired',
    skewed: 'RequestExpired',
  },
  {
    service: 's3',
    send: (c: Clients) => c.s3.send(new ListBucketsCommand({})),
    unknown: 'InvalidAccessKeyId',
    wrong: 'SignatureDoesNotMatch',
    expired: 'ExpiredToken',
    skewed: 'RequestTimeTooSkewed',
  },
  {
    service: 'sqs',
    send: (c: Clients) => c.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE_NAME })),
    unknown: 'InvalidClientTokenId',
    wrong: 'SignatureDoesNotMatch',
    expired: 'ExpiredToken',
    skewed: 'InvalidSignatureException',
  },
  {
    service: 'guardduty',
    send: (c: Clients) => c.guardduty.send(new ListDetectorsCommand({})),
    unknown: 'UnrecognizedClientException',
    wrong: 'InvalidSignatureException',
    expired: 'ExpiredTokenException',
    skewed: 'InvalidSignatureException',
  },
  {
    service: 'securityhub',
    send: (c: Clients) => c.securityhub.send(new DescribeHubCommand({})),
    unknown: 'UnrecognizedClientException',
    wrong: 'InvalidSignatureException',
    expired: 'ExpiredTokenException',
    skewed: 'InvalidSignatureException',
  },
];

type Clients = ReturnType<typeof clientsFor>;

async function errorName(send: (clients: Clients) => Promise<unknown>, credentials: Credentials): Promise<string> {
  return send(clientsFor(aws, credentials)).then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

describe.each(CALLS)('$service', ({ send, unknown, wrong, expired }) => {
  const admin = adminCredentials('222222222222');

  test('a rightly signed call is answered', async () => {
    expect(await errorName(send, admin)).toBe('no error');
  });

  test('an unknown key', async () => {
    expect(await errorName(send, { ...admin, accessKeyId: 'AKIANOBODYKNOWSTHIS0' })).toBe(unknown);
  });

  test('a wrong secret', async () => {
    expect(await errorName(send, { ...admin, secretAccessKey: 'guess' })).toBe(wrong);
  });

  test('a wrong or missing session token', async () => {
    const { accessKeyId, secretAccessKey } = HUB_CREDENTIALS;
    const name = await errorName(send, { accessKeyId, secretAccessKey, sessionToken: 'another' });
    expect(['InvalidClientTokenId', 'AuthFailure', 'InvalidToken', 'UnrecognizedClientException']).toContain(name);
    expect(await errorName(send, { accessKeyId, secretAccessKey })).toBe(name);
  });

  test('a session that has ended', async () => {
    const session = await assume(aws, {
      RoleArn: 'arn:aws:iam::222222222222:role/cordon-findings',
      RoleSessionName: 'test',
      DurationSeconds: 900,
    });
    await control(aws, 'POST', '/clock', { advanceMs: 900_000 });
    expect(await errorName(send, session)).toBe(expired);
  });
});

interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

function raw(headers: Record<string, string>, path = '/', method = 'GET', body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${aws.endpoint}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function dated(date: string, service: string): Record<string, string> {
  return {
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=${HUB_CREDENTIALS.accessKeyId}/${date.slice(0, 8)}/eu-west-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  };
}

test.each(CALLS)('a date far from now: $service says $skewed', async ({ service, skewed }) => {
  const answer = await raw(dated('20200101T000000Z', service));
  expect(answer.body).toContain(skewed);
});

test.each([
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, '/', 'POST', 'MissingAuthenticationToken'],
  ['a bucket', {}, '/acme-prod-web-assets', 'GET', 'AccessDenied'],
  ['a queue', { 'x-amz-target': 'AmazonSQS.ReceiveMessage' }, '/', 'POST', 'MissingAuthenticationToken'],
  ['GuardDuty', {}, '/detector', 'GET', 'MissingAuthenticationTokenException'],
])('an unsigned request for %s', async (_name, headers, path, method, code) => {
  const answer = await raw(headers, path, method);
  expect(answer.status).toBe(403);
  expect(answer.body).toContain(code);
});

test('a path with spaces, slashes and other letters keeps its signature, encoded once for S3 and twice elsewhere', async () => {
  const { guardduty, s3 } = clientsFor(aws, adminCredentials('222222222222'));
  const other = guardduty.send(new GetDetectorCommand({ DetectorId: 'a b/ü+%' }));
  await expect(other).rejects.toMatchObject({ name: 'BadRequestException' });
  const object = s3.send(new GetObjectCommand({ Bucket: 'acme-nowhere', Key: 'a b/ü+%' }));
  await expect(object).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example'])(
  'another host name is refused: %s',
  async (host) => {
    expect((await raw({ host })).status).toBe(421);
  },
);

test('the log has refused calls too, without a principal', async () => {
  await errorName(CALLS[0]?.send ?? (() => Promise.resolve()), {
    accessKeyId: 'AKIANOBODYKNOWSTHIS1',
    secretAccessKey: 'x',
  });
  const { body } = await control(aws, 'GET', '/log?service=sts');
  expect(JSON.stringify(body)).toContain(
    '"accessKeyId":"AKIANOBODYKNOWSTHIS1","status":403,"errorCode":"InvalidClientTokenId"',
  );
});

test('the key of a user stops working when it is set to Inactive', async () => {
  const keys = await control(aws, 'GET', '/state/333333333331/global/access-keys');
  expect(JSON.stringify(keys.body)).toContain('ci-deploy');
  const { accessKeyId } = adminCredentials('555555555551');
  const admin = adminCredentials('555555555551');
  expect(await errorName((c) => c.sts.send(new GetCallerIdentityCommand({})), admin)).toBe('no error');
  await control(aws, 'PATCH', `/state/555555555551/global/access-keys/${accessKeyId}`, { Status: 'Inactive' });
  expect(await errorName((c) => c.sts.send(new GetCallerIdentityCommand({})), admin)).toBe('InvalidClientTokenId');
});
