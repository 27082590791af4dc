import type { Faults } from './faults.ts';
import type { JsonObject } from './json.ts';
import { TIME_LIMITS } from './limits.ts';

export type EnvelopeType = 'interactive' | 'slash_commands' | 'events_api';

/** What came of sending the app a payload. */
export type Delivered =
  | { readonly acked: true; readonly ack: JsonObject; readonly ms: number }
  | {
      readonly acked: false;
      readonly error: 'not_connected' | 'operation_timeout' | 'socket_dropped' | 'http_error';
    };

/** One payload that went out, for the control API. */
export interface DeliveryRecord {
  readonly envelopeId: string;
  readonly type: EnvelopeType;
  readonly payload: JsonObject;
  /** Number of the Socket Mode connection; 0 for a request over HTTP. */
  readonly connection: number;
  readonly at: number;
  readonly retryAttempt: number;
  outcome: 'waiting' | 'acked' | 'operation_timeout' | 'socket_dropped' | 'http_error';
  ack: JsonObject | undefined;
}

/** One attempt; the transport waits for the acknowledgement. */
export type Send = (type: EnvelopeType, payload: JsonObject, retryAttempt: number) => Promise<Delivered>;

const KEPT_DELIVERIES = 2_000;

/** What has been sent, newest last; the oldest are forgotten. */
export interface DeliveryLog {
  add(record: Omit<DeliveryRecord, 'outcome' | 'ack'>): DeliveryRecord;
  list(): readonly DeliveryRecord[];
}

export function createDeliveryLog(): DeliveryLog {
  const records: DeliveryRecord[] = [];
  return {
    add(sent) {
      const record: DeliveryRecord = { ...sent, outcome: 'waiting', ack: undefined };
      records.push(record);
      if (records.length > KEPT_DELIVERIES) records.shift();
      return record;
    },
    list: () => records,
  };
}

/** Writes down what came of it. */
export function settle(record: DeliveryRecord, delivered: Delivered): void {
  record.outcome = delivered.acked ? 'acked' : delivered.error === 'not_connected' ? 'socket_dropped' : delivered.error;
  record.ack = delivered.acked ? delivered.ack : undefined;
}

/** How Slack brings something to the app: twice when a fault says so, and again when nobody took an event. Interactions and commands it does not repeat. */
export function createDeliverer(send: Send, faults: Faults) {
  const timers = new Set<NodeJS.Timeout>();
  const retry = (payload: JsonObject, attempt: number): void => {
    const wait = TIME_LIMITS.eventRetries[attempt - 1];
    if (wait === undefined) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void send('events_api', payload, attempt).then((outcome) => {
        if (!outcome.acked) retry(payload, attempt + 1);
      });
    }, wait);
    timers.add(timer);
  };
  return {
    async deliver(type: EnvelopeType, payload: JsonObject): Promise<Delivered> {
      const first = send(type, payload, 0);
      if (faults.takeDuplicate(type)) void send(type, payload, 0);
      const outcome = await first;
      if (!outcome.acked && type === 'events_api') retry(payload, 1);
      return outcome;
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
