import { readFileSync } from 'node:fs';
import { until } from '../support/poll.ts';
import { defineFault } from './support/fault.ts';
import { auditGaps, callsSince, deletedOf, mark } from './support/judge.ts';
import { cardsOf, findingAbout, injectAll, queue, settled, someInstance } from './support/trial.ts';

const STORM_MS = 12 * 60_000;

export default defineFault({
  id: 'F17',
  title: 'a storm of findings',
  engines: ['pglite', 'redis'],
  seeds: 2,
  bench: { slackLimits: true },
  /** The first is for a busy machine; two seeds and more ask for the whole storm. */
  trials: (seeds) => [
    { name: '1000 findings of 50 incidents', seed: 0 },
    ...(seeds >= 2 ? [{ name: '10000 findings of 200 incidents', seed: 1 }] : []),
  ],
  async run(bench, trial) {
    const [findings = 1_000, incidents = 50] = (trial.name.match(/\d+/g) ?? []).map(Number);
    const before = await mark(bench);
    const instances = Array.from({ length: incidents }, someInstance);
    const bodies = Array.from({ length: findings }, (_, index) => findingAbout(instances[index % incidents] ?? ''));
    const from = performance.now();
    await injectAll(bench, bodies);
    const taken = async (): Promise<boolean> => {
      const { waiting, inFlight } = await queue(bench);
      return waiting + inFlight === 0;
    };
    await until('the queue to be empty', taken, STORM_MS);
    const storedMs = Math.round(performance.now() - from);
    const stuck = await settled(bench, STORM_MS);
    const recoveryMs = performance.now() - from;
    const all = await cardsOf(bench);
    const cards = instances.map((instance) => all.filter(({ text }) => text.includes(instance)));
    const calls = await callsSince(bench, before);
    const status = readFileSync(`/proc/${bench.product.pid()}/status`, 'utf8');
    const rss = Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
    const { dead } = await queue(bench);
    return {
      acked: deletedOf(calls),
      lost: cards.filter((own) => own.length === 0).length + dead.length,
      duplicated: cards.reduce((sum, own) => sum + Math.max(0, own.length - 1), 0),
      stuck,
      auditGaps: (await auditGaps(bench, before, [])).length,
      recoveryMs,
      figures: { 'stored after ms': storedMs, 'most memory MB': rss },
    };
  },
});
