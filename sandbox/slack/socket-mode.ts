import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { SLACK_APP_ID } from '../world.ts';
import type { Faults } from './faults.ts';
import type { Ids } from './ids.ts';
import { type JsonObject, parseJson } from './json.ts';
import { SOCKET_CONNECTIONS, TIME_LIMITS } from './limits.ts';

export type EnvelopeType = 'interactive' | 'slash_commands' | 'events_api';

/** What came of sending the app an envelope. */
export type Delivered =
  | { readonly acked: true; readonly ack: JsonObject; readonly ms: number }
  | { readonly acked: false; readonly error: 'not_connected' | 'operation_timeout' | 'socket_dropped' };

/** One envelope that went out, for the control API. */
interface DeliveryRecord {
  readonly envelopeId: string;
  readonly type: EnvelopeType;
  readonly payload: JsonObject;
  readonly connection: number;
  readonly at: number;
  readonly retryAttempt: number;
  outcome: 'waiting' | 'acked' | 'operation_timeout' | 'socket_dropped';
  ack: JsonObject | undefined;
}

/** Socket Mode: the app's connections and what is sent over them. Lives until closed. */
export interface SocketMode {
  /** The path of a single-use WebSocket address, good for thirty seconds. */
  ticket(): string;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends an envelope to any one connection and waits at most three seconds for its acknowledgement. */
  deliver(type: EnvelopeType, payload: JsonObject): Promise<Delivered>;
  connections(): number;
  deliveries(): readonly DeliveryRecord[];
  /** Cuts all connections without a word, as a network does. Returns how many. */
  drop(): number;
  /** Sends Slack's disconnect message on all connections; the app is expected to come again. Returns how many. */
  requestDisconnect(reason: 'refresh_requested' | 'warning'): number;
  close(): void;
}

export interface SocketModeDeps {
  readonly now: () => number;
  readonly ids: Ids;
  readonly faults: Faults;
  readonly onConnectionsChange: () => void;
  /** Milliseconds until an unacknowledged envelope counts as lost. */
  readonly ackTimeout: number;
}

const Ack = z.object({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() });
const KEPT_DELIVERIES = 2_000;

/** Starts without connections. */
export function createSocketMode(deps: SocketModeDeps): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Map<string, number>();
  const open = new Map<WebSocket, number>();
  const waiting = new Map<string, { socket: WebSocket; settle: (outcome: Delivered) => void }>();
  const records: DeliveryRecord[] = [];
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
    const record: DeliveryRecord = {
      envelopeId,
      type,
      payload,
      retryAttempt,
      connection: open.get(socket) ?? 0,
      at: deps.now(),
      outcome: 'waiting',
      ack: undefined,
    };
    records.push(record);
    if (records.length > KEPT_DELIVERIES) records.shift();
    const sentAt = performance.now();
    const outcome = new Promise<Delivered>((resolve) => {
      const timer = later(deps.ackTimeout, () => settle({ acked: false, error: 'operation_timeout' }));
      function settle(result: Delivered): void {
        clearTimeout(timer);
        timers.delete(timer);
        waiting.delete(envelopeId);
        record.outcome = result.acked ? 'acked' : result.error === 'not_connected' ? 'socket_dropped' : result.error;
        record.ack = result.acked ? result.ack : undefined;
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

  async function deliver(type: EnvelopeType, payload: JsonObject): Promise<Delivered> {
    const first = send(type, payload, 0);
    if (deps.faults.takeDuplicate(type)) void send(type, payload, 0);
    const outcome = await first;
    // Slack sends an event again when nobody took it; interactions and commands it does not.
    if (!outcome.acked && type === 'events_api') retryEvent(payload, 1);
    return outcome;
  }

  function retryEvent(payload: JsonObject, attempt: number): void {
    const wait = TIME_LIMITS.eventRetries[attempt - 1];
    if (wait === undefined) return;
    later(wait, () => {
      void send('events_api', payload, attempt).then((outcome) => {
        if (!outcome.acked) retryEvent(payload, attempt + 1);
      });
    });
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
    deliver,
    connections: () => open.size,
    deliveries: () => records,
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
