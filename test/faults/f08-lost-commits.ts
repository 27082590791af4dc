import { z } from 'zod';
import { until } from '../support/poll.ts';
import { backUpAt, cordon, isReady, restoreRecords } from './support/backup.ts';
import { defineFault } from './support/fault.ts';
import { callsSince, effectsOf, mark, type Verdict } from './support/judge.ts';
import type { Place } from './support/orders.ts';
import { NO_INSTANCE } from './support/run-trial.ts';
import { outcome, pressApprove, requestIsolation, requestKey, rest, STUCK_MS, settled } from './support/trial.ts';

/** Longer than the sweeper waits before it wakes a run again. */
const LONG_MS = 20_000;

/** Where the last commit was that the failover has kept. */
const CUTS: readonly { readonly place: Place; readonly nth: number; readonly story: 'key' | 'isolation' }[] = [
  { place: 'approval.granted', nth: 1, story: 'key' },
  { place: 'run.claimed', nth: 1, story: 'isolation' },
  { place: 'run.step-intent', nth: 1, story: 'key' },
  { place: 'run.step-intent', nth: 4, story: 'isolation' },
  { place: 'run.step-done', nth: 6, story: 'isolation' },
  { place: 'sent', nth: 1, story: 'key' },
];

const Rows = z.array(z.object({ steps: z.coerce.number() }));
const Compared = z.looseObject({
  orphans: z.array(z.looseObject({ sourceIdentity: z.string().nullable() })),
});
const States = z.array(z.object({ state: z.string() }));

export default defineFault({
  id: 'F8',
  title: 'a failover that lost the last commits, those of a run that went on in AWS',
  engines: ['pglite', 'redis'],
  seeds: CUTS.length,
  trials: (seeds) => CUTS.slice(0, seeds).map(({ place, nth }, seed) => ({ name: `kept until ${place} ${nth}`, seed })),
  async run(bench, { seed }): Promise<Verdict | typeof NO_INSTANCE> {
    const cut = CUTS[seed % CUTS.length];
    if (!cut) throw new Error('there is no such cut');
    const requested = cut.story === 'key' ? await requestKey(bench, seed) : await requestIsolation(bench);
    if (!requested) return NO_INSTANCE;
    await settled(bench);
    const before = await mark(bench);
    const pressedAt = performance.now();
    await backUpAt(bench, cut, () => pressApprove(bench, requested));
    await outcome(bench, requested, pressedAt);
    await settled(bench);
    const done = effectsOf(await callsSince(bench, before));
    const run = done[0]?.sourceIdentity ?? '';
    await bench.product.down('SIGKILL');
    await restoreRecords(bench);
    const from = performance.now();
    const lost = { ...before, aws: (await bench.story.awsLog()).at(-1)?.seq ?? 0 };
    await bench.product.up('/healthz');
    const ask = (text: string) => bench.product.tell({ ask: 'sql', text });
    // Time enough to take the run up again, if anything still would.
    await rest(LONG_MS);
    const journalled = Rows.parse(await ask(`SELECT count(*) AS steps FROM cordon.journal WHERE run_id = '${run}'`));
    const account = String(done[0]?.account ?? '');
    const said = await cordon(bench, 'reconcile', '--since', '1h', '--json', '--account', account);
    const { orphans } = Compared.parse(JSON.parse(said.out));
    const flagged = orphans.filter(({ sourceIdentity }) => sourceIdentity === run).length;
    const expected = done.length - (journalled[0]?.steps ?? 0);
    const ended = await cordon(bench, 'restore-epoch', 'the failover lost the last commits');
    await until('the product to be ready again', () => isReady(bench), STUCK_MS);
    const recoveryMs = performance.now() - from;
    const stuck = await settled(bench);
    const state = States.parse(await ask(`SELECT state FROM cordon.run WHERE id = '${run}'`))[0]?.state ?? 'not there';
    const again = effectsOf(await callsSince(bench, lost)).length;
    const rows = await bench.product.audit(before.audit.seq);
    const noticed = rows.some(({ event }) => event === 'system.restore-noticed');
    // When every call had its intent among the kept commits, reading back is all it takes, and nothing was lost that matters.
    const isRight = expected === 0 || (noticed && (state === 'needs-human' || state === 'stale'));
    return {
      acked: done.length,
      lost: Math.abs(expected - flagged),
      duplicated: again,
      stuck: stuck + (isRight ? 0 : 1) + (ended.code === 0 ? 0 : 1),
      auditGaps: (await cordon(bench, 'audit', 'verify')).code === 0 ? 0 : 1,
      recoveryMs,
      figures: { 'orphans flagged': `${flagged} of ${expected}`, 'the run is': state },
    };
  },
});
