import type { IncomingHttpHeaders } from 'node:http';

/** A whole request, its body read to the end. `path` is still percent-encoded. */
export interface HttpMessage {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** One header as text; a repeated header is joined by commas, an absent one is ''. */
export function header(message: Pick<HttpMessage, 'headers'>, name: string): string {
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}
