import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { auditGaps, callsSince, effectsOf, mark } from './support/judge.ts';
import { openReview, requestKey, STUCK_MS, settled, submitDecision, textOf } from './support/trial.ts';

export default defineFault({
  id: 'F28',
  title: 'one approves and another denies at the same moment',
  engines: ['pglite', 'redis'],
  seeds: 10,
  trials: seedsOf,
  async run(bench, { seed }) {
    const requested = await requestKey(bench, seed);
    await settled(bench);
    const before = await mark(bench);
    const decisions = [
      { who: 'alice', decision: 'approve' },
      { who: 'bo', decision: 'deny' },
    ] as const;
    const views: string[] = [];
    for (const { who } of decisions) views.push(await openReview(bench, requested, who));
    const order = seed % 2 === 0 ? [0, 1] : [1, 0];
    const from = performance.now();
    await Promise.all(
      order.map((index) => {
        const one = decisions[index];
        const view = views[index];
        if (!one || !view) throw new Error('there are two decisions');
        return submitDecision(bench, one.who, view, one.decision);
      }),
    );
    const decided = async () => /^(APPROVED|DENIED)/.exec(await textOf(bench, requested.request))?.[1];
    const outcome = await until('a decision', decided, STUCK_MS).catch(() => 'none');
    const stuck = (await settled(bench)) + (outcome === 'none' ? 1 : 0);
    const recoveryMs = performance.now() - from;
    const effects = effectsOf(await callsSince(bench, before));
    const wanted = outcome === 'APPROVED' ? 1 : 0;
    const rows = await bench.product.audit(before.audit.seq);
    const outcomes = rows.filter(({ event }) => event === 'approval.granted' || event === 'approval.denied').length;
    return {
      acked: 1,
      lost: effects.length < wanted ? 1 : 0,
      duplicated: Math.max(0, effects.length - wanted),
      stuck,
      auditGaps: (await auditGaps(bench, before, effects)).length + Math.abs(outcomes - 1),
      recoveryMs,
      figures: { [outcome.toLowerCase()]: 1 },
    };
  },
});
