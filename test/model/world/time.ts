import { AsyncLocalStorage } from 'node:async_hooks';
import { PGlite } from '@electric-sql/pglite';

/** Where code runs: in one of the model's processes, whose clock may be wrong, or in the database, whose clock is the true one. */
export interface Place {
  readonly name: string;
  /** How far this process's wall clock is from the database's, in milliseconds. */
  skewMs: number;
  /** A stopped process fires no timers. */
  stopped: boolean;
  readonly intervals: Set<Interval>;
}
interface Interval {
  readonly place: Place;
  readonly everyMs: number;
  readonly run: () => void;
  dueAt: number;
}

/** The model's first moment. */
export const START = Date.parse('2026-11-20T08:00:00.000Z');

const where = new AsyncLocalStorage<Place | 'database' | undefined>();
let elapsed = 0;
const places = new Set<Place>();

/** The database's clock now, epoch milliseconds. */
export function now(): number {
  return START + Math.floor(elapsed);
}

export function isoNow(): string {
  return new Date(now()).toISOString();
}

/** A new world begins: the clock is put back and no process is left from the last one. */
export function resetTime(): void {
  elapsed = 0;
  places.clear();
}

export function newPlace(name: string, skewMs: number): Place {
  const place: Place = { name, skewMs, stopped: false, intervals: new Set() };
  places.add(place);
  return place;
}

/** The process is gone, and with it its timers. */
export function leave(place: Place): void {
  place.intervals.clear();
  places.delete(place);
}

/** Runs work as if it were in that process: it sees that process's clocks. */
export function within<T>(place: Place, work: () => Promise<T>): Promise<T> {
  return where.run(place, work);
}

/** Moves the clock; the heartbeats that fall due are struck, and `settled` waits for what they began. */
export async function advance(milliseconds: number, settled: () => Promise<unknown>): Promise<void> {
  const until = elapsed + milliseconds;
  for (;;) {
    const due = [...places]
      .filter((place) => !place.stopped)
      .flatMap((place) => [...place.intervals])
      .filter((one) => one.dueAt <= until)
      .sort((a, b) => a.dueAt - b.dueAt)[0];
    if (due === undefined) break;
    elapsed = Math.max(elapsed, due.dueAt);
    due.dueAt = Math.max(due.dueAt + due.everyMs, elapsed + 1);
    where.run(due.place, due.run);
    await settled();
  }
  elapsed = until;
}

let installed = false;

/**
 * Puts the model's clock in the place of the machine's, for code that runs in one of the model's processes and for the embedded database, which has no clock of its own
 * but asks `Date.now`. Everything else (the test runner, fast-check) keeps the real one. Nothing of the product knows of this.
 */
export function installTime(): void {
  if (installed) return;
  installed = true;
  const real = { date: Date.now, monotonic: performance.now.bind(performance), every: setInterval, end: clearInterval };
  Date.now = () => {
    const place = where.getStore();
    if (place === undefined) return real.date();
    return place === 'database' ? now() : now() + place.skewMs;
  };
  globalThis.Date = new Proxy(Date, {
    construct: (target, input, maker) => Reflect.construct(target, input.length === 0 ? [target.now()] : input, maker),
  });
  performance.now = () => (where.getStore() === undefined ? real.monotonic() : elapsed);
  const every = (run: () => void, milliseconds: number): unknown => {
    const place = where.getStore();
    if (place === undefined || place === 'database') return real.every(run, milliseconds);
    const interval: Interval & { unref(): void } = {
      place,
      everyMs: milliseconds,
      run,
      dueAt: elapsed + milliseconds,
      unref() {},
    };
    place.intervals.add(interval);
    return interval;
  };
  const end = (handle: unknown): void => {
    if (isInterval(handle)) handle.place.intervals.delete(handle);
    else real.end(handle as NodeJS.Timeout);
  };
  Reflect.set(globalThis, 'setInterval', every);
  Reflect.set(globalThis, 'clearInterval', end);
  const { execProtocolStream } = PGlite.prototype;
  PGlite.prototype.execProtocolStream = function (...input) {
    return where.run('database', () => execProtocolStream.apply(this, input));
  };
}

function isInterval(handle: unknown): handle is Interval {
  return typeof handle === 'object' && handle !== null && 'dueAt' in handle && 'place' in handle;
}

/** The machine's own monotonic clock, for progress lines. */
export const realNow: () => number = performance.now.bind(performance);
