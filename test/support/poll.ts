import { setTimeout as delay } from 'node:timers/promises';

/** Asks until there is an answer (anything but undefined and false), or fails after `milliseconds` naming what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  milliseconds = 30_000,
): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await delay(100);
  }
}
