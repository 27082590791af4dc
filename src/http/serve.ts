/** The one HTTP port of a process: a table of exact paths and nothing else. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/** Answers one request, whatever it asks. */
export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
/** By method and path: `GET /healthz`. HEAD is answered as GET. */
export type Routes = Readonly<Record<string, Route>>;

/** A request that has not arrived whole by then is cut off; Slack and probes send theirs in one piece. */
const REQUEST_MILLISECONDS = 10_000;

/** Connections that may be open, and requests that may be under way; one more is cut off, or asked to come again. */
const MAX_CONNECTIONS = 512;
const MAX_UNDER_WAY = 256;

/** Listens; port 0 takes any free one. Throws CordonError `http_port_taken`. */
export async function serveHttp(
  address: { readonly host: string; readonly port: number },
  routes: Routes,
  log: Log,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const options = { requestTimeout: REQUEST_MILLISECONDS, headersTimeout: REQUEST_MILLISECONDS };
  let underWay = 0;
  const server = createServer({ ...options, connectionsCheckingInterval: 2_000 }, (request, response) => {
    if (underWay >= MAX_UNDER_WAY) {
      response.shouldKeepAlive = false;
      sendJson(response, 503, { error: 'busy' });
      return;
    }
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
    });
    answer(routes, request, response).catch((error: unknown) => {
      log.error({ err: messageOf(error) }, 'a request failed');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'internal error' });
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new CordonError('http_port_taken', `Cannot listen on ${address.host}:${address.port}: ${messageOf(error)}`, {
      hint: 'Set CORDON_HTTP_PORT to a free port.',
      cause: error,
    });
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0] ?? '/';
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const route = Object.hasOwn(routes, `${method} ${path}`) ? routes[`${method} ${path}`] : undefined;
  if (route !== undefined) return route(request, response);
  const isKnown = Object.keys(routes).some((key) => key.split(' ')[1] === path);
  // Whatever it carries is not read.
  response.shouldKeepAlive = false;
  sendJson(response, isKnown ? 405 : 404, { error: isKnown ? 'method not allowed' : 'not found' });
}

/** Answers with one line of JSON. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
