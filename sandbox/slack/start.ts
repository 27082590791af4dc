import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { serveControl } from './control.ts';
import { createDeliverer } from './deliveries.ts';
import { createFaults } from './faults.ts';
import { addressOf, guardRequest, HttpRefusal, sendJson } from './http.ts';
import { createHttpMode } from './http-mode.ts';
import { TIME_LIMITS } from './limits.ts';
import { createPageEvents, type PageEvents, type PageLink } from './page-events.ts';
import { servePageFile } from './page-files.ts';
import { createRateLimiter } from './rate-limits.ts';
import { createResponseUrls } from './response-urls.ts';
import { serveResponse } from './serve-response.ts';
import type { Sim } from './sim.ts';
import { createSocketMode } from './socket-mode.ts';
import { createTriggers } from './triggers.ts';
import { ALL_SCOPES, serveApi } from './web-api/serve.ts';
import { announce, createWorkspace } from './workspace.ts';

/** How to start the simulated Slack. */
export interface SlackOptions {
  /** Port on 127.0.0.1; 0 or none takes any free one. */
  readonly port?: number;
  /** Extra links for the page's header. */
  readonly links?: readonly PageLink[];
  /** The bot token's scopes; all that the built methods need, if not given. */
  readonly scopes?: readonly string[];
  /** Milliseconds since 1970, for triggers, response_urls and rate limits. */
  readonly now?: () => number;
  /** Milliseconds an app has for its acknowledgement; Slack's three seconds if not given. */
  readonly ackTimeout?: number;
  /** The app's request URL: what people do goes there as signed HTTP requests, and not over Socket Mode. */
  readonly requestUrl?: string;
  /** Where failures of the simulator itself are told; they are never the app's fault. */
  readonly onError?: (error: unknown) => void;
}

/** A running simulated Slack. */
export interface RunningSlack {
  /** Base address of the Web API, with the slash at its end, for `slackApiUrl`. */
  readonly api: string;
  readonly page: string;
  readonly control: string;
  close(): Promise<void>;
}

/** Starts the simulated Slack on 127.0.0.1 and resolves when it takes requests. */
export async function startSlack(options: SlackOptions = {}): Promise<RunningSlack> {
  const server = createServer();
  await listen(server, options.port ?? 0);
  const port = portOf(server);
  const origin = `http://127.0.0.1:${port}`;
  const sim = createSim(options, origin);
  const events = createPageEvents(sim, options.links ?? []);
  const onError = options.onError ?? ((error: unknown) => console.error(error));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(sim, events, port, request, response).catch((error: unknown) => refuse(response, error, onError));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    upgrade(sim, port, request, socket, head),
  );
  return {
    api: `${origin}/api/`,
    page: `${origin}/`,
    control: `${origin}/_control`,
    close: () => stop(server, sim, events),
  };
}

function createSim(options: SlackOptions, origin: string): Sim {
  const now = options.now ?? Date.now;
  const workspace = createWorkspace(now);
  const faults = createFaults();
  const ackTimeout = options.ackTimeout ?? TIME_LIMITS.ack;
  const sockets = createSocketMode({
    now,
    ids: workspace.ids,
    ackTimeout,
    onConnectionsChange: () => announce(workspace, { kind: 'app' }),
  });
  const { requestUrl } = options;
  const way = requestUrl === undefined ? sockets : createHttpMode({ requestUrl, now, ids: workspace.ids, ackTimeout });
  const deliverer = createDeliverer(way.send, faults);
  return {
    workspace,
    triggers: createTriggers(now, workspace.ids),
    responseUrls: createResponseUrls(now, workspace.ids),
    limits: createRateLimiter(now),
    faults,
    sockets,
    deliver: deliverer.deliver,
    deliveries: way.log.list,
    isConnected: () => requestUrl !== undefined || sockets.connections() > 0,
    close() {
      deliverer.close();
      sockets.close();
    },
    calls: [],
    scopes: new Set(options.scopes ?? ALL_SCOPES),
    origin: () => origin,
  };
}

async function serve(
  sim: Sim,
  events: PageEvents,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  guardRequest(request, port);
  const { pathname } = addressOf(request);
  const [, area = '', name = ''] = /^\/(api|_control|_page)\/([\w.-]+)\/?$/.exec(pathname) ?? [];
  if (area === 'api') return serveApi(sim, name, request, response);
  if (area === '_control') return serveControl(sim, name, request, response);
  if (area === '_page') return events.serve(name, request, response);
  if (pathname.startsWith('/response/')) return serveResponse(sim, pathname, request, response);
  return servePageFile(pathname, response);
}

function refuse(response: ServerResponse, error: unknown, onError: (error: unknown) => void): void {
  const refusal =
    error instanceof HttpRefusal ? error : new HttpRefusal(500, 'internal_error', 'the simulator failed; see its log');
  if (refusal.status === 500) onError(error);
  if (response.headersSent) response.destroy();
  else sendJson(response, refusal.status, { ok: false, error: refusal.code, hint: refusal.hint });
}

function upgrade(sim: Sim, port: number, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  try {
    guardRequest(request, port);
  } catch {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    return;
  }
  sim.sockets.handleUpgrade(request, socket, head);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function stop(server: Server, sim: Sim, events: PageEvents): Promise<void> {
  events.close();
  sim.close();
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Requests that a fault left without an answer would hold the server open.
    server.closeAllConnections();
  });
}
