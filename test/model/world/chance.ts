import { createRequire, syncBuiltinESMExports } from 'node:module';

let state = 1;

/** The same ids in every run of one sequence, so that a sequence can be run again and shrunk. */
export function resetChance(seed = 1): void {
  state = seed >>> 0;
}

/** mulberry32. */
function next(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** Ids of requests and runs are drawn with `randomInt`; in the model they come from a counter-like generator that is put back for each sequence. */
export function installChance(): void {
  const crypto: { randomInt: unknown } = createRequire(import.meta.url)('node:crypto');
  crypto.randomInt = (a: number, b?: number) =>
    b === undefined ? Math.floor(next() * a) : a + Math.floor(next() * (b - a));
  syncBuiltinESMExports();
}
