import { createHash, createHmac } from 'node:crypto';
import { type HttpMessage, header } from '../wire/http-message.ts';

/** What an `Authorization: AWS4-HMAC-SHA256 ...` header says. */
export interface Authorization {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const PATTERN =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Reads an Authorization header; undefined when it is none that AWS would read. */
export function readAuthorization(text: string): Authorization | undefined {
  const match = PATTERN.exec(text.trim());
  if (!match) return undefined;
  const [, accessKeyId = '', day = '', region = '', service = '', headers = '', signature = ''] = match;
  return { accessKeyId, day, region, service, signedHeaders: headers.split(';'), signature };
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The signature that a request must carry when it was signed with this secret (AWS Signature Version 4, "canonical request" and "string to sign"). */
export function expectedSignature(message: HttpMessage, auth: Authorization, secret: string): string {
  const scope = `${auth.day}/${auth.region}/${auth.service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    header(message, 'x-amz-date'),
    scope,
    sha256Hex(canonicalRequest(message, auth)),
  ].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, auth.day), auth.region), auth.service), 'aws4_request');
  return hmac(key, toSign).toString('hex');
}

function canonicalRequest(message: HttpMessage, auth: Authorization): string {
  const headers = auth.signedHeaders
    .map((name) => `${name}:${header(message, name).trim().replace(/ +/g, ' ')}\n`)
    .join('');
  return [
    message.method,
    canonicalPath(message, auth.service),
    canonicalQuery(message.rawQuery),
    headers,
    auth.signedHeaders.join(';'),
    payloadHash(message, auth.service),
  ].join('\n');
}

/** S3 signs the path as it is sent; all others encode it once more. */
function canonicalPath(message: HttpMessage, service: string): string {
  if (service === 's3') return message.path;
  return message.path.split('/').map(encode).join('/');
}

function canonicalQuery(raw: string): string {
  const pairs = raw
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [key = '', value = ''] = splitPair(pair);
      return [encode(decode(key)), encode(decode(value))] as const;
    });
  return pairs
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not valid percent-encoding: signed, and so compared, as it stands
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function payloadHash(message: HttpMessage, service: string): string {
  const declared = header(message, 'x-amz-content-sha256');
  return service === 's3' && declared ? declared : sha256Hex(message.body);
}
