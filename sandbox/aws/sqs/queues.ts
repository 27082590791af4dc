import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** One message of a queue. Times in milliseconds by the organisation's clock. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly attributes: Readonly<Record<string, { readonly DataType: string; readonly StringValue: string }>>;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number;
  receiptHandle: string;
}

export interface QueueSettings {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly visibilityTimeoutSeconds: number;
  readonly redrive?: { readonly deadLetterQueue: string; readonly maxReceiveCount: number };
}

/** How many messages a queue holds, by what can be done with them. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
}

/** A standard queue: at least once, no order promised, a received message hidden until its timeout, dead letters after too many receives. */
export class Queue {
  readonly settings: QueueSettings;
  private readonly messages = new Map<string, QueueMessage>();
  private readonly clock: Clock;
  private readonly deadLetters: Queue | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(settings: QueueSettings, clock: Clock, deadLetters: Queue | undefined) {
    this.settings = settings;
    this.clock = clock;
    this.deadLetters = deadLetters;
  }

  /** Adds a message; `delayMs` hides it at first. Returns the message as stored. */
  send(body: string, attributes: QueueMessage['attributes'] = {}, delayMs = 0): QueueMessage {
    const now = this.clock.now();
    const message: QueueMessage = {
      messageId: randomUUID(),
      body,
      attributes,
      sentAt: now,
      visibleAt: now + delayMs,
      receiveCount: 0,
      firstReceivedAt: 0,
      receiptHandle: '',
    };
    this.keep(message);
    return message;
  }

  /** Takes up to `max` visible messages and hides them for `visibilityMs`. Messages received too often move to the dead letters instead. */
  take(max: number, visibilityMs: number): QueueMessage[] {
    const now = this.clock.now();
    const taken: QueueMessage[] = [];
    for (const message of [...this.messages.values()]) {
      if (taken.length === max) break;
      if (message.visibleAt > now || this.redriven(message)) continue;
      message.receiveCount += 1;
      message.firstReceivedAt ||= now;
      message.visibleAt = now + visibilityMs;
      message.receiptHandle = Buffer.from(`${message.messageId}/${randomUUID()}`).toString('base64');
      taken.push({ ...message });
    }
    return taken;
  }

  /** Like `take`, but waits for a message for at most `waitMs`, or until the signal aborts. */
  async receive(max: number, visibilityMs: number, waitMs: number, signal: AbortSignal): Promise<QueueMessage[]> {
    const until = performance.now() + waitMs;
    for (;;) {
      if (signal.aborted) return [];
      const taken = this.take(max, visibilityMs);
      const left = until - performance.now();
      if (taken.length > 0 || left <= 0) return taken;
      await this.somethingNew(Math.min(left, 250), signal);
    }
  }

  /** Deletes by receipt handle, the newest or an older one; false when the handle belongs to no message of this queue (it may be gone already). */
  delete(receiptHandle: string): boolean {
    return this.messages.delete(messageIdOf(receiptHandle));
  }

  /** Hides a received message for another while (0 shows it at once). False when it is not in flight under this handle. */
  changeVisibility(receiptHandle: string, visibilityMs: number): boolean {
    const message = this.messages.get(messageIdOf(receiptHandle));
    if (message?.receiptHandle !== receiptHandle || message.visibleAt <= this.clock.now()) return false;
    message.visibleAt = this.clock.now() + visibilityMs;
    this.wake();
    return true;
  }

  /** Shows every received message again, as if its timeout had passed. How many there were. */
  showAgain(): number {
    const now = this.clock.now();
    const hidden = [...this.messages.values()].filter((message) => message.visibleAt > now);
    for (const message of hidden) message.visibleAt = now;
    if (hidden.length > 0) this.wake();
    return hidden.length;
  }

  counts(): QueueCounts {
    const now = this.clock.now();
    const all = [...this.messages.values()];
    const visible = all.filter((message) => message.visibleAt <= now).length;
    return { visible, inFlight: all.length - visible };
  }

  bodies(): string[] {
    return [...this.messages.values()].map((message) => message.body);
  }

  private keep(message: QueueMessage): void {
    this.messages.set(message.messageId, message);
    this.wake();
  }

  private redriven(message: QueueMessage): boolean {
    const { redrive } = this.settings;
    if (!redrive || !this.deadLetters || message.receiveCount < redrive.maxReceiveCount) return false;
    this.messages.delete(message.messageId);
    this.deadLetters.keep({ ...message, visibleAt: this.clock.now(), receiveCount: 0 });
    return true;
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Until a message is added, time is moved, a while has passed (a timeout may have ended), or the client has gone. */
  private async somethingNew(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    this.waiting.add(wake);
    await this.clock.wait(ms, AbortSignal.any([signal, woken.signal]));
    this.waiting.delete(wake);
  }
}

/** The message a receipt handle was made for; '' when it is none of ours. */
export function messageIdOf(receiptHandle: string): string {
  const [id = '', rest] = Buffer.from(receiptHandle, 'base64').toString('latin1').split('/');
  return rest === undefined ? '' : id;
}

/** All queues by `account/region/name`. */
export class Queues {
  private readonly queues = new Map<string, Queue>();

  add(queue: Queue): Queue {
    const { account, region, name } = queue.settings;
    this.queues.set(`${account}/${region}/${name}`, queue);
    return queue;
  }

  find(account: string, region: string, name: string): Queue | undefined {
    return this.queues.get(`${account}/${region}/${name}`);
  }

  list(): Queue[] {
    return [...this.queues.values()];
  }
}

/** MD5 of a body, which clients compare. */
export function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/** MD5 of message attributes: names sorted, each part with its length in four bytes (SQS developer guide, "Calculating the MD5 message digest for message attributes"). */
export function md5OfAttributes(attributes: QueueMessage['attributes']): string {
  const hash = createHash('md5');
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue } = attributes[name] ?? { DataType: '', StringValue: '' };
    for (const part of [name, DataType]) hash.update(withLength(part));
    hash.update(Buffer.from([1])).update(withLength(StringValue));
  }
  return hash.digest('hex');
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
