import { type AuditEvent, SYSTEM } from '../domain/audit.ts';
import type { Run, RunState } from '../domain/run.ts';
import type { Repositories } from '../ports.ts';
import { announce, announceRun, tellPerson } from './announce.ts';

/** How a run that was begun can end. */
export type Ending = Extract<RunState, 'verified' | 'unverified' | 'failed' | 'needs-human' | 'stale'>;

const EVENTS: Readonly<Record<Ending, AuditEvent>> = {
  verified: 'run.verified',
  unverified: 'run.unverified',
  failed: 'run.failed',
  'needs-human': 'run.needs-human',
  stale: 'run.stale',
};

/** Ends a run that is ours by its fence, in the caller's transaction, and puts the result where people see it. Does nothing when it is not ours (any more) or has ended. */
export async function endRun(tx: Repositories, run: Run, ending: Ending, why: string | null): Promise<void> {
  const ended = await tx.runs.advance(run.id, run.fence, ending, why);
  if (!ended) return;
  await tx.audit.append({
    event: EVENTS[ending],
    actor: SYSTEM,
    subject: `run:${run.id}`,
    details: { fence: run.fence, kind: run.request.kind },
  });
  if (ending === 'verified') await afterVerified(tx, ended);
  await announceRun(tx, run.id);
  const incident = await tx.incidents.get(run.incidentId);
  if (incident) await announce(tx, incident);
  await tellPerson(tx, run.requestedBy, `${run.id}-${ending}`, { template: 'run-ended', run: run.id, state: ending });
}

/** Only now is the finding told; an undo is linked to what it undid. */
async function afterVerified(tx: Repositories, run: Run): Promise<void> {
  if (run.request.undoes) await tx.runs.setUndoneBy(run.request.undoes, run.id);
  await tx.messages.touch({ key: `writeback:${run.id}`, kind: 'writeback', subjectId: run.id, priority: 4 });
  if (run.request.undoes) await announceRun(tx, run.request.undoes);
}
