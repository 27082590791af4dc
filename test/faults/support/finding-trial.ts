import { until } from '../../support/poll.ts';
import type { Bench } from './bench.ts';
import { auditGaps, callsSince, deletedOf, effectsOf, mark, type Verdict } from './judge.ts';
import { cardsOf, findingAbout, injectAll, queue, STUCK_MS, settled, shown } from './trial.ts';

/** Findings that come while something is broken. */
export interface Disturbed {
  /** One incident each. */
  readonly instances: readonly string[];
  /** Different findings about each instance; they belong to one incident. */
  readonly findingsEach?: number;
  /** How often each message is in the queue. */
  readonly copies?: number;
  prepare?(): Promise<void>;
  /** The findings are in the queue. Returns the moment of the fault, or of its end. */
  strike(): Promise<number>;
  readonly recoveredWhen?: 'shown' | 'settled';
  /** How long it may take until nothing is left to do. */
  readonly settleMs?: number;
  after?(): Promise<Readonly<Record<string, number | string>> | undefined>;
}

/** Sends findings under a fault, waits until each has its card, and counts. */
export async function disturbedFindings(bench: Bench, fault: Disturbed): Promise<Verdict> {
  const { instances, copies = 1, findingsEach = 1 } = fault;
  const before = await mark(bench);
  await fault.prepare?.();
  const bodies = Array.from({ length: findingsEach }, () => instances.map((one) => findingAbout(one))).flat();
  for (let copy = 0; copy < copies; copy += 1) await injectAll(bench, bodies);
  const from = await fault.strike();
  const allShown = async (): Promise<boolean> => {
    const texts = (await shown(bench)).map(({ text }) => text).join('\n');
    return instances.every((instance) => texts.includes(instance));
  };
  await until('every card', allShown, fault.settleMs ?? STUCK_MS).catch(() => undefined);
  const shownAt = performance.now();
  const figures = await fault.after?.();
  const stuck = await settled(bench, fault.settleMs);
  const recoveryMs = (fault.recoveredWhen === 'settled' ? performance.now() : shownAt) - from;
  const all = await cardsOf(bench);
  const cards = instances.map((instance) => all.filter(({ text }) => text.includes(instance)));
  const repeated = cards.flat().filter(({ text }) => text.includes('Possibly repeated')).length;
  const twice = cards.reduce((sum, own) => sum + Math.max(0, own.length - 1), 0);
  const calls = await callsSince(bench, before);
  const { dead } = await queue(bench);
  const rows = await bench.product.audit(before.audit.seq);
  const received = rows.filter(
    ({ event, details }) => event === 'delivery.received' && details['transport'] === 'sqs',
  ).length;
  const gaps = await auditGaps(bench, before, effectsOf(calls));
  return {
    acked: deletedOf(calls),
    lost: cards.filter((own) => own.length === 0).length + dead.filter((one) => bodies.includes(one)).length,
    duplicated: twice - repeated,
    stuck,
    auditGaps: gaps.length + Math.abs(bodies.length - received),
    recoveryMs,
    figures: {
      ...figures,
      ...(repeated > 0 && { 'notices repeated and marked': repeated }),
      ...(gaps.length > 0 && { gaps: gaps.join('; ') }),
    },
  };
}
