import { describe, expect, it } from 'vitest';
import { isDenied, isExpired, toAwsCallError } from '../../../src/aws/errors.ts';

const call = { service: 'ec2', operation: 'DescribeInstances' };

function sdkError(name: string, status?: number, message = 'told by AWS'): Error {
  const error = new Error(message);
  error.name = name;
  return status === undefined ? error : Object.assign(error, { $metadata: { httpStatusCode: status } });
}

describe('toAwsCallError', () => {
  it.each([
    ['AccessDenied', 403, { ambiguous: false, retry: false }],
    ['NoSuchEntityException', 404, { ambiguous: false, retry: false }],
    ['RequestLimitExceeded', 503, { ambiguous: false, retry: true }],
    ['SlowDown', 503, { ambiguous: false, retry: true }],
    ['TooManyRequestsException', 429, { ambiguous: false, retry: true }],
    ['InternalError', 500, { ambiguous: true, retry: true }],
    ['ServiceUnavailable', 503, { ambiguous: true, retry: true }],
    ['ExpiredToken', 403, { ambiguous: false, retry: true }],
    ['DependencyViolation', 400, { ambiguous: false, retry: true }],
    ['TimeoutError', undefined, { ambiguous: true, retry: true }],
    ['CredentialsProviderError', undefined, { ambiguous: false, retry: false }],
  ])('%s with status %s', (name, status, expected) => {
    expect(toAwsCallError(sdkError(name, status), call)).toMatchObject(expected);
  });

  it.each([
    ['ECONNRESET', true],
    ['EPIPE', true],
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
  ])('a connection that ends with %s is ambiguous: %s', (code, ambiguous) => {
    const error = toAwsCallError(Object.assign(new Error('socket'), { code }), call);
    expect(error).toMatchObject({ awsCode: code, ambiguous, retry: true });
  });

  it('takes an error that is none for the worst: it may have been carried out', () => {
    expect(toAwsCallError('thrown text', call)).toMatchObject({ awsCode: 'Unknown', ambiguous: true });
  });

  it('has one spelling of a code, and names the operation', () => {
    const error = toAwsCallError(sdkError('NoSuchEntityException', 404), call);
    expect(error.awsCode).toBe('NoSuchEntity');
    expect(error.message).toContain('ec2:DescribeInstances');
    expect(error.hint).not.toBe('');
  });

  it('tells a policy of the organization from a missing permission', () => {
    const scp = toAwsCallError(
      sdkError('AccessDenied', 403, 'denied with an explicit deny in a service control policy'),
      call,
    );
    expect(scp.hint).toContain('service control policies');
    const plain = toAwsCallError(sdkError('UnauthorizedOperation', 403), call);
    expect(plain.hint).toContain('infra/member-role.json');
    expect([
      isDenied(plain),
      isExpired(plain),
      isExpired(toAwsCallError(sdkError('ExpiredTokenException', 403), call)),
    ]).toEqual([true, false, true]);
  });

  it('cuts long messages', () => {
    expect(toAwsCallError(sdkError('X', 400, 'a'.repeat(5000)), call).message.length).toBeLessThan(700);
  });
});
