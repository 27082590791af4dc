import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DispatchDeps } from '../dispatch.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from '../http-server.ts';
import { Player } from '../scenarios/play.ts';
import { type ControlDeps, controlRoute } from './routes.ts';

const MAX_BODY = 4 * 1024 * 1024;

/** The control API: for tests and for the launcher, on a port of its own, JSON both ways. */
export async function listenForControl(port: number, deps: DispatchDeps): Promise<LoopbackServer> {
  const player = new Player(deps.organization, deps.report);
  const server = await listenOnLoopback(port, (request, response) => {
    serve({ ...deps, player }, request, response).catch((error: unknown) => {
      deps.report(`a control request broke off: ${error instanceof Error ? error.message : String(error)}`);
      response.destroy();
    });
  });
  return {
    url: server.url,
    close() {
      player.stop();
      return server.close();
    },
  };
}

async function serve(deps: ControlDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Browsers name the page a request comes from; no page has business here.
  if (request.headers.origin !== undefined) {
    response.writeHead(403).end();
    return;
  }
  const url = new URL(request.url ?? '/', 'http://control');
  const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const body = (await readBody(request, MAX_BODY)).toString('utf8');
  const answer = controlRoute(deps, request.method ?? 'GET', { parts, query: url.searchParams, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
}
