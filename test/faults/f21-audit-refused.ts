import { z } from 'zod';
import { until } from '../support/poll.ts';
import type { Bench } from './support/bench.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { callsSince, effectsOf, mark } from './support/judge.ts';
import { disturbedRun } from './support/run-trial.ts';
import { cardsOf, findingAbout, inject, rest, STUCK_MS, someInstance } from './support/trial.ts';

const REFUSED_MS = 8_000;
const REFUSE = `CREATE FUNCTION public.no_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit cannot be written'; END $$;
  CREATE TRIGGER no_audit BEFORE INSERT ON cordon.audit FOR EACH ROW EXECUTE FUNCTION public.no_audit();`;
const ALLOW = 'DROP TRIGGER IF EXISTS no_audit ON cordon.audit; DROP FUNCTION IF EXISTS public.no_audit();';

export default defineFault({
  id: 'F21',
  title: 'the audit cannot be written',
  engines: ['pglite', 'redis'],
  seeds: 2,
  trials: seedsOf,
  async run(bench, trial) {
    const before = await mark(bench);
    const instance = someInstance();
    let changes = 0;
    let shownMs = 0;
    let late = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'key',
      // The run is approved and wants to start: its claim is the first thing that cannot be recorded.
      async strike() {
        await bench.product.tell({ ask: 'sql', text: REFUSE });
        const from = effectsOf(await callsSince(bench, before)).length;
        const refusedAt = performance.now();
        await inject(bench, findingAbout(instance));
        await until(
          'the card of a finding that came meanwhile',
          async () => (await cardsOf(bench, instance))[0],
          STUCK_MS,
        );
        shownMs = Math.round(performance.now() - refusedAt);
        await rest(Math.max(0, REFUSED_MS - shownMs));
        changes = effectsOf(await callsSince(bench, before)).length - from;
        late = await kept(bench);
        await bench.product.tell({ ask: 'sql', text: ALLOW });
        return performance.now();
      },
      after: async () => ({
        'changes in AWS meanwhile': changes,
        'a finding shown meanwhile, ms': shownMs,
        'rows put on record later': late,
      }),
    }).finally(() => bench.product.tell({ ask: 'sql', text: ALLOW }));
    if (!verdict) throw new Error('a key can always be asked for');
    const missing = await until(
      'all rows to be on record',
      async () => ((await kept(bench)) === 0 ? 0 : undefined),
      STUCK_MS,
    ).catch(() => kept(bench));
    return { ...verdict, auditGaps: verdict.auditGaps + changes + missing, lost: verdict.lost + (late > 0 ? 0 : 1) };
  },
});

/** Rows that wait beside the audit chain. */
async function kept(bench: Bench): Promise<number> {
  const rows = await bench.product.tell({ ask: 'sql', text: 'SELECT count(*) AS count FROM cordon.audit_late' });
  return z.tuple([z.object({ count: z.coerce.number() })]).parse(rows)[0].count;
}
