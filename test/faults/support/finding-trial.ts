import { until } from '../../support/poll.ts';
import type { Bench } from './bench.ts';
import { auditGaps, callsSince, deletedOf, effectsOf, mark, type Verdict } from './judge.ts';
import { cardsOf, findingAbout, inject, queue, STUCK_MS, settled, shown } from './trial.ts';

/** Findings that come while something is broken. */
export interface Disturbed {
  /** One incident each. */
  readonly instances: readonly string[];
  /** How often each message is in the queue. */
  readonly copies?: number;
  prepare?(): Promise<void>;
  /** The findings are in the queue. Returns the moment of the fault, or of its end. */
  strike(): Promise<number>;
  readonly recoveredWhen?: 'shown' | 'settled';
  after?(): Promise<Readonly<Record<string, number | string>> | undefined>;
}

/** Sends findings under a fault, waits until each has its card, and counts. */
export async function disturbedFindings(bench: Bench, fault: Disturbed): Promise<Verdict> {
  const { instances, copies = 1 } = fault;
  const before = await mark(bench);
  await fault.prepare?.();
  const bodies = instances.map((instance) => findingAbout(instance));
  for (let copy = 0; copy < copies; copy += 1) for (const body of bodies) await inject(bench, body);
  const from = await fault.strike();
  const allShown = async (): Promise<boolean> => {
    const texts = (await shown(bench)).map(({ text }) => text).join('\n');
    return instances.every((instance) => texts.includes(instance));
  };
  await until('every card', allShown, STUCK_MS).catch(() => undefined);
  const shownAt = performance.now();
  const figures = await fault.after?.();
  const stuck = await settled(bench);
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
    auditGaps: gaps.length + Math.abs(instances.length - received),
    recoveryMs,
    figures: {
      ...figures,
      ...(repeated > 0 && { 'notices repeated and marked': repeated }),
      ...(gaps.length > 0 && { gaps: gaps.join('; ') }),
    },
  };
}
