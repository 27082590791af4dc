import { describe, expect, it } from 'vitest';
import { externalIdOf } from '../../../src/aws/external-id.ts';
import { checkEndpoint } from '../../../src/aws/http.ts';
import { jsonSafe } from '../../../src/aws/json-safe.ts';
import { regionOfQueue } from '../../../src/aws/queue-consumer.ts';
import { partitionOf } from '../../../src/aws/regions.ts';
import { Secret } from '../../../src/secret.ts';

describe('partitionOf', () => {
  it.each([
    ['eu-west-1', 'aws'],
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
  ])('%s is in %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });
});

describe('externalIdOf', () => {
  const secret = new Secret('Jefe');

  it('is the HMAC-SHA256 of the account id, another one for each account and secret', () => {
    expect(externalIdOf({ id: '333333333331' }, secret)).toMatch(/^[0-9a-f]{64}$/);
    expect(externalIdOf({ id: '333333333331' }, secret)).not.toBe(externalIdOf({ id: '333333333332' }, secret));
    expect(externalIdOf({ id: '333333333331' }, secret)).not.toBe(
      externalIdOf({ id: '333333333331' }, new Secret('other')),
    );
    // RFC 4231, test case 2
    const data = 'what do ya want for nothing?';
    expect(externalIdOf({ id: data }, secret)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  it('gives way to the one in cordon.yaml', () => {
    expect(externalIdOf({ id: '333333333331', externalId: 'agreed' }, secret)).toBe('agreed');
  });
});

describe('jsonSafe', () => {
  it('keeps what JSON knows and turns dates into text', () => {
    const answer = {
      $metadata: { httpStatusCode: 200 },
      At: new Date(0),
      Id: 'x',
      N: 1,
      Big: 12n,
      On: false,
      List: [1, undefined],
      None: undefined,
    };
    expect(jsonSafe(answer)).toEqual({
      At: '1970-01-01T00:00:00.000Z',
      Id: 'x',
      N: 1,
      Big: '12',
      On: false,
      List: [1, null],
    });
  });

  it('drops bytes, streams and functions', () => {
    const answer = { Bytes: new Uint8Array([1]), Stream: new ReadableStream(), Work: () => 1, Left: null };
    expect(jsonSafe(answer)).toEqual({ Left: null });
  });
});

describe('checkEndpoint', () => {
  it('lets https and this machine through', () => {
    for (const endpoint of [
      undefined,
      'https://vpce.example.org',
      'http://127.0.0.1:4566',
      'http://[::1]:4566',
      'http://localhost:1',
    ]) {
      expect(() => checkEndpoint(endpoint)).not.toThrow();
    }
  });

  it.each(['http://aws.example.org', 'http://127.0.0.1.example.org', 'ftp://127.0.0.1', 'nonsense'])(
    'refuses %s',
    (endpoint) => {
      expect(() => checkEndpoint(endpoint)).toThrow(/neither https nor on this machine/);
    },
  );
});

describe('regionOfQueue', () => {
  it.each([
    ['https://sqs.eu-west-1.amazonaws.com/222222222222/cordon-findings', 'eu-west-1'],
    ['https://sqs.cn-north-1.amazonaws.com.cn/222222222222/q', 'cn-north-1'],
    ['https://us-east-2.queue.amazonaws.com/222222222222/q', 'us-east-2'],
    ['http://127.0.0.1:4566/222222222222/q', undefined],
    ['nonsense', undefined],
  ])('of %s is %s', (url, region) => {
    expect(regionOfQueue(url)).toBe(region);
  });
});
