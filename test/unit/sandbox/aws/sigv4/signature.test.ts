import { expect, test } from 'vitest';
import { expectedSignature, readAuthorization } from '../../../../../sandbox/aws/sigv4/signature.ts';
import type { HttpMessage } from '../../../../../sandbox/aws/wire/http-message.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

function message(overrides: Partial<HttpMessage> = {}): HttpMessage {
  return {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    rawQuery: '',
    headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' },
    body: Buffer.alloc(0),
    ...overrides,
  };
}

function authorization(service: string, signature = '0'.repeat(64)) {
  const auth = readAuthorization(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  );
  if (!auth) throw new Error('the header was not read');
  return auth;
}

// The signatures are those of AWS's published Signature Version 4 test suite, so nothing of the SDK judges itself here.
test.each([
  ['get-vanilla', message(), '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', message({ method: 'POST' }), '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    message({ rawQuery: 'Param2=value2&Param1=value1' }),
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
])('%s of the published suite', (_name, request, signature) => {
  expect(expectedSignature(request, authorization('service'), SECRET)).toBe(signature);
});

test.each([
  '',
  'Basic abc',
  'AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=1',
  'AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request, SignedHeaders=host, Signature=xyz',
])('what is no signature is not read: %s', (text) => {
  expect(readAuthorization(text)).toBeUndefined();
});
