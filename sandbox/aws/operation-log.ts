import { closeSync, openSync, writeSync } from 'node:fs';
import { isTree } from './wire/schemas.ts';

/** One request, as it ended. */
export interface LogEntry {
  readonly seq: number;
  /** ISO, by the wall clock. */
  readonly at: string;
  /** Milliseconds since 1970, by the organisation's clock. */
  readonly happenedAt: number;
  readonly service: string;
  readonly operation: string;
  /** '' when nobody could be recognised. */
  readonly account: string;
  readonly region: string;
  readonly principal: string;
  readonly sourceIdentity: string | null;
  readonly sessionName: string | null;
  readonly accessKeyId: string;
  /** 0 when no answer was given. */
  readonly status: number;
  readonly errorCode: string | null;
  /** Whether the operation is one that changes things. */
  readonly write: boolean;
  /** Whether it changed anything this time. */
  readonly effect: boolean;
  /** ARN of the first resource it needs, '*' for none. */
  readonly target: string;
  /** The parsed input without secrets and long bodies. */
  readonly input: unknown;
  readonly requestId: string;
  /** The fault that struck this request, if any. */
  readonly faulted: string | null;
}

const SECRET = /^(ExternalId|SecretAccessKey|SessionToken|TokenCode|SSECustomerKey|UserData)$/;
const LONG = 4_096;

/** A copy fit for a log: secrets hidden, bytes and long texts replaced by their size. */
export function redact(value: unknown): unknown {
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value.length > LONG ? `(${value.length} characters)` : value;
  if (Array.isArray(value)) return value.map(redact);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, SECRET.test(key) ? '(hidden)' : redact(item)]),
  );
}

/** Which entries are asked for. */
export interface LogQuery {
  readonly since?: number | undefined;
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
}

/** How many entries are kept in memory; the file has all. */
const KEPT = 20_000;

/** The simulator's own record of what it was asked and what it did; tests judge the product by it. */
export class OperationLog {
  private entries: LogEntry[] = [];
  private nextSeq = 1;
  private readonly file: number | undefined;

  /** `path`: a file to which every entry is appended as a line of JSON. */
  constructor(path: string | undefined) {
    this.file = path === undefined ? undefined : openSync(path, 'a', 0o600);
  }

  add(entry: Omit<LogEntry, 'seq' | 'at'>): LogEntry {
    const full: LogEntry = { seq: this.nextSeq++, at: new Date().toISOString(), ...entry };
    this.entries.push(full);
    if (this.entries.length > KEPT) this.entries = this.entries.slice(-KEPT / 2);
    if (this.file !== undefined) writeSync(this.file, `${JSON.stringify(full)}\n`);
    return full;
  }

  list(query: LogQuery = {}): LogEntry[] {
    const { since = 0, service, operation } = query;
    return this.entries.filter(
      (entry) =>
        entry.seq > since &&
        (service === undefined || entry.service === service) &&
        (operation === undefined || entry.operation === operation),
    );
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }
}
