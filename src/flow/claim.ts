import { type Approval, sameRule } from '../domain/approval.ts';
import { SYSTEM } from '../domain/audit.ts';
import { clocksApart } from '../domain/clocks.ts';
import { sameJson } from '../domain/json.ts';
import { isIn } from '../domain/people.ts';
import { isRefusal, type Plan, planHash } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { Deps, KnownEnd, Repositories } from '../ports.ts';
import { announce, announceRun } from './announce.ts';
import { currentRequirement, end, isSettled } from './approve.ts';
import { overCap } from './caps.ts';
import { endRun } from './end-run.ts';
import { makePlan } from './make-plan.ts';
import { type GroupsNow, groupsNow, unconfirmed } from './membership.ts';
import { filled, mayFill, tally, usergroupsOf } from './requirement.ts';
import { assertNotRestored, whyRestored } from './restore.ts';
import { clauseOfRole } from './rights.ts';

/** What Slack said of people counts for so long (monotonic clock): a process that was stopped between asking and claiming must ask again. What AWS said, each step asks again. */
const EVIDENCE_MS = 5_000;

/** `mine`: this process holds the run. `held`: not now, the sweeper asks again. `over`: there is nothing (more) to do. */
export type Claim =
  | { readonly claim: 'mine'; readonly run: Run }
  | { readonly claim: 'held' | 'over'; readonly why: string };

/**
 * The one door to a change in AWS. A run passes once: in one transaction the approval, its quorum by today's cordon.yaml, the expiry by the database's clock, the
 * stop switch and the plan's hash are checked, the approval is consumed and the fence raised. What cannot be looked up closes the door.
 */
export async function claim(deps: Deps, runId: string): Promise<Claim> {
  const run = await deps.store.read.runs.get(runId);
  if (!run?.plan) return { claim: 'over', why: 'no such run' };
  // AWS would refuse what this process signs, and the approval would be used up for nothing. Another process, or this one with a right clock, takes the run.
  const apart = clocksApart(Date.now(), await deps.store.read.now());
  if (apart !== undefined) return { claim: 'held', why: `the clock of this process is ${apart} s off the database's` };
  const restored = await whyRestored(deps);
  if (run.state === 'executing' || run.state === 'verifying')
    return restored === undefined ? takeOver(deps, run) : { claim: 'held', why: restored };
  if (run.state !== 'approved') return { claim: 'over', why: `the run is ${run.state}` };
  if (restored !== undefined) return deps.store.tx((tx) => held(tx, run, restored));
  if (await deps.stopRequested()) return { claim: 'held', why: 'a STOP file is there' };
  const evidence = await gather(deps, run);
  return marked(deps, (last) => deps.store.tx((tx) => claimIn(tx, deps, run, evidence, last)));
}

/** A claim whose row this host remembers before anything follows from it. */
async function marked(
  deps: Deps,
  claiming: (last: KnownEnd | undefined) => Promise<Claim & { readonly end?: KnownEnd }>,
): Promise<Claim> {
  const { end: marker, ...claimed } = await claiming(await deps.chainMemory.last());
  if (marker) await deps.chainMemory.keep(marker);
  return claimed;
}

/** What has to be asked of others before the transaction: who the voters are now, who is in Slack's user groups, and what the plan would be now. */
interface Evidence {
  /** Monotonic milliseconds at which Slack began to be asked. */
  readonly askedAt: number;
  readonly staleBecause: string | null;
  /** Voters whom Slack does not know as full members any more. */
  readonly strangers: readonly string[];
  readonly groups: GroupsNow;
}

async function gather(deps: Deps, run: Run): Promise<Evidence> {
  const approval = await deps.store.read.approvals.ofRun(run.id);
  const votes = approval ? await deps.store.read.votes.ofApproval(approval.id) : [];
  const staleBecause = await driftOf(deps, run);
  // People last, so that the answers are as fresh as they can be when the transaction begins.
  const askedAt = performance.now();
  const strangers: string[] = [];
  for (const one of votes.filter((row) => row.via === 'slack' && row.decision === 'approve')) {
    const person = await deps.people.lookUp(one.personId);
    if (!person.ok) strangers.push(one.personId);
  }
  const groups = await groupsNow(deps, approval ? await groupsThatMatter(deps, run, approval) : []);
  return { askedAt, staleBecause, strangers, groups };
}

/** The user groups that the quorum hangs on, and those that make the one who asked a responder. */
async function groupsThatMatter(deps: Deps, run: Run, approval: Approval): Promise<readonly string[]> {
  const settings = await deps.settings.current();
  const playbook = run.plan && (await deps.playbooks.current()).get(run.plan.playbook.id)?.playbook;
  const rule = currentRequirement(settings, run, playbook ?? undefined);
  const responders = clauseOfRole(settings, 'responder');
  return [
    ...('forbiddenBy' in rule ? [] : usergroupsOf(rule)),
    ...(responders.ids.includes(approval.requestedBy) ? [] : responders.usergroups),
  ];
}

/** Plans again and compares hashes: any difference in the target, the playbook, the action or the parameters makes the approval void. */
async function driftOf(deps: Deps, run: Run): Promise<string | null> {
  const now = await makePlan(deps, run);
  if (isRefusal(now)) return now.why;
  if (planHash(now) === run.planHash) return null;
  const before = run.plan;
  if (before && now.playbook.hash !== before.playbook.hash) return 'the playbook has changed';
  if (before && !sameJson(now.before, before.before)) return 'the resource has changed';
  return 'what the step would do has changed';
}

async function claimIn(
  tx: Repositories,
  deps: Deps,
  asked: Run,
  evidence: Evidence,
  last: KnownEnd | undefined,
): Promise<Claim & { readonly end?: KnownEnd }> {
  // The incident first: claims of its runs, and its being resolved, come one after the other.
  await tx.incidents.lock(asked.incidentId);
  const approval = await lockApproval(tx, asked.id);
  const run = await tx.runs.lock(asked.id);
  if (!run?.plan || !approval || run.state !== 'approved' || approval.state !== 'approved')
    return { claim: 'over', why: 'decided otherwise meanwhile' };
  if ((await tx.killSwitch.get()).stopped) return held(tx, run, 'Cordon is stopped');
  if ((await tx.now()) >= approval.expiresAt) {
    await end(
      tx,
      approval,
      'expired',
      'approval.expired',
      SYSTEM,
      'approved, but not started before the time was over',
    );
    return { claim: 'over', why: 'expired' };
  }
  const stale = evidence.staleBecause ?? (await whyStale(deps, tx, approval, run, evidence));
  if (typeof stale === 'object' && stale !== null) return held(tx, run, stale.unknown);
  if (stale !== null) {
    await end(tx, approval, 'stale', 'approval.stale', SYSTEM, stale);
    return { claim: 'over', why: stale };
  }
  if (performance.now() - evidence.askedAt > EVIDENCE_MS)
    return held(tx, run, 'what Slack said of the approvers is too old by now, and it is asked again');
  const rival = await rivalOf(tx, run, run.plan);
  if (rival) return held(tx, run, `${rival.id} is changing the same target`);
  const cap = await overCap(tx, await deps.settings.current(), run.plan);
  if (cap !== undefined) return held(tx, run, cap);
  return take(tx, deps, run, approval, last);
}

/** A run that is under way on the same target, in whatever incident: each plan was made as if the other were not there. Claims on one target come one after the other. */
async function rivalOf(tx: Repositories, run: Run, plan: Plan): Promise<Run | undefined> {
  await tx.incidents.lockKey(`target|${plan.target.arn}`);
  return (await tx.runs.underWayOn(plan.target.arn)).find((one) => one.id !== run.id);
}

async function lockApproval(tx: Repositories, runId: string): Promise<Approval | undefined> {
  const approval = await tx.approvals.ofRun(runId);
  return approval && tx.approvals.lock(approval.id);
}

async function whyStale(
  deps: Deps,
  tx: Repositories,
  approval: Approval,
  run: Run,
  { strangers, groups }: Evidence,
): Promise<string | { readonly unknown: string } | null> {
  if (!run.plan || planHash(run.plan) !== approval.planHash || run.planHash !== approval.planHash)
    return 'the stored plan is not the one that was approved';
  if (await isSettled(tx, run)) return 'the incident was resolved';
  const undone = run.request.undoes === undefined ? undefined : await tx.runs.get(run.request.undoes);
  if (undone?.undoneBy) return `${undone.id} was undone by ${undone.undoneBy}`;
  const settings = await deps.settings.current();
  const playbook = (await deps.playbooks.current()).get(run.plan.playbook.id)?.playbook;
  const rule = currentRequirement(settings, run, playbook);
  if ('forbiddenBy' in rule) return `the policy “${rule.forbiddenBy}” forbids it now`;
  if (!sameRule(rule, approval.requirement)) return 'who may approve has changed';
  const responders = clauseOfRole(settings, 'responder');
  const byGroup = responders.ids.includes(approval.requestedBy) ? [] : responders.usergroups;
  const unknown = unconfirmed(groups, [...usergroupsOf(rule), ...byGroup]);
  if (unknown !== undefined) return { unknown };
  if (!isIn(responders, approval.requestedBy, groups.membership))
    return 'the person who asked is no responder any more';
  const requirement = filled(rule, groups.membership);
  const votes = (await tx.votes.ofApproval(approval.id)).filter(
    (vote) => !strangers.includes(vote.personId) && mayFill(requirement, vote.personId),
  );
  if (votes.some((vote) => vote.decision === 'deny')) return 'somebody denied it';
  if (votes.some((vote) => vote.planHash !== approval.planHash)) return 'a vote was for another plan';
  return tally(requirement, votes, approval.requestedBy).satisfied ? null : 'an approver is not entitled any more';
}

async function take(
  tx: Repositories,
  deps: Deps,
  run: Run,
  approval: Approval,
  last: KnownEnd | undefined,
): Promise<Claim & { readonly end: KnownEnd }> {
  const claimed = await tx.runs.claim(run.id, deps.processId, deps.timing.leaseSeconds);
  const consumed = await tx.approvals.setState(approval.id, ['approved'], 'consumed', null);
  if (!claimed || !consumed) throw new Error(`run ${run.id} or approval ${approval.id} changed under its own lock`);
  const row = await tx.audit.append({
    event: 'run.claimed',
    actor: SYSTEM,
    subject: `run:${run.id}`,
    details: { approval: approval.id, hash: approval.planHash, fence: claimed.fence, by: deps.processId },
  });
  await announceRun(tx, run.id);
  const incident = await tx.incidents.get(run.incidentId);
  if (incident) await announce(tx, incident);
  return { claim: 'mine', run: claimed, end: await assertNotRestored(tx, row, last) };
}

/** On record and on the run's message once, however often the run is woken while it is held for the same reason. */
async function held(tx: Repositories, run: Run, why: string): Promise<Claim> {
  const told = `It waits: ${why}.`;
  if (run.stateReason === told) return { claim: 'held', why };
  await tx.runs.setState(run.id, ['approved'], 'approved', told);
  await tx.audit.append({ event: 'run.claim-refused', actor: SYSTEM, subject: `run:${run.id}`, details: { why } });
  await announceRun(tx, run.id);
  return { claim: 'held', why };
}

/**
 * A run that was begun and whose worker is gone: the approval is consumed already, so the lease decides, and the stored plan must still be the approved one.
 * The journal says what was sent.
 */
async function takeOver(deps: Deps, run: Run): Promise<Claim> {
  return marked(deps, (last) => deps.store.tx((tx) => takeOverIn(tx, deps, run, last)));
}

async function takeOverIn(
  tx: Repositories,
  deps: Deps,
  run: Run,
  last: KnownEnd | undefined,
): Promise<Claim & { readonly end?: KnownEnd }> {
  const mine = await tx.runs.claim(run.id, deps.processId, deps.timing.leaseSeconds);
  if (!mine) return { claim: 'held', why: 'another worker holds it' };
  const row = await tx.audit.append({
    event: 'run.resumed',
    actor: SYSTEM,
    subject: `run:${run.id}`,
    details: { fence: mine.fence, by: deps.processId },
  });
  const approval = await tx.approvals.ofRun(run.id);
  if (mine.plan && approval?.state === 'consumed' && planHash(mine.plan) === approval.planHash)
    return { claim: 'mine', run: mine, end: await assertNotRestored(tx, row, last) };
  const why = 'the stored plan is not the one that was approved';
  await endRun(tx, mine, 'needs-human', why);
  return { claim: 'over', why };
}
