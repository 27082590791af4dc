import type { MessageRow } from '../ports.ts';
import { SlackCallError } from './calls.ts';
import { notice } from './cards/notice.ts';
import type { Delivery, OutboxParts } from './delivery.ts';
import { mrkdwn } from './escape.ts';
import { loadPlan } from './load.ts';
import { parseViewReference } from './modals/frame.ts';
import { planModal } from './modals/plan.ts';
import { channelFor } from './routes.ts';

/** The window changed since it was opened (it has been filled), or it is not there any more. */
const FILLED = 'hash_conflict';
const CLOSED: readonly string[] = ['not_found', 'view_not_found'];

/** Shows the plan, or why there is none, in the window that waits for it; whoever closed the window is told that it is ready. */
export async function fillPlanWindow(parts: OutboxParts, row: MessageRow): Promise<Delivery> {
  const { deps, interactive } = parts;
  const plan = await loadPlan(deps, row.subjectId);
  const next = plan === undefined ? undefined : planModal(plan);
  if (plan === undefined || next === undefined || plan.run.viewId === null) return done(parts, row, 'nothing-to-do');
  try {
    await interactive.updateView(parseViewReference(plan.run.viewId), next);
    return await done(parts, row, 'updated');
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error;
    if (error.slackCode === FILLED) return done(parts, row, 'unchanged');
    if (CLOSED.includes(error.slackCode)) {
      await tellReady(parts, plan.run.requestedBy, plan.run.incidentId, plan.run.plan !== null);
      return done(parts, row, 'unchanged');
    }
    const seconds = error.retryAfterSeconds ?? 2;
    deps.log.warn({ key: row.key, slack: error.slackCode }, 'a window could not be filled yet');
    await deps.store.tx((tx) => tx.messages.deferred(row.key, error.message, seconds));
    return 'deferred';
  }
}

async function tellReady(
  { deps, interactive }: OutboxParts,
  personId: string,
  incidentId: string,
  planned: boolean,
): Promise<void> {
  const card = await deps.store.read.messages.get(`card:${incidentId}`);
  const incident = await deps.store.read.incidents.get(incidentId);
  const settings = await deps.settings.current();
  const account = settings.accounts.find((one) => one.id === incident?.accountId);
  const text = planned
    ? mrkdwn`The plan you asked for in ${incidentId} was ready after its window was closed. Choose the step again to read it; nothing was run.`
    : mrkdwn`There is no plan for the step you chose in ${incidentId}. Choose it again to read why; nothing was run.`;
  try {
    await interactive.whisper(
      card?.channel || channelFor(settings, account),
      personId,
      card?.ts || null,
      notice({ kind: 'ready', id: incidentId, rev: 0 }, text),
    );
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error;
    deps.log.warn({ personId, incidentId, slack: error.slackCode }, 'nobody could be told that a plan is ready');
  }
}

async function done({ deps }: OutboxParts, row: MessageRow, how: Delivery): Promise<Delivery> {
  await deps.store.tx((tx) => tx.messages.delivered(row.key, { rev: row.desiredRev, hash: '', channel: '', ts: '' }));
  return how;
}
