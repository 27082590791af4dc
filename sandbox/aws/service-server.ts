import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type DispatchDeps, dispatch } from './dispatch.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from './http-server.ts';
import type { HttpMessage } from './wire/http-message.ts';

const MAX_BODY = 16 * 1024 * 1024;

/** The one endpoint that answers for all services. */
export function listenForServices(port: number, deps: DispatchDeps): Promise<LoopbackServer> {
  return listenOnLoopback(port, (request, response) => {
    serve(deps, request, response).catch((error: unknown) => {
      deps.report(`a request broke off: ${error instanceof Error ? error.message : String(error)}`);
      response.destroy();
    });
  });
}

async function serve(deps: DispatchDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const message = await readMessage(request);
  const outcome = await dispatch(deps, message, gone.signal);
  if (deps.latencyMs > 0) await delay(deps.latencyMs);
  if (outcome === 'silence') return; // the client decides how long to wait
  const body = typeof outcome.body === 'string' ? Buffer.from(outcome.body) : outcome.body;
  const length = request.method === 'HEAD' ? {} : { 'content-length': String(body.length) };
  response.writeHead(outcome.status, { ...outcome.headers, ...length, date: new Date().toUTCString() });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function readMessage(request: IncomingMessage): Promise<HttpMessage> {
  const target = request.url ?? '/';
  const at = target.indexOf('?');
  const rawQuery = at < 0 ? '' : target.slice(at + 1);
  return {
    method: request.method ?? 'GET',
    path: at < 0 ? target : target.slice(0, at),
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: request.headers,
    body: await readBody(request, MAX_BODY),
  };
}
