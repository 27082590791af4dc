import { isDeepStrictEqual } from 'node:util';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as ec2 from '@aws-sdk/client-ec2';
import * as guardduty from '@aws-sdk/client-guardduty';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as organizations from '@aws-sdk/client-organizations';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import * as securityhub from '@aws-sdk/client-securityhub';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LoopbackServer, listenOnLoopback, readBody } from '../../../sandbox/aws/http-server.ts';
import { readRequest } from '../../../sandbox/aws/wire/read-request.ts';
import { route } from '../../../sandbox/aws/wire/route.ts';
import {
  isTree,
  type ServiceName,
  type Tree,
  WIRE_SERVICES,
  type WireOperation,
} from '../../../sandbox/aws/wire/schemas.ts';
import { writeAnswer } from '../../../sandbox/aws/wire/write-answer.ts';
import { comparable, generate, seededRandom } from './fuzz.ts';

/** What the echo server saw last, and what it is to answer next. */
const exchange: { service: ServiceName; answer: Tree; seen: { operation: string; input: Tree } | undefined } = {
  service: 'sts',
  answer: {},
  seen: undefined,
};
let server: LoopbackServer;

beforeAll(async () => {
  server = await listenOnLoopback(0, (request, response) => {
    readBody(request, 10_000_000)
      .then((body) => {
        const [path = '/', rawQuery = ''] = (request.url ?? '/').split('?');
        const message = {
          method: request.method ?? '',
          path,
          rawQuery,
          query: new URLSearchParams(rawQuery),
          headers: request.headers,
          body,
        };
        const service = WIRE_SERVICES[exchange.service];
        const found = route(service, message);
        if (!found.found) return response.writeHead(501).end(found.name);
        exchange.seen = { operation: found.operation.name, input: readRequest(service, found, message) };
        const { status, headers, body: text } = writeAnswer(service, found.operation, exchange.answer, 'request');
        return response.writeHead(status, headers).end(text);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
});

afterAll(() => server.close());

type Constructor = new (input: object) => object;
interface Sender {
  send(command: object, options: { abortSignal: AbortSignal }): Promise<unknown>;
}

function commandOf(client: object, name: string): Constructor | undefined {
  const found: unknown = Object.entries(client).find(([key]) => key === `${name}Command`)?.[1];
  return isConstructor(found) ? found : undefined;
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === 'function';
}

function isSender(value: object): value is Sender {
  return 'send' in value;
}

const CONFIG = { region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'AKID', secretAccessKey: 's' } };

/** Members that were left out may still be filled in by the client; they are not compared. */
function without(value: unknown, skip: readonly string[]): unknown {
  const plain = comparable(value);
  return isTree(plain) ? Object.fromEntries(Object.entries(plain).filter(([key]) => !skip.includes(key))) : plain;
}

function outcome(operation: WireOperation, input: object, result: unknown, skip: readonly string[]): string[] {
  const { seen, answer } = exchange;
  const problems = [];
  if (seen?.operation !== operation.name) problems.push(`routed to ${seen?.operation ?? 'nothing'}`);
  else if (!isDeepStrictEqual(without(seen.input, skip), without(input, skip)))
    problems.push(
      `request ${JSON.stringify(without(seen.input, skip))} is not ${JSON.stringify(without(input, skip))}`,
    );
  if (!isDeepStrictEqual(without(result, skip), without(answer, skip)))
    problems.push(`answer ${JSON.stringify(without(result, skip))} is not ${JSON.stringify(without(answer, skip))}`);
  return problems;
}

/** Sends one generated request of every operation and compares both directions. Gives the names of those that did not survive. */
async function fuzz(
  service: ServiceName,
  module: object,
  client: object,
  skip: readonly string[],
): Promise<Map<string, string>> {
  if (!isSender(client)) throw new Error('not a client');
  const random = seededRandom(7);
  const broken = new Map<string, string>();
  for (const operation of WIRE_SERVICES[service].operations.values()) {
    const Command = commandOf(module, operation.name);
    if (!Command) throw new Error(`the SDK has no command ${operation.name}`);
    const generator = { random, skip: new Set(skip) };
    const input = { ...asTree(generate(generator, operation.input)), ...place(operation) };
    Object.assign(exchange, { service, answer: asTree(generate(generator, operation.output)), seen: undefined });
    const result = await client
      .send(new Command(structuredClone(input)), { abortSignal: AbortSignal.timeout(3000) })
      .catch((error: unknown) => error);
    const problems =
      result instanceof Error
        ? [...outcome(operation, input, exchange.answer, skip), `${result.name}: ${result.message}`]
        : outcome(operation, input, result, skip);
    if (problems.length > 0) broken.set(operation.name, problems.join('; '));
  }
  return broken;
}

/** Buckets and keys are part of the address, so they are given and not made up. */
function place(operation: WireOperation): Tree {
  const names = new Set([...operation.input.structIterator()].map(([name]) => name));
  return {
    ...(names.has('Bucket') ? { Bucket: 'bucket-name' } : {}),
    ...(names.has('Key') && names.has('Bucket') ? { Key: 'a/b c/é+%.txt' } : {}),
  };
}

function asTree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

/** The SDK compares these digests with what was sent, so made-up ones cannot come back. */
const SQS_DIGESTS = ['MD5OfMessageBody', 'MD5OfBody', 'MD5OfMessageAttributes', 'MD5OfMessageSystemAttributes'];
/** Members that the SDK turns into behaviour of its own: checksums, event streams, expectations, and addresses made of names. */
const S3_SPECIAL = [
  'ChecksumAlgorithm',
  'ChecksumMode',
  'ContentMD5',
  'ContentLength',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'CopySourceSSECustomerKey',
  'CopySourceSSECustomerKeyMD5',
  'Bucket',
  'Key',
  'Body',
  'Expires',
  'ExpiresString',
  'AnnotationPayload',
  'Metadata',
];

test.each([
  ['sts', sts, (config: object) => new sts.STSClient(config)],
  ['iam', iam, (config: object) => new iam.IAMClient(config)],
  ['guardduty', guardduty, (config: object) => new guardduty.GuardDutyClient(config)],
  ['securityhub', securityhub, (config: object) => new securityhub.SecurityHubClient(config)],
  ['ec2', ec2, (config: object) => new ec2.EC2Client(config)],
  ['organizations', organizations, (config: object) => new organizations.OrganizationsClient(config)],
  ['cloudtrail', cloudtrail, (config: object) => new cloudtrail.CloudTrailClient(config)],
  ['rds', rds, (config: object) => new rds.RDSClient(config)],
] as const)('every operation of %s survives the wire in both directions', async (service, module, client) => {
  const broken = await fuzz(service, module, client({ ...CONFIG, endpoint: server.url }), []);
  expect(WIRE_SERVICES[service].operations.size).toBeGreaterThan(10);
  expect([...broken]).toEqual([]);
});

test('every operation of lambda survives the wire in both directions, but for streams and a status that is a member', async () => {
  const broken = await fuzz('lambda', lambda, new lambda.LambdaClient({ ...CONFIG, endpoint: server.url }), []);
  expect([...broken.keys()].sort()).toEqual(['Invoke', 'InvokeAsync', 'InvokeWithResponseStream']);
});

test('every operation of sqs survives the wire in both directions, but for digests', async () => {
  const client = new sqs.SQSClient({ ...CONFIG, endpoint: server.url, md5: false });
  expect([...(await fuzz('sqs', sqs, client, SQS_DIGESTS))]).toEqual([]);
});

test('every operation of s3 survives the wire in both directions, but for streams of events and host names', async () => {
  const client = new s3.S3Client({
    ...CONFIG,
    endpoint: server.url,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const broken = await fuzz('s3', s3, client, S3_SPECIAL);
  expect([...broken.keys()].sort()).toEqual(['SelectObjectContent', 'WriteGetObjectResponse']);
});
