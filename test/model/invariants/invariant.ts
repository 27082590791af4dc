import type { Plan } from '../../../src/domain/plan.ts';
import type { Entry, Standing, WorldRecord } from '../world/record.ts';

/** A promise that must hold of the record after every command. `check` gives each break in words. */
export interface Invariant {
  readonly id: string;
  readonly promise: string;
  check(record: WorldRecord): readonly string[];
}

/** The one time that a run passed the door: approved -> executing. */
export function claimOf(record: WorldRecord, runId: string): Entry | undefined {
  return record.entries.find((one) => isClaim(one) && one.id === runId);
}

export function isClaim({ entity, was, is }: Entry): boolean {
  return entity === 'run' && was === 'approved' && is === 'executing';
}

/** The request for that run, as it was made. */
export function requestOf(record: WorldRecord, runId: string): Entry | undefined {
  return record.entries.find((one) => one.entity === 'approval' && one.was === null && one.detail['run'] === runId);
}

export function planOf(record: WorldRecord, runId: string): Plan | undefined {
  const request = requestOf(record, runId);
  return request && record.plans.get(String(request.detail['hash']));
}

/** How old what was looked up before a decision may be when the decision is taken. */
export const EVIDENCE_MS = 5_000;

/** What was in force while the work that committed the entry went on, and not longer ago than evidence may be. */
export function inForce(record: WorldRecord, entry: Entry): readonly Standing[] {
  const from = beganAt(record, entry);
  return record.times.filter((standing, index) => {
    const next = record.times[index + 1];
    const endedBefore =
      next !== undefined && (next.tick < from || (next.tick < entry.tick && next.at < entry.at - EVIDENCE_MS));
    const beginsAfter = standing.tick > entry.tick;
    return !endedBefore && !beginsAfter;
  });
}

/** The command in which the work that committed the entry began. */
export function beganAt(record: WorldRecord, entry: Entry): number {
  const owner = entry.detail['owner'];
  const span = record.spans.findLast((one) => one.process === owner && one.from <= entry.tick && one.to >= entry.tick);
  return span?.from ?? entry.tick;
}

/** The newest entry about one thing, not later than that entry. */
export function stateAt(record: WorldRecord, entity: Entry['entity'], id: string, seq: number): Entry | undefined {
  return record.entries.findLast((one) => one.entity === entity && one.id === id && one.seq <= seq);
}
