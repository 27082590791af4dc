import { defineFault, seedsOf } from './support/fault.ts';
import { callsSince, effectsOf, mark } from './support/judge.ts';
import { disturbedRun } from './support/run-trial.ts';
import { findingAbout, inject, passVisibility, queue, rest, someInstance } from './support/trial.ts';

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
    let changes = 0;
    let kept = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'key',
      // The run is approved and wants to start: its claim is the first thing that cannot be recorded.
      async strike() {
        await bench.product.tell({ ask: 'sql', text: REFUSE });
        const from = effectsOf(await callsSince(bench, before)).length;
        await inject(bench, findingAbout(someInstance()));
        await rest(REFUSED_MS);
        changes = effectsOf(await callsSince(bench, before)).length - from;
        const { waiting, inFlight } = await queue(bench);
        kept = waiting + inFlight;
        await bench.product.tell({ ask: 'sql', text: ALLOW });
        await passVisibility(bench);
        return performance.now();
      },
      after: async () => ({ 'changes in AWS meanwhile': changes, 'findings left in SQS meanwhile': kept }),
    }).finally(() => bench.product.tell({ ask: 'sql', text: ALLOW }));
    if (!verdict) throw new Error('a key can always be asked for');
    return { ...verdict, auditGaps: verdict.auditGaps + changes, lost: verdict.lost + (kept > 0 ? 0 : 1) };
  },
});
