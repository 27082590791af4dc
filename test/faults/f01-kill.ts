import type { Bench } from './support/bench.ts';
import { defineFault, type Result, type Trial } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { checkpointGaps, type Verdict } from './support/judge.ts';
import type { NewOrder, Place } from './support/orders.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { death, passVisibility, restart, someInstance } from './support/trial.ts';

interface Point {
  readonly name: string;
  readonly story: 'finding' | 'finding twice' | 'findings' | 'key' | 'isolation';
  /** Where it dies; the seed picks one, and the how many-th step in an isolation. */
  readonly at: readonly { readonly place: Place; readonly when: 'before' | 'after' }[];
}

function around(place: Place): Point['at'] {
  return [
    { place, when: 'before' },
    { place, when: 'after' },
  ];
}

/** The sixteen places of the matrix. */
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
  {
    name: 'audit checkpoint',
    story: 'findings',
    at: [...around('checkpoint.signed'), { place: 'checkpoint.put', when: 'after' }],
  },
];
const STEPS_OF_ISOLATION = 9;

export default defineFault({
  id: 'F1',
  title: 'kill -9 at 16 places',
  engines: ['pglite', 'redis'],
  short: { pglite: 1, redis: 1 },
  // Each place once, on one engine or the other.
  inShort: ({ name }, engine) =>
    (POINTS.findIndex((point) => name.startsWith(`${point.name} `)) % 2 === 0) === (engine === 'pglite'),
  seeds: 25,
  trials: (seeds) =>
    POINTS.flatMap(({ name }) => Array.from({ length: seeds }, (_, seed) => ({ name: `${name} ${seed + 1}`, seed }))),
  async run(bench, trial) {
    const point = POINTS.find(({ name }) => trial.name.startsWith(`${name} `));
    const at = point?.at[trial.seed % point.at.length];
    if (!point || !at) throw new Error(`there is no place for ${trial.name}`);
    const nth = point.story === 'isolation' ? 1 + (Math.floor(trial.seed / point.at.length) % STEPS_OF_ISOLATION) : 1;
    const order = { ask: 'strike', ...at, nth, how: 'SIGKILL' } as const;
    if (point.story === 'key' || point.story === 'isolation') return killedOnRun(bench, order, point.story, trial);
    const verdict = await killedOnFindings(bench, order, point.story);
    return { ...verdict, auditGaps: verdict.auditGaps + (await checkpointGaps(bench)) };
  },
});

type Order = Extract<NewOrder, { ask: 'strike' }>;

/** Enough findings that a checkpoint is due. */
const SOME = 8;

async function killedOnFindings(bench: Bench, order: Order, story: Point['story']): Promise<Verdict> {
  const deaths = bench.product.deaths.length;
  let diedAt = 0;
  return disturbedFindings(bench, {
    instances: Array.from({ length: story === 'findings' ? SOME : 1 }, someInstance),
    copies: story === 'finding twice' ? 2 : 1,
    prepare: async () => void (await bench.product.tell(order)),
    async strike() {
      diedAt = await death(bench, deaths);
      await passVisibility(bench);
      return diedAt;
    },
    // A card that was there before the death says nothing about the recovery: then it is over when nothing is left to do.
    recoveredWhen: order.place === 'message.placed' ? 'settled' : 'shown',
    after: async () => restart(bench, diedAt),
  });
}

async function killedOnRun(bench: Bench, order: Order, story: 'key' | 'isolation', trial: Trial): Promise<Result> {
  const deaths = bench.product.deaths.length;
  let diedAt = 0;
  const verdict = await disturbedRun(bench, trial, {
    story,
    prepare: async () => void (await bench.product.tell(order)),
    async strike() {
      diedAt = await death(bench, deaths);
      return diedAt;
    },
    after: async () => restart(bench, diedAt),
  });
  return verdict ?? NO_INSTANCE;
}
