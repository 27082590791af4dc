import { z } from 'zod';
import { type Account, accountLabel } from '../../domain/account.ts';
import { APPROVAL_NOTICES, type Approval, type ApprovalNotice } from '../../domain/approval.ts';
import { SEVERITIES } from '../../domain/finding.ts';
import { type Incident, RESOLUTIONS } from '../../domain/incident.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Message } from '../block-limits.ts';
import { clean, count, joinMrkdwn, linkTo, type Mrkdwn, mention, mrkdwn, named, spoken, utc } from '../escape.ts';
import { RESOLUTION_LABELS, RISK_LABELS, SEVERITY_LABELS } from '../labels.ts';
import { type ApprovalView, needs } from './approval.ts';
import { type BlockIds, blocks, people, section, sentence } from './parts.ts';

/** What a row of kind `reply` carries: one line in the incident's thread, posted once. */
export const ReplyData = z.discriminatedUnion('template', [
  z.object({ template: z.literal('reopened') }),
  z.object({ template: z.literal('severity-raised'), severity: z.enum(SEVERITIES) }),
  z.object({ template: z.literal('resolved'), resolution: z.enum(RESOLUTIONS) }),
]);
export type ReplyData = z.infer<typeof ReplyData>;

/** What a row of kind `dm` carries: how a request or a run ended, for the one who asked; that a request waits, for those who may decide. */
export const PersonalData = z.discriminatedUnion('template', [
  z.object({
    template: z.literal('request-ended'),
    approval: z.string(),
    state: z.enum(['pending', 'approved', 'denied', 'expired', 'stale', 'consumed']),
  }),
  z.object({ template: z.literal('run-ended'), run: z.string() }),
  z.object({ template: z.literal('please-decide'), approval: z.string(), notice: z.enum(APPROVAL_NOTICES) }),
]);

const Orphan = z.object({
  runId: z.string(),
  isOurs: z.boolean(),
  accountId: z.string(),
  region: z.string(),
  call: z.string(),
  at: z.string(),
});

/** What a row of kind `notice` carries: something about Cordon's own records, for the operations channel. */
export const NoticeData = z.discriminatedUnion('template', [
  z.object({
    template: z.literal('restored'),
    by: z.string(),
    reason: z.string(),
    voided: z.number(),
    stopped: z.array(z.string()),
  }),
  z.object({
    template: z.literal('given-up'),
    count: z.number(),
    first: z.array(z.object({ key: z.string(), why: z.string() })),
  }),
  z.object({ template: z.literal('orphans'), count: z.number(), first: z.array(Orphan) }),
]);
export type NoticeData = z.infer<typeof NoticeData>;

/** For the operators: what happened, and what to do about it. */
export function noticeMessage(data: NoticeData, id: string, accountName: (id: string) => string, rev: number): Message {
  return notice({ kind: 'notice', id, rev }, noticeText(data, accountName));
}

function noticeText(data: NoticeData, accountName: (id: string) => string): Mrkdwn {
  switch (data.template) {
    case 'restored': {
      const runs =
        data.stopped.length === 0
          ? mrkdwn``
          : mrkdwn` Runs that had begun need somebody: ${data.stopped.slice(0, 20).join(', ')}.`;
      return mrkdwn`▲ Cordon’s records were restored from a backup, says ${clean(data.by, 60)} on the host: “${clean(data.reason, 240)}” ${count(data.voided, 'request')} from before ${data.voided === 1 ? 'is' : 'are'} void; whoever still wants one asks again.${runs} \`cordon reconcile\` on the host shows what was done in AWS that is not on record.`;
    }
    case 'given-up': {
      const lines = data.first.map(({ key, why }) => mrkdwn`${clean(key, 100)} (${clean(why, 100)})`);
      const more = data.count > lines.length ? mrkdwn` And ${data.count - lines.length} more.` : mrkdwn``;
      return mrkdwn`▲ ${count(data.count, 'message')} of Cordon ${data.count === 1 ? 'was' : 'were'} refused for so long that ${data.count === 1 ? 'it is' : 'they are'} given up: ${joinMrkdwn(lines, '; ')}.${more} Whoever should have seen them finds all by /cordon list and /cordon approvals.`;
    }
    case 'orphans': {
      const lines = data.first.map(
        (one) =>
          mrkdwn`${clean(one.call, 80)} in ${accountName(one.accountId)}, ${one.region}, ${utc(one.at)}, by ${one.runId}${one.isOurs ? '' : ' (a run that is not on record)'}`,
      );
      const more = data.count > lines.length ? mrkdwn` And ${data.count - lines.length} more.` : mrkdwn``;
      return mrkdwn`▲ ${count(data.count, 'change')} in AWS ${data.count === 1 ? 'bears' : 'bear'} the name of a run of Cordon, and no journal explains ${data.count === 1 ? 'it' : 'them'}: ${joinMrkdwn(lines, '; ')}.${more} Look at the resource and at CloudTrail; \`cordon reconcile\` on the host shows all.`;
    }
  }
}

/** A line for the thread: only what changes how people see the incident, and nobody is mentioned. */
export function replyMessage(data: ReplyData, incident: Incident, account: Account | undefined, rev: number): Message {
  return notice(
    { kind: 'reply', id: incident.id, rev },
    mrkdwn`${replyText(data)} ${incident.id}, ${incident.title}, in ${accountLabel(account, incident.accountId)}.`,
  );
}

function replyText(data: ReplyData): Mrkdwn {
  switch (data.template) {
    case 'reopened':
      return mrkdwn`Reopened: it has happened again within a day of being closed.`;
    case 'severity-raised':
      return mrkdwn`Severity raised to ${SEVERITY_LABELS[data.severity]}.`;
    case 'resolved':
      return mrkdwn`Resolved: ${RESOLUTION_LABELS[data.resolution]}.`;
  }
}

export interface EndedRequest {
  readonly approval: Approval;
  readonly plan: Plan | null;
  readonly account: Account | undefined;
  /** Who denied it, if somebody did. */
  readonly deniedBy: string | null;
}

/** Tells the requester how it ended. */
export function requestEnded({ approval, plan, account, deniedBy }: EndedRequest, rev: number): Message {
  const what =
    plan === null
      ? mrkdwn`your request`
      : mrkdwn`“${plan.action.title}” on ${clean(plan.target.id, 80)} in ${accountLabel(account, plan.accountId)}`;
  const text = mrkdwn`${ending(approval, deniedBy)} ${approval.id} of ${approval.incidentId}: ${what}.${approval.stateReason === null ? mrkdwn`` : mrkdwn` Reason: ${clean(approval.stateReason, 280)}`}`;
  return notice({ kind: 'dm', id: approval.id, rev }, text);
}

function ending(approval: Approval, deniedBy: string | null): Mrkdwn {
  switch (approval.state) {
    case 'pending':
      return mrkdwn`Still waiting:`;
    case 'approved':
    case 'consumed':
      return mrkdwn`Approved:`;
    case 'denied':
      return mrkdwn`Denied${deniedBy === null ? mrkdwn`` : mrkdwn` by ${mention(deniedBy)}`}, nothing was run:`;
    case 'expired':
      return mrkdwn`EXPIRED, nothing was run:`;
    case 'stale':
      return mrkdwn`STALE, nothing was run:`;
  }
}

/**
 * Tells somebody who may decide that a request waits. It leads to the one request that everybody sees and is never a decision itself: it has no button.
 */
export function pleaseDecide(view: ApprovalView, notice: ApprovalNotice, url: string): Message {
  const { approval, plan, account } = view;
  const ids: BlockIds = { kind: 'dm', id: approval.id, rev: view.rev };
  const undo = plan.kind === 'rollback' ? mrkdwn`Roll back: ` : mrkdwn``;
  const text = mrkdwn`${askingWords(notice)} ${undo}${plan.action.title} on ${clean(plan.target.id, 80)} in ${accountLabel(account, plan.accountId)}, ${plan.region}: ${sentence(clean(plan.summary, 200))} Asked for by ${named(approval.requestedBy, view.names)}, reason: “${clean(approval.reason, 240)}”. Risk: ${RISK_LABELS[plan.risk]}. Needs ${people(approval.requirement.people)}: ${needs(approval.requirement.slots)}. ${approval.id} of ${approval.incidentId} expires ${utc(approval.expiresAt)}.`;
  return {
    // The way there is never cut off.
    text: `${spoken(text, 2_400)} ${spoken(mrkdwn`Nothing is decided here: ${linkTo(url, 'review the request')}.`)}`,
    blocks: blocks(section(ids, 'text', text), {
      type: 'rich_text',
      block_id: `dm:${approval.id}:${view.rev}:review`,
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'link', url, text: 'Review', style: { bold: true } },
            { type: 'text', text: ' the request in its channel. Nothing is decided here.' },
          ],
        },
      ],
    }),
  };
}

function askingWords(notice: ApprovalNotice): string {
  switch (notice) {
    case 'asked':
      return 'You may decide on this:';
    case 'reminded':
      return 'Reminder: half of the time is over and this still waits for you:';
    case 'widened':
      return 'This still waits, and its time is nearly over. You may decide on it too:';
  }
}

/** A message of one sentence or two, the same for the screen reader and the eye. */
export function notice(ids: BlockIds, text: Mrkdwn): Message {
  return { text: spoken(text), blocks: blocks(section(ids, 'text', text)) };
}
