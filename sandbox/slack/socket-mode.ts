import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { SLACK_APP_ID } from '../world.ts';
import {
  createDeliveryLog,
  type Delivered,
  type DeliveryLog,
  type EnvelopeType,
  settle as record,
  type Send,
} from './deliveries.ts';
import type { Ids } from './ids.ts';
import { type JsonObject, parseJson } from './json.ts';
import { SOCKET_CONNECTIONS, TIME_LIMITS } from './limits.ts';

/** Socket Mode: the app's connections and what is sent over them. Lives until closed. */
export interface SocketMode {
  /** The path of a single-use WebSocket address, good for thirty seconds. */
  ticket(): string;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends an envelope to any one connection and waits at most three seconds for its acknowledgement. */
  readonly send: Send;
  readonly log: DeliveryLog;
  connections(): number;
  /** Cuts all connections without a word, as a network does. Returns how many. */
  drop(): number;
  /** Sends Slack's disconnect message on all connections; the app is expected to come again. Returns how many. */
  requestDisconnect(reason: 'refresh_requested' | 'warning'): number;
  close(): void;
}

export interface SocketModeDeps {
  readonly now: () => number;
  readonly ids: Ids;
  readonly onConnectionsChange: () => void;
  /** Milliseconds until an unacknowledged envelope counts as lost. */
  readonly ackTimeout: number;
}

const Ack = z.object({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() });

/** Starts without connections. */
export function createSocketMode(deps: SocketModeDeps): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Map<string, number>();
  const open = new Map<WebSocket, number>();
  const waiting = new Map<string, { socket: WebSocket; settle: (outcome: Delivered) => void }>();
  const log = createDeliveryLog();
  const timers = new Set<NodeJS.Timeout>();
  const pings = setInterval(() => {
    for (const socket of open.keys()) socket.ping();
  }, TIME_LIMITS.socketPing);
  let connectionCount = 0;
  let turn = 0;

  function ticket(): string {
    const secret = deps.ids.secret();
    tickets.set(secret, deps.now());
    return `/link/?ticket=${secret}&app_id=${SLACK_APP_ID}`;
  }

  function handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const secret = url.searchParams.get('ticket') ?? '';
    const issuedAt = tickets.get(secret);
    tickets.delete(secret);
    if (url.pathname !== '/link/' || issuedAt === undefined || deps.now() - issuedAt > TIME_LIMITS.socketTicket) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    server.handleUpgrade(request, socket, head, welcome);
  }

  function welcome(socket: WebSocket): void {
    if (open.size >= SOCKET_CONNECTIONS) {
      socket.send(
        JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets', debug_info: { host: 'sandbox' } }),
      );
      socket.close();
      return;
    }
    connectionCount += 1;
    open.set(socket, connectionCount);
    socket.on('message', (data) => receive(String(data)));
    socket.on('close', () => forget(socket));
    socket.on('error', () => socket.terminate());
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.size,
        connection_info: { app_id: SLACK_APP_ID },
        debug_info: { host: 'sandbox', build_number: 1, approximate_connection_time: 18_060 },
      }),
    );
    deps.onConnectionsChange();
  }

  function receive(text: string): void {
    const ack = Ack.safeParse(parseJson(text));
    if (!ack.success) return;
    waiting.get(ack.data.envelope_id)?.settle({ acked: true, ack: ack.data.payload ?? {}, ms: 0 });
  }

  function forget(socket: WebSocket): void {
    open.delete(socket);
    for (const entry of [...waiting.values()]) {
      if (entry.socket === socket) entry.settle({ acked: false, error: 'socket_dropped' });
    }
    deps.onConnectionsChange();
  }

  function nextSocket(): WebSocket | undefined {
    const ready = [...open.keys()].filter((socket) => socket.readyState === WebSocket.OPEN);
    turn += 1;
    return ready[turn % Math.max(1, ready.length)];
  }

  function send(type: EnvelopeType, payload: JsonObject, retryAttempt: number): Promise<Delivered> {
    const socket = nextSocket();
    if (!socket) return Promise.resolve({ acked: false, error: 'not_connected' });
    const envelopeId = deps.ids.uuid();
    const connection = open.get(socket) ?? 0;
    const sent = log.add({ envelopeId, type, payload, retryAttempt, connection, at: deps.now() });
    const sentAt = performance.now();
    const outcome = new Promise<Delivered>((resolve) => {
      const timer = later(deps.ackTimeout, () => settle({ acked: false, error: 'operation_timeout' }));
      function settle(result: Delivered): void {
        clearTimeout(timer);
        timers.delete(timer);
        waiting.delete(envelopeId);
        record(sent, result);
        resolve(result.acked ? { ...result, ms: Math.round(performance.now() - sentAt) } : result);
      }
      waiting.set(envelopeId, { socket, settle });
    });
    socket.send(JSON.stringify(envelope(envelopeId, type, payload, retryAttempt)));
    return outcome;
  }

  function later(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return timer;
  }

  function requestDisconnect(reason: 'refresh_requested' | 'warning'): number {
    const text = JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } });
    for (const socket of open.keys()) socket.send(text);
    return open.size;
  }

  function drop(): number {
    const count = open.size;
    for (const socket of open.keys()) socket.terminate();
    return count;
  }

  function close(): void {
    clearInterval(pings);
    for (const timer of timers) clearTimeout(timer);
    drop();
    server.close();
  }

  return {
    ticket,
    handleUpgrade,
    send,
    log,
    connections: () => open.size,
    drop,
    requestDisconnect,
    close,
  };
}

function envelope(envelopeId: string, type: EnvelopeType, payload: JsonObject, retryAttempt: number): JsonObject {
  const base = { envelope_id: envelopeId, payload, type, accepts_response_payload: type !== 'events_api' };
  if (type !== 'events_api') return base;
  return { ...base, retry_attempt: retryAttempt, retry_reason: retryAttempt === 0 ? '' : 'timeout' };
}
