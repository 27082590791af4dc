import { accountLabel } from '../domain/account.ts';
import type { ApprovalState } from '../domain/approval.ts';
import { HealthReport } from '../domain/health.ts';
import { knownAccount } from '../domain/settings.ts';
import type { MessageRow } from '../ports.ts';
import type { Message } from './block-limits.ts';
import { approvalCard } from './cards/approval.ts';
import { checkpointNotice } from './cards/checkpoint.ts';
import { healthCard } from './cards/health.ts';
import { incidentCard } from './cards/incident.ts';
import {
  type EndedRequest,
  NoticeData,
  noticeMessage,
  PersonalData,
  pleaseDecide,
  ReplyData,
  replyMessage,
  requestEnded,
} from './cards/notice.ts';
import { runCard, runEnded } from './cards/run.ts';
import type { SlackDeps } from './deps.ts';
import { accountOf, loadApproval, loadIncident, loadRun } from './load.ts';
import { whyNotDecide } from './may-decide.ts';
import { channelFor } from './routes.ts';

/** Where a message belongs before it has been posted: its channel, and the incident in whose thread it stands. */
interface Home {
  readonly channel: string;
  /** Null: not in a thread. */
  readonly threadOf: string | null;
}

export interface Rendered {
  readonly home: Home | { readonly person: string };
  /** The content with that revision in its block ids; revision 0 is the one that is hashed. */
  at(rev: number): Message;
}

/** The address of another message of ours by its row's key; undefined when it is not posted yet. Throws SlackCallError. */
export type AddressOf = (key: string) => Promise<string | undefined>;

/**
 * The row's newest state. Undefined when there is nothing to show (any more); `waits` when it leads to a message that is not there yet.
 * Throws CordonError or ZodError when it cannot be rendered, SlackCallError when Slack did not give an address.
 */
export async function render(
  deps: SlackDeps,
  row: Pick<MessageRow, 'kind' | 'subjectId' | 'data'>,
  addressOf: AddressOf,
): Promise<Rendered | 'waits' | undefined> {
  switch (row.kind) {
    case 'card':
      return renderCard(deps, row.subjectId);
    case 'approval':
      return renderApproval(deps, row.subjectId);
    case 'run':
      return renderRun(deps, row.subjectId);
    case 'reply':
      return renderReply(deps, row);
    case 'dm':
      return renderPersonal(deps, row, addressOf);
    case 'health':
      return renderHealth(deps, row);
    case 'notice':
      return renderNotice(deps, row);
    case 'checkpoint':
      return renderCheckpoint(deps, row.subjectId);
    case 'view':
    case 'writeback':
      return undefined;
  }
}

async function renderCard(deps: SlackDeps, incidentId: string): Promise<Rendered | undefined> {
  const view = await loadIncident(deps, incidentId, 0);
  if (view === undefined) return undefined;
  const channel = channelFor(await deps.settings.current(), view.account);
  return { home: { channel, threadOf: null }, at: (rev) => incidentCard({ ...view, rev }) };
}

async function renderApproval(deps: SlackDeps, approvalId: string): Promise<Rendered | undefined> {
  const view = await loadApproval(deps, approvalId, 0);
  if (view === undefined) return undefined;
  const channel = channelFor(await deps.settings.current(), view.account);
  return { home: { channel, threadOf: view.incident.id }, at: (rev) => approvalCard({ ...view, rev }) };
}

/** Before its approval a run lives in the window that shows its plan; its message begins when it may run. */
async function renderRun(deps: SlackDeps, runId: string): Promise<Rendered | undefined> {
  const view = await loadRun(deps, runId, 0);
  if (view === undefined || ['planning', 'planned', 'refused'].includes(view.run.state)) return undefined;
  const channel = channelFor(await deps.settings.current(), view.account);
  return { home: { channel, threadOf: view.run.incidentId }, at: (rev) => runCard({ ...view, rev }) };
}

async function renderReply(
  deps: SlackDeps,
  row: Pick<MessageRow, 'subjectId' | 'data'>,
): Promise<Rendered | undefined> {
  const data = ReplyData.parse(row.data);
  const incident = await deps.store.read.incidents.get(row.subjectId);
  if (incident === undefined) return undefined;
  const settings = await deps.settings.current();
  const account = accountOf(settings, incident.accountId);
  return {
    home: { channel: channelFor(settings, account), threadOf: incident.id },
    at: (rev) => replyMessage(data, incident, account, rev),
  };
}

/** By the last valid settings: that cordon.yaml is not valid is one of the things it has to say. */
async function renderHealth(deps: SlackDeps, row: Pick<MessageRow, 'data'>): Promise<Rendered> {
  const report = HealthReport.parse(row.data);
  const settings = await deps.lastGood.settings();
  return {
    home: { channel: settings.channels.ops, threadOf: null },
    at: (rev) => healthCard(report, settings, rev),
  };
}

/** By the last valid settings, as the line about Cordon's own health. */
async function renderNotice(deps: SlackDeps, row: Pick<MessageRow, 'subjectId' | 'data'>): Promise<Rendered> {
  const data = NoticeData.parse(row.data);
  const settings = await deps.lastGood.settings();
  const nameOf = (id: string): string => accountLabel(knownAccount(settings, id), id);
  return {
    home: { channel: settings.channels.ops, threadOf: null },
    at: (rev) => noticeMessage(data, row.subjectId, nameOf, rev),
  };
}

/** Undefined when the settings name no channel for it any more. */
async function renderCheckpoint(deps: SlackDeps, seq: string): Promise<Rendered | undefined> {
  const checkpoint = await deps.store.read.checkpoints.get(Number(seq));
  const { channel } = (await deps.settings.current()).audit.checkpoints;
  if (checkpoint === undefined || channel === undefined) return undefined;
  return { home: { channel, threadOf: null }, at: (rev) => checkpointNotice(checkpoint, rev) };
}

async function renderPersonal(
  deps: SlackDeps,
  row: Pick<MessageRow, 'subjectId' | 'data'>,
  addressOf: AddressOf,
): Promise<Rendered | 'waits' | undefined> {
  const data = PersonalData.parse(row.data);
  const home = { person: row.subjectId };
  switch (data.template) {
    case 'request-ended': {
      const ended = await loadEndedRequest(deps, data.approval, data.state);
      return ended && { home, at: (rev) => requestEnded(ended, rev) };
    }
    case 'run-ended': {
      const view = await loadRun(deps, data.run, 0);
      return view && { home, at: (rev) => runEnded({ ...view, rev }) };
    }
    case 'please-decide': {
      const view = await loadApproval(deps, data.approval, 0);
      // Settled meanwhile, or no longer theirs to decide: then nobody is disturbed.
      if (view === undefined || whyNotDecide(view, row.subjectId, await deps.store.read.now()) !== undefined)
        return undefined;
      const url = await addressOf(`approval:${data.approval}`);
      return url === undefined ? 'waits' : { home, at: (rev) => pleaseDecide({ ...view, rev }, data.notice, url) };
    }
  }
}

/** The request as it ended then; the row may be read again later. */
async function loadEndedRequest(
  deps: SlackDeps,
  approvalId: string,
  state: ApprovalState,
): Promise<EndedRequest | undefined> {
  const { read } = deps.store;
  const approval = await read.approvals.get(approvalId);
  if (approval === undefined) return undefined;
  const plan = (await read.runs.get(approval.runId))?.plan ?? null;
  const denial = (await read.votes.ofApproval(approval.id)).find((vote) => vote.decision === 'deny');
  const settings = await deps.settings.current();
  const account = plan === null ? undefined : accountOf(settings, plan.accountId);
  return { approval: { ...approval, state }, plan, account, deniedBy: denial?.personId ?? null };
}
