import type { Repositories, Store } from '../../../src/ports.ts';
import { leave, newPlace, type Place, within } from './time.ts';

/** Where a process can be stopped, killed or let down: at its edge to everything outside its own memory. */
export const MOMENTS = [
  'db.read',
  'tx.begin',
  'tx.op',
  'tx.commit',
  'tx.done',
  'aws.read',
  'aws.session',
  'aws.send',
  'aws.sent',
  'slack.call',
  'slack.called',
  'queue.add',
  'queue.added',
  'people',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** What happens the `nth` time the process comes to the moment (to any, when none is named). */
export interface Order {
  readonly what: 'crash' | 'pause' | 'fail';
  readonly moment: Moment | 'any';
  readonly nth: number;
}

/** How a piece of work ended, as far as it is known. */
export type End = 'done' | 'failed' | 'paused' | 'crashed';

/** Who writes down what happens to a process. */
export interface Witness {
  event(what: string): void;
  begin(): void;
  end(): void;
}

class Killed extends Error {}
const NEVER = new Promise<never>(() => undefined);

interface Suspended {
  readonly work: Promise<'done' | 'failed'>;
  readonly release: () => void;
}

/**
 * One process of the product. What it does goes through `at`; a killed one gets no answer any more, so that no catch and no finally of it runs, and a stopped one goes on
 * where it was. Inside a transaction it cannot be stopped (there is one session for all), and killing it rolls back.
 */
export class Process {
  readonly name: string;
  readonly place: Place;
  alive = true;
  /** Milliseconds after the last stop, for counting. */
  suspended: Suspended | undefined;
  lastError: unknown;
  #order: (Order & { left: number }) | undefined;
  #stop: ((end: 'paused' | 'crashed') => void) | undefined;
  readonly #witness: Witness;

  constructor(name: string, skewMs: number, witness: Witness) {
    this.name = name;
    this.place = newPlace(name, skewMs);
    this.#witness = witness;
  }

  /** Does work in this process until it ends, is stopped or dies. */
  run(work: () => Promise<void>, order?: Order): Promise<End> {
    this.#order = order === undefined ? undefined : { ...order, left: order.nth };
    this.#witness.begin();
    const stopped = this.#listen();
    const running = within(this.place, work).then(
      () => 'done' as const,
      (error: unknown) => {
        this.lastError = error;
        return 'failed' as const;
      },
    );
    return this.#watch(running, stopped);
  }

  /** Must be called before the work goes on: it may come to its first moment at once. */
  #listen(): Promise<'paused' | 'crashed'> {
    return new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  async #watch(work: Promise<'done' | 'failed'>, stopped: Promise<'paused' | 'crashed'>): Promise<End> {
    const end = await Promise.race([work, stopped]);
    this.#stop = undefined;
    if (end === 'paused' && this.suspended) this.suspended = { ...this.suspended, work };
    if (end !== 'paused') {
      this.#order = undefined;
      this.#witness.end();
    }
    if (end === 'done' || end === 'failed') this.place.intervals.clear();
    return end;
  }

  /** A stopped process goes on. */
  async resume(): Promise<End> {
    const { suspended } = this;
    if (suspended === undefined) return 'done';
    this.suspended = undefined;
    this.place.stopped = false;
    const stopped = this.#listen();
    suspended.release();
    return this.#watch(suspended.work, stopped);
  }

  /** Dies where it stands; its memory is lost. */
  kill(): void {
    this.alive = false;
    this.suspended = undefined;
    leave(this.place);
  }

  #due(moment: Moment): Order['what'] | undefined {
    const order = this.#order;
    if (order === undefined || (order.moment !== 'any' && order.moment !== moment)) return undefined;
    order.left -= 1;
    if (order.left > 0) return undefined;
    this.#order = undefined;
    return order.what;
  }

  /** Called at the edge, outside a transaction. */
  async at(moment: Moment): Promise<void> {
    if (!this.alive) return NEVER;
    const what = this.#due(moment);
    if (what === undefined) return undefined;
    this.#witness.event(`${what} at ${moment}`);
    if (what === 'fail') throw failure(moment);
    if (what === 'crash') {
      this.kill();
      this.#stop?.('crashed');
      return NEVER;
    }
    this.place.stopped = true;
    const gate = new Promise<void>((release) => {
      this.suspended = { work: NEVER, release };
    });
    this.#stop?.('paused');
    await gate;
    return this.alive ? undefined : NEVER;
  }

  /** Called inside a transaction: throwing rolls it back. */
  atInside(moment: 'tx.op' | 'tx.commit'): void {
    if (!this.alive) throw new Killed();
    const what = this.#due(moment);
    if (what === undefined || what === 'pause') return;
    this.#witness.event(`${what} at ${moment}`);
    if (what === 'fail') throw failure(moment);
    this.kill();
    throw new Killed();
  }

  /** After a transaction that was rolled back because the process died in it. */
  died(error: unknown): boolean {
    if (!(error instanceof Killed)) return false;
    this.#stop?.('crashed');
    return true;
  }
}

function failure(moment: Moment): Error {
  return new Error(`made to fail at ${moment}`);
}

/** The store as this process sees it. */
export function storeOf(process: Process, store: Store): Store {
  const inside = new WeakMap<object, object>();
  return {
    read: outside(process, store.read),
    async tx(work) {
      await process.at('tx.begin');
      try {
        const result = await store.tx(async (tx) => {
          const value = await work(inTransaction(process, tx, inside));
          process.atInside('tx.commit');
          return value;
        });
        await process.at('tx.done');
        return result;
      } catch (error) {
        if (process.died(error)) return NEVER;
        throw error;
      }
    },
    onOutbox: (listener) => store.onOutbox(listener),
    close: async () => undefined,
  };
}

function outside(process: Process, read: Repositories): Repositories {
  return through(read, async (call) => {
    await process.at('db.read');
    return call();
  });
}

function inTransaction(process: Process, tx: Repositories, known: WeakMap<object, object>): Repositories {
  const made = known.get(tx);
  if (made !== undefined) return made as Repositories;
  const wrapped = through(tx, async (call) => {
    process.atInside('tx.op');
    return call();
  });
  known.set(tx, wrapped);
  return wrapped;
}

/** Every function of the tables, through a gate; made when it is asked for, since most transactions touch few. */
function through<T extends object>(target: T, gate: (call: () => Promise<unknown>) => Promise<unknown>): T {
  const made = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(tables, name) {
      const known = made.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(tables, name);
      const wrapped = wrap(value, tables, gate);
      made.set(name, wrapped);
      return wrapped;
    },
  });
}

function wrap(value: unknown, target: object, gate: (call: () => Promise<unknown>) => Promise<unknown>): unknown {
  if (typeof value === 'function') return (...input: unknown[]) => gate(() => Reflect.apply(value, target, input));
  return typeof value === 'object' && value !== null ? through(value, gate) : value;
}
