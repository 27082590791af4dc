import { AwsError } from '../errors.ts';
import type { HttpMessage } from './http-message.ts';
import { header } from './http-message.ts';

/**
 * Undoes S3's `aws-chunked` framing (`size\r\nbytes\r\n ... 0\r\ntrailer`) for uploads whose chunks carry no signature of their own.
 * Throws NotImplemented for signed chunks, which neither the JavaScript SDK nor botocore send to a plain http endpoint.
 */
export function unchunk(message: HttpMessage): HttpMessage {
  const hash = header(message, 'x-amz-content-sha256');
  if (hash.startsWith('STREAMING-AWS4')) throw new AwsError('NotImplemented', `sandbox: ${hash}`, { status: 501 });
  if (hash !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return message;
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = message.body.indexOf('\r\n', at);
    if (end < 0) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    const size = Number.parseInt(message.body.toString('latin1', at, end), 16);
    if (!(size > 0)) break;
    parts.push(message.body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return { ...message, body: Buffer.concat(parts) };
}
