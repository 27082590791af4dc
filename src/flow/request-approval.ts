import { accountLabel } from '../domain/account.ts';
import type { Approval } from '../domain/approval.ts';
import type { Actor } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';
import { sha256 } from '../domain/json.ts';
import type { Plan } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { Deps } from '../ports.ts';
import { announce, announceApproval } from './announce.ts';
import { isSettled } from './approve.ts';
import { refused } from './close.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { requirementFor, unfillable } from './requirement.ts';
import { mayRespond } from './rights.ts';

/** Shortest reason that says something. */
const MIN_REASON = 10;

/** The responder has read the plan and asks that it be approved. What is asked for is the plan with this very hash. */
export async function requestApproval(
  deps: Deps,
  actor: Actor,
  input: { readonly runId: string; readonly planHash: string; readonly reason: string },
): Promise<Outcome<Approval>> {
  if (input.reason.trim().length < MIN_REASON) {
    return refuse(
      'reason_too_short',
      'The reason is too short.',
      `Say in at least ${MIN_REASON} characters why this should be done: the approver reads it.`,
    );
  }
  const settings = await deps.settings.current();
  const playbooks = await deps.playbooks.current();
  return deps.store.tx(async (tx): Promise<Outcome<Approval>> => {
    if (!mayRespond(settings, actor)) {
      return refused(
        tx,
        actor,
        `run:${input.runId}`,
        refuse('not_a_responder', 'Only a responder may ask for approval.', 'Responders are listed in cordon.yaml.'),
      );
    }
    const run = await tx.runs.lock(input.runId);
    const plan = run?.plan;
    if (!run || !plan) return refuse('no_plan', `There is no plan for ${input.runId}.`, 'Run the step again.');
    const unusable = whyUnusable(run, input.planHash);
    if (unusable) return unusable;
    if (await isSettled(tx, run))
      return refuse('already_resolved', `${run.incidentId} is resolved.`, 'A recurrence re-opens it.');
    const earlier = await tx.approvals.ofRun(run.id);
    if (earlier) {
      return refuse(
        'already_requested',
        `Approval was asked for already: ${earlier.id} is ${earlier.state}.`,
        'Look at the incident’s thread.',
      );
    }
    const account = settings.accounts.find((one) => one.id === plan.accountId);
    if (!account?.act) {
      return refuse(
        'observe_only',
        `${accountLabel(account, plan.accountId)} is observe-only: plans are shown and nothing is run.`,
        'Deploy the act role there and set act: true in cordon.yaml.',
      );
    }
    const requirement = requirementFor(settings, account, plan, playbooks.get(plan.playbook.id)?.playbook);
    if ('forbiddenBy' in requirement) {
      return refuse(
        'forbidden',
        `The policy “${requirement.forbiddenBy}” forbids this plan.`,
        'Do it by hand, or change the policy in cordon.yaml.',
      );
    }
    const gap = unfillable(requirement, actor.id);
    if (gap)
      return refuse(
        'nobody_may_approve',
        `Nobody could approve this: ${gap}.`,
        'Name more people under people.approvers or the account’s owners in cordon.yaml.',
      );
    const approval = await tx.approvals.insert({
      id: newId('REQ'),
      runId: run.id,
      incidentId: run.incidentId,
      planHash: input.planHash,
      requestedBy: actor.id,
      reason: input.reason.trim(),
      requirement,
      ttlSeconds: requirement.ttlMinutes * 60,
    });
    await tx.audit.append({
      event: 'approval.requested',
      actor,
      subject: `approval:${approval.id}`,
      details: detailsOf(run, plan, approval),
    });
    await announceApproval(tx, approval.id);
    const incident = await tx.incidents.get(run.incidentId);
    if (incident) await announce(tx, incident);
    return done(approval);
  });
}

function whyUnusable(run: Run, hash: string): Extract<Outcome<never>, { ok: false }> | undefined {
  if (run.state !== 'planned')
    return refuse('not_planned', `${run.id} is ${run.state}.`, 'Look at the incident’s thread, or run the step again.');
  if (run.planHash !== hash)
    return refuse(
      'plan_changed',
      'The plan has changed since you read it.',
      'Run the step again and read the new plan.',
    );
  return undefined;
}

function detailsOf(run: Run, plan: Plan, approval: Approval) {
  return {
    run: run.id,
    hash: approval.planHash,
    action: plan.action.id,
    kind: plan.kind,
    because: approval.requirement.because,
    reasonSha256: sha256(approval.reason),
    people: approval.requirement.people,
  };
}
