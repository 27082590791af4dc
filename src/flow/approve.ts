import { accountLabel } from '../domain/account.ts';
import type { Approval, ApprovalState, Requirement } from '../domain/approval.ts';
import { type Actor, type AuditEvent, SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import { sha256 } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import type { Settings } from '../domain/settings.ts';
import type { Deps, PlaybookSet, Repositories } from '../ports.ts';
import { announce, announceApproval, announceRun, tellPerson } from './announce.ts';
import { groupsNow, notConfirmed, unconfirmed } from './membership.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { filled, mayFill, requirementFor, tally, usergroupsOf } from './requirement.ts';

export interface VoteInput {
  readonly approvalId: string;
  /** The hash of the plan that the voter has read. */
  readonly planHash: string;
  readonly decision: 'approve' | 'deny';
  readonly reason: string;
}
export interface Voted {
  readonly approval: Approval;
  readonly outcome: 'counted' | 'granted' | 'denied';
}

/**
 * One person's decision. Everything is read again under the request's row lock: the state, the expiry by the database's clock, the hash, and who may decide
 * by cordon.yaml now. One denial ends it; when enough distinct people have approved, the run is woken. Every refusal is on record.
 */
export async function vote(deps: Deps, actor: Actor, input: VoteInput): Promise<Outcome<Voted>> {
  const known = await whoIs(deps, actor);
  const settings = await deps.settings.current();
  const playbooks = await deps.playbooks.current();
  const groups = await groupsNow(deps, await groupsThatMatter(deps, settings, playbooks, input.approvalId));
  return deps.store.tx(async (tx): Promise<Outcome<Voted>> => {
    const approval = await tx.approvals.lock(input.approvalId);
    if (!approval)
      return refuse('no_such_request', `There is no request ${input.approvalId}.`, 'See `/cordon approvals`.');
    const no = (code: string, message: string, hint: string) => refuseVote(tx, actor, approval, code, message, hint);
    if (known !== null)
      return no(
        'not_known',
        known,
        'Decisions are taken only by people whom Slack confirms as full members of this organisation.',
      );
    if (approval.state !== 'pending') return no('already_decided', await decidedWords(tx, approval), 'Nothing to do.');
    if ((await tx.now()) >= approval.expiresAt) {
      await end(tx, approval, 'expired', 'approval.expired', SYSTEM, 'the time to decide is over');
      return no('expired', `${approval.id} has expired: nothing was run.`, 'The responder may ask again.');
    }
    if (approval.planHash !== input.planHash)
      return no('plan_changed', 'This is not the plan that you have read.', 'Open Review again.');
    if (actor.id === approval.requestedBy)
      return no(
        'own_request',
        'You asked for this yourself, so somebody else must decide.',
        'That holds for everybody, also for administrators.',
      );
    const run = await tx.runs.lock(approval.runId);
    if (!run?.plan) return no('no_plan', `The plan of ${approval.id} is gone.`, 'Run the step again.');
    if (await isSettled(tx, run))
      return no('already_resolved', `${run.incidentId} is resolved.`, 'Nothing is run; a recurrence re-opens it.');
    const rule = currentRequirement(settings, run, playbooks.get(run.plan.playbook.id)?.playbook);
    if ('forbiddenBy' in rule)
      return no(
        'forbidden',
        `The policy “${rule.forbiddenBy}” forbids this plan now.`,
        'Change the policy, or do it by hand.',
      );
    const requirement = filled(rule, groups.membership);
    const unknown = unconfirmed(groups, usergroupsOf(rule));
    // Somebody whom the file names by id may always say no: nothing runs by a denial.
    if (unknown !== undefined && !(input.decision === 'deny' && mayFill(rule, actor.id))) {
      const { code, message, hint } = notConfirmed(unknown).refusal;
      return no(code, message, hint);
    }
    if (!mayFill(requirement, actor.id))
      return no(
        'not_entitled',
        whoMay(requirement, settings, run),
        'Approvers and owners are named in cordon.yaml; being in the channel grants nothing.',
      );
    const voted = await tx.votes.insert({
      approvalId: approval.id,
      personId: actor.id,
      decision: input.decision,
      reason: input.reason,
      planHash: input.planHash,
      via: actor.kind === 'slack' ? 'slack' : 'cli',
    });
    if (!voted)
      return no(
        'already_voted',
        `You have voted on ${approval.id} already.`,
        'A vote cannot be changed; any approver may still deny while it is pending.',
      );
    await tx.audit.append({
      event: 'approval.voted',
      actor,
      subject: `approval:${approval.id}`,
      details: { decision: input.decision, hash: input.planHash, reasonSha256: sha256(input.reason) },
    });
    if (input.decision === 'deny') {
      const denied = await end(tx, approval, 'denied', 'approval.denied', actor, input.reason);
      return done({ approval: denied, outcome: 'denied' });
    }
    return count(tx, approval, run, requirement);
  });
}

async function count(
  tx: Repositories,
  approval: Approval,
  run: Run,
  requirement: Requirement,
): Promise<Outcome<Voted>> {
  const result = tally(requirement, await tx.votes.ofApproval(approval.id), approval.requestedBy);
  await announceApproval(tx, approval.id);
  if (!result.satisfied) return done({ approval, outcome: 'counted' });
  const granted = await tx.approvals.setState(approval.id, ['pending'], 'approved', null);
  const woken = await tx.runs.setState(run.id, ['planned'], 'approved', null);
  if (!granted || !woken) throw new Error(`approval ${approval.id} or run ${run.id} changed under its own lock`);
  await tx.audit.append({
    event: 'approval.granted',
    actor: SYSTEM,
    subject: `approval:${approval.id}`,
    details: { run: run.id, hash: approval.planHash, people: result.people.have },
  });
  await tx.outbox.add({ topic: 'remediate', dedup: `remediate.${run.id}.v1`, subjectId: run.id });
  await announceRun(tx, run.id);
  return done({ approval: granted, outcome: 'granted' });
}

/** True when the incident of a forward run is resolved (or gone): there is nothing left to do. An undo may still be wanted. */
export async function isSettled(tx: Repositories, run: Run): Promise<boolean> {
  if (run.request.kind === 'rollback') return false;
  const incident = await tx.incidents.get(run.incidentId);
  return incident === undefined || incident.state === 'resolved';
}

/** The user groups that the vote hangs on. Plan and request do not change while it is open, so what is read here is what the transaction finds. */
async function groupsThatMatter(
  deps: Deps,
  settings: Settings,
  playbooks: PlaybookSet,
  approvalId: string,
): Promise<readonly string[]> {
  const approval = await deps.store.read.approvals.get(approvalId);
  const run = approval?.state === 'pending' ? await deps.store.read.runs.get(approval.runId) : undefined;
  if (!run?.plan) return [];
  const rule = currentRequirement(settings, run, playbooks.get(run.plan.playbook.id)?.playbook);
  return 'forbiddenBy' in rule ? [] : usergroupsOf(rule);
}

/** Null when the person is who they should be; otherwise why not. A look-up that fails denies. */
async function whoIs(deps: Deps, actor: Actor): Promise<string | null> {
  if (actor.kind !== 'slack') return null;
  try {
    const person = await deps.people.lookUp(actor.id);
    return person.ok ? null : `Your Slack account may not decide here (${person.why}).`;
  } catch (error) {
    deps.log.warn(
      { personId: actor.id, err: messageOf(error) },
      'a person could not be looked up; their vote is refused',
    );
    return 'Slack did not confirm who you are just now, so the vote was not taken. Try again in a moment.';
  }
}

/** What cordon.yaml and the playbook ask for now, without the members of Slack user groups (see `filled`); an account that is gone from the file can be approved by nobody. */
export function currentRequirement(
  settings: Settings,
  run: Run,
  playbook: Parameters<typeof requirementFor>[3],
): Requirement | { readonly forbiddenBy: string } {
  const plan = run.plan;
  const account = plan && settings.accounts.find((one) => one.id === plan.accountId);
  if (!plan || !account?.act) return { forbiddenBy: 'the account is not listed, or is observe-only' };
  return requirementFor(settings, account, plan, playbook);
}

function whoMay(requirement: Requirement, settings: Settings, run: Run): string {
  const account = settings.accounts.find((one) => one.id === run.plan?.accountId);
  const needed = requirement.slots.map((slot) => `${slot.n} × ${slot.label}`).join(' and ');
  return `You may not decide on changes in ${accountLabel(account, run.plan?.accountId ?? '')}: it needs ${needed}.`;
}

async function refuseVote(
  tx: Repositories,
  actor: Actor,
  approval: Approval,
  code: string,
  message: string,
  hint: string,
) {
  await tx.audit.append({ event: 'approval.refused', actor, subject: `approval:${approval.id}`, details: { code } });
  return refuse(code, message, hint);
}

async function decidedWords(tx: Repositories, approval: Approval): Promise<string> {
  const last = (await tx.votes.ofApproval(approval.id)).at(-1);
  const at = (approval.decidedAt ?? approval.createdAt).slice(11, 16);
  return `${approval.id} was decided already: ${approval.state} at ${at} UTC${last ? `, last vote by ${last.personId}` : ''}.`;
}

/** Ends a request that was not granted (or not used); its run is over, nothing was sent. */
export async function end(
  tx: Repositories,
  approval: Approval,
  state: Extract<ApprovalState, 'denied' | 'expired' | 'stale'>,
  event: AuditEvent,
  actor: Actor,
  why: string,
): Promise<Approval> {
  const ended = await tx.approvals.setState(approval.id, ['pending', 'approved'], state, why);
  if (!ended) return approval;
  await tx.audit.append({ event, actor, subject: `approval:${approval.id}`, details: { run: approval.runId } });
  const run = await tx.runs.setState(
    approval.runId,
    ['planned', 'approved'],
    state === 'stale' ? 'stale' : 'cancelled',
    `${state}: ${why}`,
  );
  if (run) {
    await tx.audit.append({
      event: state === 'stale' ? 'run.stale' : 'plan.cancelled',
      actor,
      subject: `run:${run.id}`,
      details: { because: state },
    });
    if (approval.state === 'approved') await announceRun(tx, run.id);
  }
  await announceApproval(tx, approval.id);
  const incident = await tx.incidents.get(approval.incidentId);
  if (incident) await announce(tx, incident);
  await tellPerson(tx, approval.requestedBy, `${approval.id}-${state}`, {
    template: 'request-ended',
    approval: approval.id,
    state,
  });
  return ended;
}
