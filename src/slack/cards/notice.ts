import { z } from 'zod';
import { type Account, accountLabel } from '../../domain/account.ts';
import type { Approval } from '../../domain/approval.ts';
import { SEVERITIES } from '../../domain/finding.ts';
import { type Incident, RESOLUTIONS } from '../../domain/incident.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Message } from '../block-limits.ts';
import { clean, type Mrkdwn, mention, mrkdwn, spoken } from '../escape.ts';
import { RESOLUTION_LABELS, SEVERITY_LABELS } from '../labels.ts';
import { type BlockIds, blocks, section } from './parts.ts';

/** What a row of kind `reply` carries: one line in the incident's thread, posted once. */
export const ReplyData = z.discriminatedUnion('template', [
  z.object({ template: z.literal('reopened') }),
  z.object({ template: z.literal('severity-raised'), severity: z.enum(SEVERITIES) }),
  z.object({ template: z.literal('resolved'), resolution: z.enum(RESOLUTIONS) }),
]);
export type ReplyData = z.infer<typeof ReplyData>;

/** What a row of kind `dm` carries: how a request or a run ended, for the one who asked. */
export const PersonalData = z.discriminatedUnion('template', [
  z.object({
    template: z.literal('request-ended'),
    approval: z.string(),
    state: z.enum(['pending', 'approved', 'denied', 'expired', 'stale', 'consumed']),
  }),
  z.object({ template: z.literal('run-ended'), run: z.string() }),
]);

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

/** A message of one sentence or two, the same for the screen reader and the eye. */
export function notice(ids: BlockIds, text: Mrkdwn): Message {
  return { text: spoken(text), blocks: blocks(section(ids, 'text', text)) };
}
