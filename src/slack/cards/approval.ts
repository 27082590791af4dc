import { type Account, accountLabel } from '../../domain/account.ts';
import type { Approval, Slot, Vote } from '../../domain/approval.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Message } from '../block-limits.ts';
import { resourceLink } from '../console-link.ts';
import { clean, count, date, joinMrkdwn, type Mrkdwn, mention, mrkdwn, named, spoken, utc } from '../escape.ts';
import { RISK_LABELS } from '../labels.ts';
import {
  actions,
  type BlockIds,
  blocks,
  button,
  context,
  diffLines,
  type Fact,
  facts,
  fitLines,
  header,
  line,
  linkLine,
  list,
  people,
  preformatted,
  section,
  sentence,
  shortHash,
} from './parts.ts';

/** All that a request to approve shows. */
export interface ApprovalView {
  readonly approval: Approval;
  readonly plan: Plan;
  readonly incident: Incident;
  readonly account: Account | undefined;
  readonly votes: readonly Vote[];
  /** Display names by member id, of those that are known. */
  readonly names: ReadonlyMap<string, string>;
  readonly rev: number;
}

/** Named at once in the request; the others may decide too and are counted. */
const PINGED = 3;

/** The one canonical request: edited when somebody votes and when it ends, so that no live button outlasts the decision. */
export function approvalCard(view: ApprovalView): Message {
  const { approval, plan } = view;
  const ids: BlockIds = { kind: 'approval', id: approval.id, rev: view.rev };
  return {
    text: approvalText(view),
    blocks: blocks(
      header(ids, headline(view)),
      section(ids, 'state', stateLine(view)),
      facts(ids, 'facts', approvalFacts(view)),
      preformatted(
        ids,
        'diff',
        'What changes (read from AWS when the plan was made)',
        fitLines(diffLines(plan.changes, 600), 2_600, 'press Review for the full plan'),
      ),
      list(
        ids,
        'blast',
        'Blast radius',
        plan.blastRadius.length === 0
          ? [line('Nothing beyond the target.')]
          : plan.blastRadius.slice(0, 5).map((text) => line(text, 200)),
      ),
      linkLine(ids, resourceLink(plan.target, plan.partition, plan.region)),
      context(ids, 'undo', [rollbackLine(plan), driftLine(plan)]),
      context(ids, 'votes', [mrkdwn`Reason given: ${clean(approval.reason, 280)}`, ...voteLines(view)]),
      actions(ids, approvalButtons(approval)),
      context(ids, 'foot', [
        mrkdwn`${approval.id} · ${approval.incidentId} · ${plan.runId} · plan sha256 ${shortHash(approval.planHash)}`,
      ]),
    ),
  };
}

function headline({ approval, plan, account, incident }: ApprovalView): string {
  const sample = incident.sample ? 'SAMPLE · ' : '';
  const where = `${plan.action.title}: ${clean(plan.target.id, 60)} (${account?.alias ?? 'unlisted account'})`;
  if (approval.state === 'pending') return `${sample}${plan.kind === 'rollback' ? 'Roll back?' : 'Approve?'} ${where}`;
  const what = plan.kind === 'rollback' ? `Roll back: ${where}` : where;
  switch (approval.state) {
    case 'approved':
    case 'consumed':
      return `${sample}APPROVED · ${what}`;
    case 'denied':
      return `${sample}DENIED · ${what}`;
    case 'expired':
      return `${sample}EXPIRED: nothing was run · ${what}`;
    case 'stale':
      return `${sample}STALE: nothing was run · ${what}`;
  }
}

/** What has been decided, by whom, when; while it is open, whom it waits for. */
function stateLine(view: ApprovalView, say: Say = mention): Mrkdwn {
  const { approval, votes } = view;
  const reason = approval.stateReason === null ? mrkdwn`` : mrkdwn` ${clean(approval.stateReason, 240)}`;
  const at = approval.decidedAt === null ? mrkdwn`` : mrkdwn`, ${date(approval.decidedAt)}`;
  switch (approval.state) {
    case 'pending':
      return waitingLine(view, say);
    case 'approved':
      return mrkdwn`● Approved by ${voters(votes, 'approve', say)}${at}. The plan is run if it still holds; the run’s own message shows how it goes.`;
    case 'consumed':
      return mrkdwn`● Approved by ${voters(votes, 'approve', say)}${at}. The run has been started; its own message shows how it goes.`;
    case 'denied':
      return mrkdwn`✕ Denied by ${voters(votes, 'deny', say)}${at}: nothing was run.${reason}`;
    case 'expired':
      return mrkdwn`○ EXPIRED: nothing was run. Not enough people had approved by ${date(approval.expiresAt)}.`;
    case 'stale':
      return mrkdwn`○ STALE: nothing was run.${reason} Ask again to see the plan as it would be now.`;
  }
}

function waitingLine(view: ApprovalView, say: Say = mention): Mrkdwn {
  const { approval, votes } = view;
  const may = mayStillDecide(view);
  const shown = may.slice(0, PINGED);
  const told = may.slice(PINGED).filter((person) => approval.asked.includes(person)).length;
  const others = may.length - shown.length - told;
  const also =
    told > 0 ? mrkdwn` ${count(told, 'more person').replace('persons', 'people')} told by direct message.` : mrkdwn``;
  const quiet =
    others > 0
      ? mrkdwn` ${count(others, 'more person').replace('persons', 'people')} may decide too, not pinged.`
      : mrkdwn``;
  const have = votes.filter((vote) => vote.decision === 'approve').length;
  const whom = shown.length === 0 ? mrkdwn`nobody who could still decide` : joinMrkdwn(shown.map(say), ', ');
  return mrkdwn`Waiting for ${whom} until ${date(approval.expiresAt)}; ${have} of ${people(approval.requirement.people)} approved.${also}${quiet}`;
}

/** Those who were asked by direct message first, in the order in which they were. */
function mayStillDecide({ approval, votes }: ApprovalView): readonly string[] {
  const voted = new Set(votes.map((vote) => vote.personId));
  const may = new Set(
    approval.requirement.slots
      .flatMap((slot) => slot.from)
      .filter((id) => id !== approval.requestedBy && !voted.has(id)),
  );
  return [...new Set([...approval.asked.filter((id) => may.has(id)), ...may])];
}

/** How a person is written: as a mention, and with the name beside it where the text is read aloud. */
type Say = (personId: string) => Mrkdwn;

/** Who voted so, in order. */
export function voters(votes: readonly Vote[], decision: Vote['decision'], say: Say = mention): Mrkdwn {
  const ids = votes.filter((vote) => vote.decision === decision).map((vote) => vote.personId);
  return ids.length === 0 ? mrkdwn`nobody on record` : joinMrkdwn(ids.map(say), ' and ');
}

function approvalFacts({ approval, plan, account }: ApprovalView): readonly Fact[] {
  return [
    { label: 'Asked for by', value: mrkdwn`${mention(approval.requestedBy)} (${approval.incidentId})` },
    { label: 'Risk', value: mrkdwn`${RISK_LABELS[plan.risk]}` },
    { label: 'Needs', value: mrkdwn`${people(approval.requirement.people)}: ${needs(approval.requirement.slots)}` },
    {
      label: approval.state === 'pending' ? 'Expires' : 'Asked',
      value: date(approval.state === 'pending' ? approval.expiresAt : approval.createdAt),
    },
    { label: 'Account', value: mrkdwn`${accountLabel(account, plan.accountId)}` },
    { label: 'Region', value: mrkdwn`${plan.region}` },
  ];
}

/** `1 × approver and 1 × owner of prod-web`. */
export function needs(slots: readonly Slot[]): string {
  return slots.map((slot) => `${slot.n} × ${slot.label}`).join(' and ');
}

function voteLines({ approval, votes }: ApprovalView): readonly Mrkdwn[] {
  const slots = approval.requirement.slots.map((slot) => {
    const given = votes.filter((vote) => vote.decision === 'approve' && slot.from.includes(vote.personId)).length;
    return mrkdwn`${slot.label}: ${Math.min(given, slot.n)} of ${slot.n}`;
  });
  const cast = votes.map(
    (vote) =>
      mrkdwn`${mention(vote.personId)} ${vote.decision === 'approve' ? 'approved' : 'denied'}, ${date(vote.at)}: ${clean(vote.reason, 160)}`,
  );
  return [...slots, ...cast].slice(0, 8);
}

function rollbackLine(plan: Plan): Mrkdwn {
  if (plan.kind === 'rollback')
    return mrkdwn`This undoes ${plan.undoes ?? 'an earlier run'}; it cannot itself be rolled back.`;
  return plan.rollback.available
    ? mrkdwn`Roll back: ${clean(plan.rollback.summary, 240)}`
    : mrkdwn`Roll back: not possible. ${clean(plan.rollback.why, 240)}`;
}

function driftLine(plan: Plan): Mrkdwn {
  return plan.kind === 'rollback'
    ? mrkdwn`Drift warning: if anybody has changed the target since ${plan.undoes ?? 'that run'}, or changes it before this runs, nothing is run.`
    : mrkdwn`Drift: the target is read again before each step; if it differs from what you see here, nothing is run.`;
}

function approvalButtons(approval: Approval) {
  const value = `${approval.id}:${approval.rev}`;
  if (approval.state === 'pending')
    return [
      button('cordon.review', 'Review and decide', value, 'primary'),
      button('cordon.deny', 'Deny', value, 'danger'),
    ];
  if (approval.state === 'expired' || approval.state === 'stale')
    return [button('cordon.ask-again', 'Ask again', `${approval.runId}:${approval.rev}`)];
  return [];
}

function approvalText(view: ApprovalView): string {
  const { approval, plan, account } = view;
  const say: Say = (personId) => named(personId, view.names);
  const what = mrkdwn`${headline(view)}. ${sentence(clean(plan.summary, 240))} Account ${accountLabel(account, plan.accountId)}, ${plan.region}. Risk: ${RISK_LABELS[plan.risk]}.`;
  const changes = mrkdwn`${count(plan.changes.length, 'change')}; the first: ${clean(diffLines(plan.changes.slice(0, 1), 160).join(' '), 300)}.`;
  const who = mrkdwn`Asked for by ${say(approval.requestedBy)}, reason: “${clean(approval.reason, 200)}”. Needs ${people(approval.requirement.people)}: ${needs(approval.requirement.slots)}. Expires ${utc(approval.expiresAt)}.`;
  return spoken(
    mrkdwn`${what} ${changes} ${who} ${stateLine(view, say)} ${approval.id}, plan ${shortHash(approval.planHash)}.`,
  );
}
