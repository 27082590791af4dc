import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** The largest body taken, in bytes; Slack's own limits are far below. */
const MAX_BODY = 2_000_000;

/** A request the server will not serve, with the status to answer. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(status: number, code: string, hint: string) {
    super(`${code}: ${hint}`);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: JsonObject | readonly unknown[],
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

/**
 * The whole body as text.
 * @throws HttpRefusal 413 when it is larger than 2 MB.
 */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    size += piece.length;
    if (size > MAX_BODY) throw new HttpRefusal(413, 'too_large', `a body may have ${MAX_BODY} bytes`);
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A body as an object: JSON or a form, by its content type; query parameters of the address are beneath it.
 * @throws HttpRefusal 400 when it says JSON and is none.
 */
export async function readArguments(request: IncomingMessage): Promise<JsonObject> {
  const query = Object.fromEntries(addressOf(request).searchParams);
  const text = await readBody(request);
  if (text === '') return query;
  if (!isJson(request)) return { ...query, ...parseForm(text) };
  const body = parseJson(text);
  if (!isObject(body)) throw new HttpRefusal(400, 'invalid_json', 'the body is not a JSON object');
  return { ...query, ...body };
}

/** True when the request says that it carries JSON. */
export function isJson(request: IncomingMessage): boolean {
  return /^application\/json\b/i.test(request.headers['content-type'] ?? '');
}

/** The request's address; the host is of no meaning. */
export function addressOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://127.0.0.1');
}

/**
 * Refuses a request that was not made for this server: a foreign name in Host (a page that has rebound its DNS name to this machine) or a foreign Origin (another site's page).
 * @throws HttpRefusal 403.
 */
export function guardRequest(request: IncomingMessage, port: number): void {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const host = request.headers.host ?? '';
  if (!hosts.includes(host)) throw new HttpRefusal(403, 'bad_host', `open this as http://127.0.0.1:${port}/`);
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`)
    throw new HttpRefusal(403, 'bad_origin', 'another site may not use this server');
}
