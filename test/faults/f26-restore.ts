import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CHAIN_END_FILE } from '../../src/chain-end-file.ts';
import { until } from '../support/poll.ts';
import { backUpAt, cordon, isReady, restoreRecords } from './support/backup.ts';
import { type Bench, CHECKPOINTS } from './support/bench.ts';
import { defineFault } from './support/fault.ts';
import { callsSince, effectsOf, mark, type Verdict } from './support/judge.ts';
import { outcome, pressApprove, type Requested, requestKey, rest, STUCK_MS, settled, textOf } from './support/trial.ts';

/** Longer than the sweeper waits before it wakes a run again. */
const LONG_MS = 25_000;

const WAYS = ['remembered by the host', 'told before the start', 'known by its checkpoints'] as const;

export default defineFault({
  id: 'F26',
  title: 'the database restored from a backup: an approval that was used comes back, and a request that was decided',
  engines: ['pglite', 'redis'],
  short: { pglite: 1, redis: 0 },
  seeds: 3,
  trials: (seeds) => Array.from({ length: seeds }, (_, seed) => ({ name: `${WAYS[seed % 3]} ${seed + 1}`, seed })),
  async run(bench, { seed }): Promise<Verdict> {
    const way = WAYS[seed % WAYS.length] ?? WAYS[0];
    const waiting = await requestKey(bench, 2 * seed);
    const used = await requestKey(bench, 2 * seed + 1);
    await settled(bench);
    const before = await mark(bench);
    const pressedAt = performance.now();
    await backUpAt(bench, { place: 'approval.granted', nth: 1 }, () => pressApprove(bench, used));
    await outcome(bench, used, pressedAt);
    const secondAt = performance.now();
    await pressApprove(bench, waiting);
    await outcome(bench, waiting, secondAt);
    await settled(bench);
    const first = effectsOf(await callsSince(bench, before)).length;
    await bench.product.down('SIGKILL');
    await restoreRecords(bench);
    // Somebody has put both keys back by hand since: their plans would hold again.
    await Promise.all([used, waiting].map((one) => undo(bench, one)));
    const restored = { ...before, aws: (await bench.story.awsLog()).at(-1)?.seq ?? 0 };
    const isTold = way === 'told before the start';
    if (way !== 'remembered by the host') await rm(join(bench.dataDir, CHAIN_END_FILE), { force: true });
    if (isTold) await rm(join(bench.folder, CHECKPOINTS), { force: true });
    const from = performance.now();
    const told = isTold ? await tell(bench) : undefined;
    await bench.product.up('/healthz');
    const noticed = (await bench.product.audit(0)).some(({ event }) => event === 'system.restore-noticed');
    const isHeld = isTold || (noticed && !(await isReady(bench)));
    if (!isTold) await rest(LONG_MS);
    const { voided } = told ?? (await tell(bench));
    await until('the product to be ready', () => isReady(bench), STUCK_MS);
    const recoveryMs = performance.now() - from;
    const stuck = await settled(bench);
    await rest(LONG_MS);
    const again = effectsOf(await callsSince(bench, restored)).filter(({ sourceIdentity }) => sourceIdentity).length;
    const cards = await Promise.all([used, waiting].map((one) => saysWhy(bench, one)));
    const next = await requestKey(bench, 2 * seed + 2);
    const nextAt = performance.now();
    await pressApprove(bench, next);
    const end = await outcome(bench, next, nextAt);
    await settled(bench);
    return {
      acked: first + 1,
      lost: (end.includes('verified') ? 0 : 1) + (2 - first),
      duplicated: again,
      stuck: stuck + (2 - voided) + (isHeld ? 0 : 1),
      auditGaps: cards.filter((told) => !told).length + ((await cordon(bench, 'audit', 'verify')).code === 0 ? 0 : 1),
      recoveryMs,
      figures: { 'runs from approvals of before': again, 'requests made void': voided },
    };
  },
});

async function tell(bench: Bench): Promise<{ readonly voided: number }> {
  const { code, out, err } = await cordon(bench, 'restore-epoch', 'last night’s backup', '--json');
  if (code !== 0) throw new Error(`restore-epoch: ${out} ${err}`);
  const { voided }: { voided: readonly string[] } = JSON.parse(out);
  return { voided: voided.length };
}

async function undo(bench: Bench, { key }: Requested): Promise<void> {
  if (key === undefined) throw new Error('it is no key');
  await bench.story.changeAws(key, { Status: 'Active' });
}

async function saysWhy(bench: Bench, { request }: Requested): Promise<boolean> {
  const says = async () => {
    const text = await textOf(bench, request);
    return text.includes('STALE') && text.includes('restored from a backup');
  };
  return until('the card to say why', says, STUCK_MS).catch(() => false);
}
