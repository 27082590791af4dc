import type { IncomingMessage } from 'node:http';

/** Slack's own limits (a view of 250 kB, forms percent-encoded) leave its largest request far below. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The exact bytes of a body, or why they were not taken. */
export type BodyRead =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: 'too_large' | 'broken_off' };

/** Reads no further than the limit, whatever the request says about its length. Nothing is known about the sender yet. */
export function readBody(request: IncomingMessage, limit: number = MAX_BODY_BYTES): Promise<BodyRead> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) return Promise.resolve({ ok: false, why: 'too_large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (read: BodyRead): void => {
      request.off('data', onData);
      request.pause();
      resolve(read);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) end({ ok: false, why: 'too_large' });
      else chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => end({ ok: true, bytes: Buffer.concat(chunks, size) }));
    request.once('error', () => end({ ok: false, why: 'broken_off' }));
    request.once('close', () => end({ ok: false, why: 'broken_off' }));
  });
}
