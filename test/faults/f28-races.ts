import { z } from 'zod';
import { until } from '../support/poll.ts';
import type { Bench } from './support/bench.ts';
import { defineFault } from './support/fault.ts';
import { auditGaps, callsSince, effectsOf, mark } from './support/judge.ts';
import { openReview, requestKey, rest, STUCK_MS, settled, submitDecision, textOf } from './support/trial.ts';

type Decision = { readonly who: string; readonly decision: 'approve' | 'deny' };

/** What happens at the same moment. Of the last one it is the time that runs out just then. */
const RACES: readonly { readonly name: string; readonly decisions: readonly Decision[] }[] = [
  {
    name: 'approve and deny',
    decisions: [
      { who: 'alice', decision: 'approve' },
      { who: 'bo', decision: 'deny' },
    ],
  },
  {
    name: 'deny and approve',
    decisions: [
      { who: 'bo', decision: 'deny' },
      { who: 'alice', decision: 'approve' },
    ],
  },
  {
    name: 'approve twice',
    decisions: [
      { who: 'alice', decision: 'approve' },
      { who: 'bo', decision: 'approve' },
    ],
  },
  { name: 'approve at the expiry', decisions: [{ who: 'alice', decision: 'approve' }] },
];
/** From setting the end of the time to pressing: the seed moves the press across that end. */
const EXPIRY_MS = 300;
const SPREAD_MS = [0, 150, 250, 300, 350, 450];

export default defineFault({
  id: 'F28',
  title: 'two decide at the same moment; one decides as the time runs out',
  engines: ['pglite', 'redis'],
  seeds: 5,
  trials: (seeds) =>
    RACES.flatMap(({ name }) => Array.from({ length: seeds }, (_, seed) => ({ name: `${name} ${seed + 1}`, seed }))),
  async run(bench, { name, seed }) {
    const race = RACES.find((one) => name.startsWith(`${one.name} `));
    if (!race) throw new Error(`there is no race ${name}`);
    const requested = await requestKey(bench, seed);
    await settled(bench);
    const before = await mark(bench);
    const views: string[] = [];
    for (const { who } of race.decisions) views.push(await openReview(bench, requested, who));
    const approval = await newestApproval(bench);
    if (race.decisions.length === 1) {
      await bench.product.tell({ ask: 'sql', text: expireSoon(approval.id) });
      await rest(SPREAD_MS[seed % SPREAD_MS.length] ?? EXPIRY_MS);
    }
    const from = performance.now();
    await Promise.all(
      race.decisions.map(({ who, decision }, index) => submitDecision(bench, who, views[index] ?? '', decision)),
    );
    const decided = async () => /^(APPROVED|DENIED|EXPIRED)/.exec(await textOf(bench, requested.request))?.[1];
    const shown = await until('a decision', decided, STUCK_MS).catch(() => 'none');
    const stuck = (await settled(bench)) + (shown === 'none' ? 1 : 0);
    const recoveryMs = performance.now() - from;
    const effects = effectsOf(await callsSince(bench, before));
    const { state } = await newestApproval(bench);
    const wanted = state === 'consumed' ? 1 : 0;
    const rows = (await bench.product.audit(before.audit.seq)).filter(
      ({ subject }) => subject === `approval:${approval.id}`,
    );
    const outcomes = rows.filter(({ event }) => event === 'approval.granted' || event === 'approval.denied').length;
    const ended = rows.filter(({ event }) => event === 'approval.denied' || event === 'approval.expired').length;
    return {
      acked: 1,
      lost: Math.max(0, wanted - effects.length),
      duplicated: Math.max(0, effects.length - wanted),
      stuck,
      auditGaps:
        (await auditGaps(bench, before, effects)).length + Math.max(0, outcomes - 1) + Math.abs(wanted + ended - 1),
      recoveryMs,
      figures: { [`${race.name}: ${shown.toLowerCase()}`]: 1 },
    };
  },
});

function expireSoon(id: string): string {
  // Past the trigger that lets nobody change what was asked for; a trial does not wait for half an hour.
  return `BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE cordon.approval SET expires_at = clock_timestamp() + interval '${EXPIRY_MS} milliseconds' WHERE id = '${id}'; COMMIT`;
}

const Approval = z.tuple([z.object({ id: z.string(), state: z.string() })]);

async function newestApproval(bench: Bench): Promise<{ readonly id: string; readonly state: string }> {
  const text = 'SELECT id, state FROM cordon.approval ORDER BY created_at DESC LIMIT 1';
  return Approval.parse(await bench.product.tell({ ask: 'sql', text }))[0];
}
