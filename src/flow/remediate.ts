import { type AuditEvent, SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Run, RunState } from '../domain/run.ts';
import type { Deps, Repositories } from '../ports.ts';
import { announce, announceRun, tellPerson } from './announce.ts';
import { claim } from './claim.ts';
import { type Execution, execute } from './execute.ts';
import { withLease } from './lease.ts';
import { verify } from './verify.ts';

/** How often a begun run is taken up before it is left to a person. */
const MAX_ATTEMPTS = 10;

type Ending = Extract<RunState, 'verified' | 'unverified' | 'failed' | 'needs-human' | 'stale'>;
const EVENTS: Readonly<Record<Ending, AuditEvent>> = {
  verified: 'run.verified',
  unverified: 'run.unverified',
  failed: 'run.failed',
  'needs-human': 'run.needs-human',
  stale: 'run.stale',
};

/** Claims an approved run, runs its steps, verifies by reading again and puts the result where people see it. Safe to call any number of times. */
export async function remediate(deps: Deps, runId: string): Promise<void> {
  const claimed = await claim(deps, runId);
  if (claimed.claim !== 'mine') {
    deps.log.info({ runId, claim: claimed.claim, why: claimed.why }, 'run not taken');
    return;
  }
  const { run } = claimed;
  if (!run.plan) throw new Error(`run ${run.id} was claimed without a plan`);
  const { plan } = run;
  await withLease(deps, run, () => carryOutOrGiveUp(deps, run, plan));
}

/** A run is taken up again after a failure that may pass, but not for ever: no row stays in between without an end. */
async function carryOutOrGiveUp(deps: Deps, run: Run, plan: Plan): Promise<void> {
  try {
    await carryOut(deps, run, plan);
  } catch (error) {
    if (run.attempt < MAX_ATTEMPTS) throw error;
    await finish(deps, run, 'needs-human', `it could not be finished after ${run.attempt} tries: ${messageOf(error)}`);
  }
}

async function carryOut(deps: Deps, run: Run, plan: Plan): Promise<void> {
  const execution = await execute(deps, run, plan);
  if (execution.end === 'lost') return;
  if (execution.end !== 'applied') {
    await finish(deps, run, endingOf(execution.end), execution.why);
    return;
  }
  await deps.store.tx(async (tx) => {
    if (await tx.runs.advance(run.id, run.fence, 'verifying', null)) {
      await tx.audit.append({
        event: 'run.verifying',
        actor: SYSTEM,
        subject: `run:${run.id}`,
        details: { fence: run.fence },
      });
      await announceRun(tx, run.id);
    }
  });
  const verdict = await verify(deps, plan, execution.outputs);
  await finish(deps, run, verdict.ok ? 'verified' : 'unverified', verdict.ok ? null : verdict.why);
}

/** What AWS accepted but does not show is "changed, unverified": neither success nor failure is claimed. */
function endingOf(end: Exclude<Execution['end'], 'applied' | 'lost'>): Ending {
  return end === 'unseen' ? 'unverified' : end;
}

async function finish(deps: Deps, run: Run, ending: Ending, why: string | null): Promise<void> {
  await deps.store.tx(async (tx) => {
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
  });
}

/** Only now is the finding told; an undo is linked to what it undid. */
async function afterVerified(tx: Repositories, run: Run): Promise<void> {
  if (run.request.undoes) await tx.runs.setUndoneBy(run.request.undoes, run.id);
  await tx.messages.touch({ key: `writeback:${run.id}`, kind: 'writeback', subjectId: run.id, priority: 4 });
  if (run.request.undoes) await announceRun(tx, run.request.undoes);
}
