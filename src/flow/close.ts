import { type Actor, SYSTEM } from '../domain/audit.ts';
import type { GivenResolution, Incident, Resolution } from '../domain/incident.ts';
import { sha256 } from '../domain/json.ts';
import { laterOf } from '../domain/times.ts';
import type { Deps, Repositories } from '../ports.ts';
import { announce, announceOnce } from './announce.ts';
import { end } from './approve.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { hasCard } from './quiet.ts';
import { whyNot } from './rights.ts';

/** "I am on it": the incident gets its owner. Pressing it again says who has it. */
export async function acknowledge(
  deps: Deps,
  actor: Actor,
  input: { readonly incidentId: string },
): Promise<Outcome<Incident>> {
  const no = await whyNot(deps, await deps.settings.current(), actor, 'responder');
  return deps.store.tx(async (tx) => {
    if (no) return refused(tx, actor, `incident:${input.incidentId}`, no);
    const incident = await tx.incidents.lock(input.incidentId);
    if (!incident)
      return refuse('no_such_incident', `There is no incident ${input.incidentId}.`, 'See `/cordon list`.');
    if (incident.state === 'resolved')
      return refuse('already_resolved', `${incident.id} is resolved.`, 'A recurrence re-opens it.');
    if (incident.state === 'acknowledged') {
      return refuse('already_acknowledged', `${incident.id} was acknowledged already.`, 'The card names who has it.');
    }
    const changed = await tx.incidents.update({ ...incident, state: 'acknowledged', ownerId: actor.id });
    await tx.audit.append({ event: 'incident.acknowledged', actor, subject: `incident:${incident.id}`, details: {} });
    await announce(tx, changed);
    return done(changed);
  });
}

/** Closes the incident and sends the resolution to the findings' products. */
export async function resolve(
  deps: Deps,
  actor: Actor,
  input: {
    readonly incidentId: string;
    readonly resolution: GivenResolution;
    readonly note: string;
  },
): Promise<Outcome<Incident>> {
  const no = await whyNot(deps, await deps.settings.current(), actor, 'responder');
  return deps.store.tx(async (tx) => {
    if (no) return refused(tx, actor, `incident:${input.incidentId}`, no);
    const incident = await tx.incidents.lock(input.incidentId);
    if (!incident)
      return refuse('no_such_incident', `There is no incident ${input.incidentId}.`, 'See `/cordon list`.');
    if (incident.state === 'resolved')
      return refuse('already_resolved', `${incident.id} is resolved already.`, 'Nothing to do.');
    const busy = (await tx.runs.ofIncident(incident.id)).find((run) =>
      ['approved', 'executing', 'verifying'].includes(run.state),
    );
    if (busy) return refuse('run_in_progress', `${busy.id} is still running.`, 'Resolve when it has ended.');
    const { resolution, note } = input;
    const at = await settlingTime(tx, incident);
    await tx.incidents.addClosing({ incidentId: incident.id, at, resolution, note, seen: incident });
    const changed = await close(tx, incident, actor, { resolution, note, at });
    await tx.messages.touch({
      key: `writeback:${incident.id}`,
      kind: 'writeback',
      subjectId: incident.id,
      priority: 4,
    });
    return done(changed);
  });
}

/** A person settles all that is known by now, also what the clock of its source puts a little into the future. */
async function settlingTime(tx: Repositories, incident: Incident): Promise<string> {
  await tx.incidents.lockKey(incident.correlationKey);
  const known = (await tx.findings.filedUnder(incident.correlationKey)).flatMap(({ sightings }) =>
    sightings.flatMap(({ seenAt, statedAt }) => [seenAt, statedAt]),
  );
  return known.reduce(laterOf, await tx.now());
}

/** Ends the incident with all that waits in it. `at` is the time by which a recurrence is judged. */
export async function close(
  tx: Repositories,
  incident: Incident,
  actor: Actor,
  { resolution, note, at }: { readonly resolution: Resolution; readonly note: string; readonly at: string },
): Promise<Incident> {
  await endRequests(tx, incident.id);
  const changed = await tx.incidents.update({
    ...incident,
    state: 'resolved',
    resolution,
    resolutionNote: note,
    closedAt: at,
  });
  const entry = {
    event: 'incident.resolved',
    subject: `incident:${incident.id}`,
    details: { resolution, noteSha256: sha256(note) },
  } as const;
  // A person's decision is on record or not made; what the findings themselves say may be recorded later.
  if (actor.kind === 'system') await tx.audit.note({ ...entry, actor });
  else await tx.audit.append({ ...entry, actor });
  // Nobody was told of a quiet incident, so nobody waits to hear that it is over.
  if (!(await hasCard(tx, changed))) return changed;
  await announce(tx, changed);
  await announceOnce(tx, incident.id, `resolved-${changed.reopened}`, { template: 'resolved', resolution });
  return changed;
}

/** What nobody needs any more is not approved or run any more. An undo is still wanted: it puts back what was done. */
async function endRequests(tx: Repositories, incidentId: string): Promise<void> {
  const runs = await tx.runs.ofIncident(incidentId);
  for (const run of runs.filter(
    (one) => one.request.kind === 'forward' && ['planned', 'approved'].includes(one.state),
  )) {
    const request = await tx.approvals.ofRun(run.id);
    const approval = request && (await tx.approvals.lock(request.id));
    if (approval) await end(tx, approval, 'stale', 'approval.stale', SYSTEM, 'the incident was resolved');
  }
}

/** Records that somebody was refused, and returns the refusal. */
export async function refused<T extends Extract<Outcome<never>, { ok: false }>>(
  tx: Repositories,
  actor: Actor,
  subject: string,
  outcome: T,
): Promise<T> {
  await tx.audit.append({ event: 'access.refused', actor, subject, details: { code: outcome.refusal.code } });
  return outcome;
}
