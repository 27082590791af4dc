import { until } from '../support/poll.ts';
import type { Bench } from './support/bench.ts';
import { defineFault, type Result, type Trial } from './support/fault.ts';
import {
  auditGaps,
  callsSince,
  compareWrites,
  deletedOf,
  effectsOf,
  type Mark,
  mark,
  type Verdict,
} from './support/judge.ts';
import type { Place } from './support/orders.ts';
import {
  cardsOf,
  findingAbout,
  inject,
  outcome,
  passVisibility,
  pressApprove,
  queue,
  requestIsolation,
  requestKey,
  STUCK_MS,
  settled,
  someInstance,
  textOf,
} from './support/trial.ts';

interface Point {
  readonly name: string;
  readonly story: 'finding' | 'finding twice' | 'key' | 'isolation';
  /** Where it dies; the seed picks one, and the how many-th step in an isolation. */
  readonly at: readonly { readonly place: Place; readonly when: 'before' | 'after' }[];
}

function around(place: Place): Point['at'] {
  return [
    { place, when: 'before' },
    { place, when: 'after' },
  ];
}

/** The sixteen places of the matrix. The checkpoint has no place yet. */
const POINTS: readonly Point[] = [
  { name: 'after receive', story: 'finding', at: [{ place: 'received', when: 'after' }] },
  { name: 'insert', story: 'finding', at: around('delivery.received') },
  { name: 'dedupe', story: 'finding twice', at: around('delivery.duplicate') },
  { name: 'SQS delete', story: 'finding', at: around('deleted') },
  { name: 'enqueue', story: 'finding', at: [{ place: 'woken', when: 'after' }] },
  { name: 'triage', story: 'finding', at: around('delivery.processed') },
  { name: 'incident upsert', story: 'finding', at: around('incident.opened') },
  { name: 'Slack post', story: 'finding', at: [{ place: 'message.placed', when: 'before' }] },
  { name: 'ts saved', story: 'finding', at: [{ place: 'message.placed', when: 'after' }] },
  { name: 'approve', story: 'key', at: around('approval.granted') },
  { name: 'claim', story: 'key', at: around('run.claimed') },
  { name: 'intent', story: 'isolation', at: around('run.step-intent') },
  { name: 'AWS sent before done', story: 'isolation', at: [{ place: 'sent', when: 'after' }] },
  { name: 'done', story: 'isolation', at: around('run.step-done') },
  { name: 'verify', story: 'key', at: [...around('run.verifying'), ...around('run.verified')] },
  { name: 'audit checkpoint', story: 'finding', at: [] },
];
const STEPS_OF_ISOLATION = 9;

export default defineFault({
  id: 'F1',
  title: 'kill -9 at 16 places',
  engines: ['pglite', 'redis'],
  short: 1,
  seeds: 25,
  trials: (seeds) =>
    POINTS.flatMap(({ name }) => Array.from({ length: seeds }, (_, seed) => ({ name: `${name} ${seed + 1}`, seed }))),
  async run(bench, trial) {
    const point = POINTS.find(({ name }) => trial.name.startsWith(`${name} `));
    const at = point?.at[trial.seed % point.at.length];
    if (!point || !at) return { pending: 'checkpoints of the audit are not built yet' };
    const nth = point.story === 'isolation' ? 1 + (Math.floor(trial.seed / point.at.length) % STEPS_OF_ISOLATION) : 1;
    const order = { ask: 'kill-at', ...at, nth } as const;
    return point.story === 'finding' || point.story === 'finding twice'
      ? killedOnFinding(bench, order, point.story === 'finding twice' ? 2 : 1)
      : killedOnRun(bench, order, point.story, trial);
  },
});

type Order = Parameters<Bench['product']['tell']>[0];

async function killedOnFinding(bench: Bench, order: Order, copies: number): Promise<Result> {
  const before = await mark(bench);
  const deaths = bench.product.deaths.length;
  const instance = someInstance();
  const body = findingAbout(instance);
  await bench.product.tell(order);
  for (let copy = 0; copy < copies; copy += 1) await inject(bench, body);
  const diedAt = await death(bench, deaths);
  await passVisibility(bench);
  const seen = await until('the card', async () => (await cardsOf(bench, instance)).length > 0, STUCK_MS).catch(
    () => false,
  );
  const shownAt = performance.now();
  const stuck = (await settled(bench)) + (seen ? 0 : 1);
  // A card that was there before the death says nothing about the recovery: then it is over when nothing is left to do.
  const recoveryMs =
    (order.ask === 'kill-at' && order.place === 'message.placed' ? performance.now() : shownAt) - diedAt;
  const cards = await cardsOf(bench, instance);
  const calls = await callsSince(bench, before);
  const repeated = cards.filter(({ text }) => text.includes('Possibly repeated')).length;
  const { dead } = await queue(bench);
  return {
    acked: deletedOf(calls),
    lost: (cards.length === 0 ? 1 : 0) + dead.filter((one) => one === body).length,
    duplicated: Math.max(0, cards.length - 1 - repeated),
    stuck,
    auditGaps: (await auditGaps(bench, before, effectsOf(calls))).length + (await receivedGap(bench, before)),
    recoveryMs,
    figures: { ...start(bench, diedAt), ...(repeated > 0 && { 'notices repeated and marked': repeated }) },
  };
}

/** The finding is on record as received exactly once. */
async function receivedGap(bench: Bench, before: Mark): Promise<number> {
  const rows = await bench.product.audit(before.audit.seq);
  return Math.abs(1 - rows.filter(({ event }) => event === 'delivery.received').length);
}

async function killedOnRun(bench: Bench, order: Order, story: 'key' | 'isolation', trial: Trial): Promise<Result> {
  const requested = story === 'key' ? await requestKey(bench, trial.seed) : await requestIsolation(bench);
  if (!requested) return { skipped: 'no instance is left' };
  await settled(bench);
  const before = await mark(bench);
  const deaths = bench.product.deaths.length;
  await bench.product.tell(order);
  await pressApprove(bench, requested);
  const diedAt = await death(bench, deaths);
  const end = await outcome(bench, requested).catch(() => 'none');
  const recoveryMs = performance.now() - diedAt;
  const stuck = (await settled(bench)) + (end.includes('verified') && !end.includes('unverified') ? 0 : 1);
  const effects = effectsOf(await callsSince(bench, before));
  const { missing, extra } = compareWrites(requested.writes, effects);
  const granted = (await textOf(bench, requested.request)).startsWith('APPROVED') ? 1 : 0;
  const gaps = await auditGaps(bench, before, effects);
  const verdict: Verdict = {
    acked: granted,
    lost: granted === 1 && missing > 0 ? 1 : 0,
    duplicated: extra,
    stuck,
    auditGaps: gaps.length,
    recoveryMs,
    figures: { ...start(bench, diedAt), ...(gaps.length > 0 && { gaps: gaps.join('; ') }), ...(stuck > 0 && { end }) },
  };
  return verdict;
}

/** Waits until the product has died by its own hand; the time of it. */
async function death(bench: Bench, before: number): Promise<number> {
  const { at } = await until('the product to die', async () => bench.product.deaths[before], STUCK_MS);
  return at;
}

/** How much of the recovery was the start of the process itself. */
function start(bench: Bench, diedAt: number): Readonly<Record<string, number>> {
  const readyAt = bench.product.readyAt();
  return readyAt === undefined ? {} : { 'restart ms': Math.round(readyAt - diedAt) };
}
