import { messageOf } from '../../../src/domain/errors.ts';
import type { Bench } from './bench.ts';
import type { Trial } from './fault.ts';
import { auditGaps, callsSince, compareWrites, effectsOf, type Mark, mark, type Verdict } from './judge.ts';
import { outcome, pressApprove, type Requested, requestIsolation, requestKey, settled, textOf } from './trial.ts';

/** What a fault does to a run: before the approval, and after it. It gives the time from which the recovery counts. */
export interface Disturbance {
  readonly story: 'key' | 'isolation';
  prepare?(): Promise<void>;
  /** The approval has been pressed. Returns the moment of the fault, or of its end. */
  strike(requested: Requested): Promise<number>;
  /** After the outcome was seen: what has to be put back, and figures to tell. */
  after?(): Promise<Readonly<Record<string, number | string>> | undefined>;
}

/** Brings one remediation to its end under a fault, and counts. Undefined when no instance is left to isolate. */
export async function disturbedRun(bench: Bench, trial: Trial, fault: Disturbance): Promise<Verdict | undefined> {
  const requested = fault.story === 'key' ? await requestKey(bench, trial.seed) : await requestIsolation(bench);
  if (!requested) return undefined;
  await settled(bench);
  const before = await mark(bench);
  await fault.prepare?.();
  const pressedAt = performance.now();
  await pressApprove(bench, requested);
  const from = await fault.strike(requested);
  const end = await outcome(bench, requested, pressedAt).catch((error: unknown) => `none: ${messageOf(error)}`);
  const recoveryMs = performance.now() - from;
  const figures = await fault.after?.();
  const stuck = (await settled(bench)) + (end.includes('verified') && !end.includes('unverified') ? 0 : 1);
  const effects = effectsOf(await callsSince(bench, before));
  const { missing, extra } = compareWrites(requested.writes, effects);
  const granted = (await textOf(bench, requested.request)).startsWith('APPROVED') ? 1 : 0;
  const gaps = await auditGaps(bench, before, effects);
  const taken = await takenUpAfter(bench, before, from);
  return {
    acked: granted,
    lost: granted === 1 && missing > 0 ? 1 : 0,
    duplicated: extra,
    stuck,
    auditGaps: gaps.length,
    recoveryMs,
    figures: {
      ...figures,
      ...(taken !== undefined && { 'taken up after ms': taken }),
      ...(gaps.length > 0 && { gaps: gaps.join('; ') }),
      ...(stuck > 0 && { end }),
    },
  };
}

/** The runner makes a new bench for a trial that says so. */
export const NO_INSTANCE = { skipped: 'no instance is left' } as const;

/** From the fault until somebody took the run (up again); undefined when it had not been let go. */
async function takenUpAfter(bench: Bench, before: Mark, from: number): Promise<number | undefined> {
  const rows = await bench.product.audit(before.audit.seq);
  const wall = performance.timeOrigin + from;
  const times = rows
    .filter(({ event }) => event === 'run.claimed' || event === 'run.resumed')
    .map(({ at }) => Date.parse(at));
  const first = times.find((time) => time > wall);
  return first === undefined ? undefined : Math.round(first - wall);
}
