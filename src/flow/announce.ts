import type { ApprovalNotice } from '../domain/approval.ts';
import type { Incident } from '../domain/incident.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Repositories } from '../ports.ts';

/** Marks the incident's card as wanting a new look; the notifier delivers the newest state, however many changes came in between. */
export async function announce(tx: Repositories, incident: Pick<Incident, 'id' | 'severity' | 'rev'>): Promise<void> {
  await tx.messages.touch({
    key: `card:${incident.id}`,
    kind: 'card',
    subjectId: incident.id,
    priority: cardPriority(incident),
  });
}

function cardPriority(incident: Pick<Incident, 'severity' | 'rev'>): number {
  if (incident.rev > 1) return 4;
  return incident.severity === 'critical' ? 2 : 3;
}

/** One reply in the incident's thread, posted once for each `what`. */
export async function announceOnce(
  tx: Repositories,
  incidentId: string,
  what: string,
  data: JsonObject,
): Promise<void> {
  await tx.messages.touch({
    key: `reply:${incidentId}.${what}`,
    kind: 'reply',
    subjectId: incidentId,
    priority: 4,
    data,
  });
}

/** The card of a request to approve. */
export async function announceApproval(tx: Repositories, approvalId: string): Promise<void> {
  await tx.messages.touch({ key: `approval:${approvalId}`, kind: 'approval', subjectId: approvalId, priority: 1 });
}

/** The progress and result message of a run. */
export async function announceRun(tx: Repositories, runId: string): Promise<void> {
  await tx.messages.touch({ key: `run:${runId}`, kind: 'run', subjectId: runId, priority: 0 });
}

/** The modal in which somebody waits for a plan. */
export async function announcePlan(tx: Repositories, runId: string): Promise<void> {
  await tx.messages.touch({ key: `view:${runId}`, kind: 'view', subjectId: runId, priority: 0 });
}

/** A message to the person who asked, sent once. */
export async function tellPerson(tx: Repositories, personId: string, what: string, data: JsonObject): Promise<void> {
  await tx.messages.touch({ key: `dm:${personId}.${what}`, kind: 'dm', subjectId: personId, priority: 0, data });
}

/** Tells somebody who may decide of an open request, once for each `notice`. What is settled when the message is delivered is not sent. */
export async function askToDecide(
  tx: Repositories,
  personId: string,
  approvalId: string,
  notice: ApprovalNotice,
): Promise<void> {
  await tx.messages.touch({
    key: `dm:${personId}.${approvalId}-${notice}`,
    kind: 'dm',
    subjectId: personId,
    priority: 1,
    data: { template: 'please-decide', approval: approvalId, notice },
  });
}

/** A copy of the audit chain's end for the channel that keeps them, posted once. */
export async function announceCheckpoint(tx: Repositories, seq: number): Promise<void> {
  await tx.messages.touch({ key: `checkpoint:${seq}`, kind: 'checkpoint', subjectId: String(seq), priority: 5 });
}

/** A message to the operations channel about Cordon's own records, posted once for each `what`. */
export async function announceNotice(tx: Repositories, what: string, data: JsonObject): Promise<void> {
  await tx.messages.touch({ key: `notice:${what}`, kind: 'notice', subjectId: what, priority: 0, data });
}
