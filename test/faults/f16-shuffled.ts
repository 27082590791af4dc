import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { auditGaps, callsSince, deletedOf, mark } from './support/judge.ts';
import { cardsOf, findingAbout, inject, STUCK_MS, settled, someInstance } from './support/trial.ts';

const UPDATES = 6;
const COPIES = 5;
const Counts = z.array(z.object({ count: z.coerce.number() }));

export default defineFault({
  id: 'F16',
  title: `${UPDATES} updates of a finding, each ${COPIES} times, shuffled, the oldest a week late`,
  engines: ['pglite', 'redis'],
  short: { pglite: 1, redis: 1 },
  seeds: 10,
  trials: seedsOf,
  async run(bench, { seed }) {
    const before = await mark(bench);
    const instance = someInstance();
    const id = randomBytes(16).toString('hex');
    const day = 86_400_000;
    const updates = Array.from({ length: UPDATES }, (_, index) =>
      findingAbout(instance, {
        id,
        count: index + 1,
        updatedAt: new Date(Date.now() - (index === 0 ? 7 * day : (UPDATES - index) * 60_000)).toISOString(),
      }),
    );
    const messages = shuffled(Array.from({ length: COPIES }, () => updates).flat(), seed);
    for (const body of messages) await inject(bench, body);
    const from = performance.now();
    await until('the card', async () => (await cardsOf(bench, instance)).length > 0, STUCK_MS).catch(() => undefined);
    const stuck = await settled(bench);
    const cards = await cardsOf(bench, instance);
    const calls = await callsSince(bench, before);
    const text = `SELECT document->>'count' AS count FROM cordon.finding WHERE key LIKE '%${id}%'`;
    const [kept, ...more] = Counts.parse(await bench.product.tell({ ask: 'sql', text }));
    return {
      acked: deletedOf(calls),
      // The newest is what counts: an older one in its place is a lost update.
      lost: cards.length === 0 || kept?.count !== UPDATES ? 1 : 0,
      duplicated: Math.max(0, cards.length - 1) + more.length,
      stuck,
      auditGaps: (await auditGaps(bench, before, [])).length,
      recoveryMs: performance.now() - from,
    };
  },
});

/** The same order for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed + 1;
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
