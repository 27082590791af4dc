import { expect, test } from 'vitest';
import { OperationLog, redact } from '../../../../sandbox/aws/operation-log.ts';

test('secrets are hidden at every depth, bytes and long texts are counted', () => {
  const input = {
    ExternalId: 'the-external-id',
    Nested: [{ SecretAccessKey: 's', SessionToken: 't', Plain: 'kept' }],
    Body: new Uint8Array(5),
    MessageBody: 'x'.repeat(5000),
    When: new Date(0),
  };
  expect(redact(input)).toEqual({
    ExternalId: '(hidden)',
    Nested: [{ SecretAccessKey: '(hidden)', SessionToken: '(hidden)', Plain: 'kept' }],
    Body: '(5 bytes)',
    MessageBody: '(5000 characters)',
    When: '1970-01-01T00:00:00.000Z',
  });
});

test('entries are numbered and found by service, operation and number', () => {
  const log = new OperationLog(undefined);
  const entry = {
    service: 'iam',
    happenedAt: 0,
    operation: 'GetUser',
    account: '333333333331',
    region: 'us-east-1',
    principal: 'p',
    sourceIdentity: 'run-1',
    sessionName: 'inc-1',
    accessKeyId: 'ASIA',
    status: 200,
    errorCode: null,
    write: false,
    effect: false,
    target: '*',
    input: {},
    requestId: 'r',
    faulted: null,
  };
  for (const service of ['iam', 's3', 'iam']) log.add({ ...entry, service });
  expect(log.list({ service: 'iam' }).map(({ seq }) => seq)).toEqual([1, 3]);
  expect(log.list({ since: 2 }).map(({ seq }) => seq)).toEqual([3]);
  expect(log.list({ operation: 'PutUser' })).toEqual([]);
});
