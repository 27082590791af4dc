import { accountLabel } from '../domain/account.ts';
import type { Approval, Requirement } from '../domain/approval.ts';
import type { Actor } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';
import { sha256 } from '../domain/json.ts';
import type { Plan } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { Settings } from '../domain/settings.ts';
import type { Deps } from '../ports.ts';
import { announce, announceApproval, askToDecide } from './announce.ts';
import { isSettled } from './approve.ts';
import { whomToAsk } from './ask-people.ts';
import { refused } from './close.ts';
import { groupsNow, notConfirmed, unconfirmed } from './membership.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { filled, requirementFor, unfillable, usergroupsOf } from './requirement.ts';
import { whyNot } from './rights.ts';
import { withoutStrangers } from './who-counts.ts';

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
  const no = await whyNot(deps, settings, actor, 'responder');
  // Asked of others before the transaction. The plan of a run never changes, so what it needs is the same inside.
  const needs = no ? undefined : await whatIsNeeded(deps, settings, actor, input.runId);
  const id = newId('REQ');
  const asked = needs?.ok ? await whomToAsk(deps, needs.value, actor.id, id) : [];
  return deps.store.tx(async (tx): Promise<Outcome<Approval>> => {
    if (no) return refused(tx, actor, `run:${input.runId}`, no);
    const run = await tx.runs.lock(input.runId);
    const plan = run?.plan;
    if (!run || !plan || !needs)
      return refuse('no_plan', `There is no plan for ${input.runId}.`, 'Run the step again.');
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
    if (!needs.ok) return needs;
    const requirement = needs.value;
    const approval = await tx.approvals.insert({
      id,
      runId: run.id,
      incidentId: run.incidentId,
      planHash: input.planHash,
      requestedBy: actor.id,
      reason: input.reason.trim(),
      requirement,
      asked,
      ttlSeconds: requirement.ttlMinutes * 60,
    });
    await tx.audit.append({
      event: 'approval.requested',
      actor,
      subject: `approval:${approval.id}`,
      details: detailsOf(run, plan, approval),
    });
    await announceApproval(tx, approval.id);
    for (const person of asked) await askToDecide(tx, person, approval.id, 'asked');
    const incident = await tx.incidents.get(run.incidentId);
    if (incident) await announce(tx, incident);
    return done(approval);
  });
}

/** Who must approve the plan, with those who may now. A refusal when nobody could, or when that cannot be said; undefined without a plan. */
async function whatIsNeeded(
  deps: Deps,
  settings: Settings,
  actor: Actor,
  runId: string,
): Promise<Outcome<Requirement> | undefined> {
  const plan = (await deps.store.read.runs.get(runId))?.plan;
  if (!plan) return undefined;
  const account = settings.accounts.find((one) => one.id === plan.accountId);
  if (!account?.act) {
    return refuse(
      'observe_only',
      `${accountLabel(account, plan.accountId)} is observe-only: plans are shown and nothing is run.`,
      'Deploy the act role there and set act: true in cordon.yaml.',
    );
  }
  const rule = requirementFor(
    settings,
    account,
    plan,
    (await deps.playbooks.current()).get(plan.playbook.id)?.playbook,
  );
  if ('forbiddenBy' in rule) {
    return refuse(
      'forbidden',
      `The policy “${rule.forbiddenBy}” forbids this plan.`,
      'Do it by hand, or change the policy in cordon.yaml.',
    );
  }
  const groups = await groupsNow(deps, usergroupsOf(rule));
  const unknown = unconfirmed(groups, usergroupsOf(rule));
  if (unknown !== undefined) return notConfirmed(unknown);
  const requirement = await withoutStrangers(deps, filled(rule, groups.membership), actor.id);
  const gap = unfillable(requirement, actor.id);
  return gap === undefined
    ? done(requirement)
    : refuse(
        'nobody_may_approve',
        `Nobody could approve this: ${gap}.`,
        'Name more people under people.approvers, in the group, or as the account’s owners.',
      );
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
    asked: [...approval.asked],
  };
}
