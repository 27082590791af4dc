import type { Account } from '../domain/account.ts';
import type { Approval } from '../domain/approval.ts';
import { messageOf } from '../domain/errors.ts';
import { knownAccount, type Settings } from '../domain/settings.ts';
import { filled, usergroupsOf } from '../flow/requirement.ts';
import type { ApprovalView } from './cards/approval.ts';
import type { IncidentView } from './cards/incident.ts';
import type { RunView } from './cards/run.ts';
import type { SlackDeps } from './deps.ts';
import type { PlanView } from './modals/plan.ts';

/** Reads what a card or a modal shows. Undefined when the thing is not there. All throw CordonError when cordon.yaml cannot be read. */
type Loads = Pick<SlackDeps, 'store' | 'settings' | 'api' | 'people' | 'log'>;

/** To be shown, also when it is left out; what may be done is decided elsewhere. */
export function accountOf(settings: Settings, accountId: string): Account | undefined {
  return knownAccount(settings, accountId);
}

export async function loadIncident(deps: Loads, incidentId: string, rev: number): Promise<IncidentView | undefined> {
  const { read } = deps.store;
  const incident = await read.incidents.get(incidentId);
  if (incident === undefined) return undefined;
  const settings = await deps.settings.current();
  const stored = await read.findings.ofIncident(incidentId);
  return {
    incident,
    account: accountOf(settings, incident.accountId),
    findings: stored.map((row) => row.finding),
    steps: await deps.api.stepsOf(incident),
    runs: await read.runs.ofIncident(incidentId),
    rev,
  };
}

export async function loadApproval(deps: Loads, approvalId: string, rev: number): Promise<ApprovalView | undefined> {
  const { read } = deps.store;
  const stored = await read.approvals.get(approvalId);
  if (stored === undefined) return undefined;
  const approval = await withThoseWhoMayNow(deps, stored);
  const run = await read.runs.get(approval.runId);
  const incident = await read.incidents.get(approval.incidentId);
  if (run?.plan == null || incident === undefined) return undefined;
  const settings = await deps.settings.current();
  const votes = await read.votes.ofApproval(approvalId);
  const people = [approval.requestedBy, ...votes.map(({ personId }) => personId), ...approval.asked];
  return {
    approval,
    plan: run.plan,
    incident,
    account: accountOf(settings, run.plan.accountId),
    votes,
    names: await deps.people.names(people),
    rev,
  };
}

/** An open request with those who may decide on it now, as far as user groups take part and Slack has been asked within the last minute. */
async function withThoseWhoMayNow({ people, log }: Loads, approval: Approval): Promise<Approval> {
  if (approval.state !== 'pending' || usergroupsOf(approval.requirement).length === 0) return approval;
  try {
    return { ...approval, requirement: filled(approval.requirement, await people.usergroups('recent')) };
  } catch (error) {
    log.warn(
      { approval: approval.id, err: messageOf(error) },
      'a request shows the user groups as they were when it was made',
    );
    return approval;
  }
}

export async function loadRun(deps: Loads, runId: string, rev: number): Promise<RunView | undefined> {
  const { read } = deps.store;
  const run = await read.runs.get(runId);
  if (run?.plan == null) return undefined;
  const settings = await deps.settings.current();
  const incident = await read.incidents.get(run.incidentId);
  const approval = await read.approvals.ofRun(runId);
  const votes = approval === undefined ? [] : await read.votes.ofApproval(approval.id);
  return {
    run,
    plan: run.plan,
    journal: await read.journal.ofRun(runId),
    approval,
    votes,
    names: await deps.people.names([run.requestedBy, ...votes.map(({ personId }) => personId)]),
    account: accountOf(settings, run.plan.accountId),
    sample: incident?.sample ?? false,
    rev,
  };
}

export async function loadPlan(deps: Loads, runId: string): Promise<PlanView | undefined> {
  const run = await deps.store.read.runs.get(runId);
  if (run === undefined) return undefined;
  const incident = await deps.store.read.incidents.get(run.incidentId);
  if (incident === undefined) return undefined;
  const settings = await deps.settings.current();
  return { run, account: accountOf(settings, incident.accountId), sample: incident.sample };
}
