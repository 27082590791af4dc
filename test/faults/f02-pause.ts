import { readFileSync } from 'node:fs';
import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import type { NewOrder } from './support/orders.ts';
import type { ProductProcess } from './support/product-process.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { rest, STUCK_MS } from './support/trial.ts';

type Place = Pick<Extract<NewOrder, { ask: 'strike' }>, 'place' | 'when'>;

/** Where the worker is stopped; between the check of the fence and the call is the worst. */
const PLACES: readonly Place[] = [
  { place: 'sending', when: 'before' },
  { place: 'run.step-intent', when: 'after' },
  { place: 'sent', when: 'after' },
  { place: 'run.claimed', when: 'after' },
  { place: 'run.step-done', when: 'before' },
];
/** Past the lease of 6 s, BullMQ's lock of 5 s and the 2 s within which a write may be sent; the seed varies by how much, so that it wakes anywhere in the other's work. */
const PAUSES_MS = [7_500, 9_000, 11_000, 14_000, 20_000] as const;

export default defineFault({
  id: 'F2',
  title: 'SIGSTOP past the lease, then SIGCONT',
  engines: ['pglite', 'redis'],
  short: { pglite: 0, redis: 1 },
  seeds: 100,
  bench: { second: true },
  trials: seedsOf,
  async run(bench, trial) {
    const place = PLACES[trial.seed % PLACES.length] ?? PLACES[0];
    if (!place) throw new Error('there is no place');
    const all = bench.second ? [bench.product, bench.second] : [bench.product];
    const nth = place.place === 'run.claimed' ? 1 : 1 + (Math.floor(trial.seed / PLACES.length) % 9);
    const pauseMs = PAUSES_MS[Math.floor(trial.seed / 2) % PAUSES_MS.length] ?? PAUSES_MS[0];
    let stopped: ProductProcess | undefined;
    let stoppedAt = 0;
    let woken: Promise<void> | undefined;
    const verdict = await disturbedRun(bench, trial, {
      story: 'isolation',
      async prepare() {
        for (const product of all) await product.tell({ ask: 'strike', ...place, nth, how: 'SIGSTOP' });
      },
      async strike() {
        stopped = await until('a process to stop itself', async () => all.find(isStopped), STUCK_MS);
        stoppedAt = performance.now();
        for (const product of all) if (product !== stopped) await product.tell({ ask: 'spare' });
        // Nobody else can go on with the embedded database: then it is the pause itself that has to do no harm.
        woken = wake(stopped, pauseMs);
        if (all.length === 1) await woken;
        return stoppedAt;
      },
      async after() {
        await woken;
        // What the resumed process may still do, it does at once.
        await rest(2_000);
        return undefined;
      },
    }).finally(() => stopped?.signal('SIGCONT'));
    return verdict ?? NO_INSTANCE;
  },
});

async function wake(stopped: ProductProcess, pauseMs: number): Promise<void> {
  await rest(pauseMs);
  stopped.signal('SIGCONT');
}

function isStopped(product: ProductProcess): boolean {
  const stat = readFileSync(`/proc/${product.pid()}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}
