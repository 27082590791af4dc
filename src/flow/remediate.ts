import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { Deps } from '../ports.ts';
import { announceRun } from './announce.ts';
import { claim } from './claim.ts';
import { type Ending, endRun } from './end-run.ts';
import { type Execution, execute } from './execute.ts';
import { withLease } from './lease.ts';
import { verify } from './verify.ts';

/** How often a begun run is taken up before it is left to a person. */
const MAX_ATTEMPTS = 10;

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
  await deps.store.tx((tx) => endRun(tx, run, ending, why));
}
