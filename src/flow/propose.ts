import { type Actor, SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { isRefusal, type Plan, planHash, type Refusal } from '../domain/plan.ts';
import type { PlanRequest, Run } from '../domain/run.ts';
import type { Deps, Repositories } from '../ports.ts';
import { announce, announcePlan } from './announce.ts';
import { refused } from './close.ts';
import { makePlan } from './make-plan.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { whyNot } from './rights.ts';

/** A responder wants to see what a step would do: makes the run that keeps its id to the end, and wakes planning. */
export async function requestPlan(
  deps: Deps,
  actor: Actor,
  input: {
    readonly incidentId: string;
    readonly stepId: string;
    readonly findingKey: string;
    readonly viewId: string | null;
  },
): Promise<Outcome<Run>> {
  const request: PlanRequest = {
    kind: 'forward',
    incidentId: input.incidentId,
    stepId: input.stepId,
    findingKey: input.findingKey,
  };
  return insertRun(deps, actor, request, input.viewId);
}

/** A responder wants a run undone: planned from what the run recorded and what AWS shows now, then approved like any plan. */
export async function requestRollback(
  deps: Deps,
  actor: Actor,
  input: { readonly runId: string; readonly viewId: string | null },
): Promise<Outcome<Run>> {
  const run = await deps.store.read.runs.get(input.runId);
  if (!run?.plan)
    return refuse(
      'no_such_run',
      `There is no run ${input.runId} that could be undone.`,
      'See `/cordon show` of its incident.',
    );
  if (!['verified', 'unverified', 'failed', 'needs-human'].includes(run.state) || run.request.kind === 'rollback') {
    return refuse(
      'not_undoable',
      `${run.id} is ${run.state}; only a forward run that has ended can be undone.`,
      'Wait for its end.',
    );
  }
  if (run.undoneBy !== null)
    return refuse('already_undone', `${run.id} was undone by ${run.undoneBy}.`, 'Nothing to do.');
  const siblings = await deps.store.read.runs.ofIncident(run.incidentId);
  const under = siblings.find(
    (one) => one.request.undoes === run.id && ['approved', 'executing', 'verifying'].includes(one.state),
  );
  if (under) return refuse('undo_in_progress', `${under.id} is undoing it right now.`, 'Wait for its end.');
  return insertRun(deps, actor, { ...run.request, kind: 'rollback', undoes: run.id }, input.viewId);
}

async function insertRun(deps: Deps, actor: Actor, request: PlanRequest, viewId: string | null): Promise<Outcome<Run>> {
  const no = await whyNot(deps, await deps.settings.current(), actor, 'responder');
  return deps.store.tx(async (tx) => {
    if (no) return refused(tx, actor, `incident:${request.incidentId}`, no);
    const incident = await tx.incidents.get(request.incidentId);
    if (!incident)
      return refuse('no_such_incident', `There is no incident ${request.incidentId}.`, 'See `/cordon list`.');
    if (incident.state === 'resolved' && request.kind === 'forward') {
      return refuse('already_resolved', `${incident.id} is resolved.`, 'A recurrence re-opens it.');
    }
    const run = await tx.runs.insert({ id: newId('RUN'), request, requestedBy: actor.id, viewId });
    await tx.outbox.add({ topic: 'propose', dedup: `propose.${run.id}.v1`, subjectId: run.id });
    await tx.audit.append({
      event: 'plan.requested',
      actor,
      subject: `run:${run.id}`,
      details: {
        incident: incident.id,
        step: request.stepId,
        kind: request.kind,
        ...(request.undoes && { undoes: request.undoes }),
      },
    });
    return done(run);
  });
}

/** Remembers which modal waits for the plan; opened after the run was made, or the other way round. */
export async function attachView(deps: Pick<Deps, 'store'>, runId: string, viewId: string): Promise<void> {
  await deps.store.tx(async (tx) => {
    await tx.runs.setViewId(runId, viewId);
    const run = await tx.runs.get(runId);
    if (run && run.state !== 'planning') await announcePlan(tx, runId);
  });
}

/** Makes the plan of a run with a read session and shows it; a refusal is shown with its reason and what to do. */
export async function propose(deps: Deps, runId: string): Promise<void> {
  const run = await deps.store.read.runs.get(runId);
  if (run?.state !== 'planning') return;
  const made = await makePlanOrRefuse(deps, run);
  await deps.store.tx(async (tx) => {
    if (isRefusal(made)) await recordRefusal(tx, run, made);
    else await recordPlan(tx, run, made);
    await announcePlan(tx, run.id);
  });
}

async function makePlanOrRefuse(deps: Deps, run: Run): Promise<Plan | Refusal> {
  try {
    return await makePlan(deps, run);
  } catch (error) {
    deps.log.warn({ runId: run.id, err: messageOf(error) }, 'planning failed');
    const hint =
      error instanceof Error && 'hint' in error && typeof error.hint === 'string'
        ? error.hint
        : 'Press the step again.';
    return { refused: 'not-found', why: `The live state could not be read: ${messageOf(error)}`, hint };
  }
}

async function recordPlan(tx: Repositories, run: Run, plan: Plan): Promise<void> {
  const hash = planHash(plan);
  if (!(await tx.runs.setPlan(run.id, plan, hash))) return;
  await tx.audit.append({
    event: 'plan.made',
    actor: SYSTEM,
    subject: `run:${run.id}`,
    details: {
      hash,
      action: plan.action.id,
      account: plan.accountId,
      region: plan.region,
      target: plan.target.arn,
      steps: plan.steps.length,
      risk: plan.risk,
    },
  });
}

async function recordRefusal(tx: Repositories, run: Run, refusal: Refusal): Promise<void> {
  if (!(await tx.runs.setState(run.id, ['planning'], 'refused', `${refusal.why} ${refusal.hint}`))) return;
  await tx.audit.append({
    event: 'plan.refused',
    actor: SYSTEM,
    subject: `run:${run.id}`,
    details: { code: refusal.refused },
  });
  const incident = await tx.incidents.get(run.incidentId);
  if (incident) await announce(tx, incident);
}
