import { SYSTEM } from '../domain/audit.ts';
import { type Finding, SEVERITIES } from '../domain/finding.ts';
import { incidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import { sameJson } from '../domain/json.ts';
import { isActionable, type Sighting } from '../domain/sighting.ts';
import { compareTexts, earlierOf, laterOf } from '../domain/times.ts';
import type { MatchResult } from '../playbooks/match.ts';
import type { FiledFinding, LockedFinding, PersonsClosing, Repositories } from '../ports.ts';
import { announceOnce } from './announce.ts';
import { close } from './close.ts';
import { type Episode, episodesOf } from './episodes.ts';
import { announceUnlessQuiet, announceWhenMissing, type Said } from './quiet.ts';

/**
 * Which incident a finding belongs to. Posture: the control in the account. Threat: account, playbook and the first entity that the playbook asks for.
 * No time window while an incident is open.
 */
export function correlationKey(finding: Finding, match: MatchResult): string {
  const playbook = match.primary.playbook.playbook;
  if (finding.kind === 'posture') {
    return `posture|${finding.accountId}|${(finding.control ?? finding.type ?? playbook.id).toLowerCase()}`;
  }
  for (const kind of playbook.entities?.require ?? []) {
    const entity = finding.entities[kind];
    if (entity) return `${finding.kind}|${finding.accountId}|${playbook.id}|${kind}:${Object.values(entity)[0]}`;
  }
  return `${finding.kind}|${finding.accountId}|${playbook.id}|${finding.resources[0]?.id ?? finding.key}`;
}

export type Matcher = (finding: Finding) => MatchResult;

/** A finding that has come, or come again. */
export interface Arrival {
  /** As it was before; undefined the first time. */
  readonly stored: LockedFinding | undefined;
  readonly finding: Finding;
  readonly match: MatchResult;
  readonly matcher: Matcher;
  /** What this delivery says of it. */
  readonly sighting: Sighting;
  /** Something a responder would want to know. */
  readonly news: boolean;
}

export interface Filing {
  readonly key: string;
  /** Its key until now, when the finding's own facts have moved it. */
  readonly movedFrom: string | null;
  /** The finding is as it was and the playbooks are not: a live incident keeps its findings and its playbook. */
  readonly kept: boolean;
}

/** Under which key the finding is filed from now on. */
export async function filingOf(tx: Repositories, { stored, finding, match, matcher }: Arrival): Promise<Filing> {
  const key = correlationKey(finding, match);
  const before = stored?.correlationKey ?? null;
  if (!stored || before === null || before === key) return { key, movedFrom: null, kept: false };
  if (correlationKey(stored.finding, matcher(stored.finding)) === before)
    return { key, movedFrom: before, kept: false };
  const incident = stored.incidentId === null ? undefined : await tx.incidents.get(stored.incidentId);
  const live = incident !== undefined && incident.state !== 'resolved';
  return { key: live ? before : key, movedFrom: null, kept: live };
}

export interface Correlation {
  readonly incidentId: string | null;
  /** `stored`: no incident has changed. */
  readonly outcome: 'opened' | 'updated' | 'reopened' | 'resolved' | 'stored';
}

/**
 * Brings the incidents of the finding's key to what the sightings say. The finding is filed already and the caller's transaction holds its lock.
 * The rule is in src/flow/episodes.ts; here its result is laid over the rows that people know.
 */
export async function correlate(tx: Repositories, arrival: Arrival, filing: Filing): Promise<Correlation> {
  const { key, movedFrom } = filing;
  for (const one of [key, ...(movedFrom === null ? [] : [movedFrom])].sort(compareTexts))
    await tx.incidents.lockKey(one);
  if (movedFrom === null) {
    const open = await tx.incidents.openOf(key);
    if (open && changesNothing(open, arrival, filing)) return goOn(tx, open, arrival);
  }
  const left = movedFrom === null ? [] : await tx.findings.filedUnder(movedFrom);
  // The last finding takes its incidents along to its new key.
  const keys = movedFrom !== null && left.length === 0 ? [key, movedFrom] : [key];
  const outcome = await rederive(tx, keys, await tx.findings.filedUnder(key), arrival, filing);
  if (movedFrom !== null && left.length > 0) await rederive(tx, [movedFrom], left, arrival, filing);
  return outcome;
}

/**
 * Most arrivals: the newest word on a finding, or another copy of it, active, within the time that the incident is open anyway. They can be told without reading
 * all the others, which matters for an incident of thousands.
 */
function changesNothing(open: Incident, arrival: Arrival, { kept }: Filing): boolean {
  const { stored, finding, sighting } = arrival;
  if (kept || !isActionable(finding) || !isActionable(sighting)) return false;
  if (finding.updatedAt !== sighting.updatedAt || finding.count !== sighting.count) return false;
  if (stored === undefined) return sighting.updatedAt > open.activeSince;
  if (stored.incidentId !== open.id || stored.finding.sample !== finding.sample) return false;
  const isNewer = stored.finding.updatedAt < sighting.updatedAt && sighting.updatedAt > open.activeSince;
  return isNewer || isCopyOf(stored.finding, sighting);
}

function isCopyOf(known: Finding, sighting: Sighting): boolean {
  const { updatedAt, count, statedAt = updatedAt } = known;
  return (
    isActionable(known) && sighting.updatedAt === updatedAt && sighting.count === count && sighting.statedAt >= statedAt
  );
}

async function goOn(
  tx: Repositories,
  open: Incident,
  { stored, finding, match, sighting, news }: Arrival,
): Promise<Correlation> {
  if (stored?.incidentId !== open.id) await tx.findings.setIncident(finding.key, open.id);
  const next: Incident = {
    ...open,
    ...(open.firstFinding === finding.key && faceOf(finding, match)),
    severity: worseOf(open.severity, sighting.severity),
    sample: open.sample && finding.sample,
    firstSeenAt: earlierOf(open.firstSeenAt, sighting.firstSeenAt),
    lastSeenAt: laterOf(open.lastSeenAt, sighting.lastSeenAt),
  };
  if (!news && sameJson(next, open)) {
    await announceWhenMissing(tx, open, [sighting]);
    return { incidentId: open.id, outcome: 'stored' };
  }
  await update(tx, open, next, [sighting]);
  return { incidentId: open.id, outcome: 'updated' };
}

async function rederive(
  tx: Repositories,
  keys: readonly string[],
  filed: readonly FiledFinding[],
  arrival: Arrival,
  filing: Filing,
): Promise<Correlation> {
  const closings = await tx.incidents.closings(keys);
  const episodes = episodesOf(filed, closings);
  const rows = (await tx.incidents.ofKeys(keys)).filter((row) => row.resolution !== 'superseded');
  const pairs = assign(episodes, rows, closings);
  const kept = new Set(pairs.map(({ row }) => row?.id));
  // First of all what closes, since one incident a key is open at most.
  for (const row of rows) if (!kept.has(row.id)) await supersede(tx, row, closings);
  const incidentOf = new Map<string, string>();
  let mine: Correlation = { incidentId: null, outcome: 'stored' };
  for (const { episode, row } of pairs) {
    const correlation = await lay(tx, { key: keys[0] ?? '', episode, row, arrival, filing });
    for (const finding of episode.members) incidentOf.set(finding, correlation.incidentId ?? '');
    if (episode.members.includes(arrival.finding.key)) mine = correlation;
  }
  for (const finding of filed) {
    const now = incidentOf.get(finding.key) ?? null;
    if (now !== finding.incidentId) await tx.findings.setIncident(finding.key, now);
  }
  return mine;
}

interface Pair {
  readonly episode: Episode<PersonsClosing>;
  readonly row: Incident | undefined;
}

/**
 * Which row is which episode, oldest first: the row that a person resolved in it, else the one that people have open if it is open, else one of its time.
 * What a person has done binds most, because it cannot be derived again.
 */
function assign(
  episodes: readonly Episode<PersonsClosing>[],
  rows: readonly Incident[],
  closings: readonly PersonsClosing[],
): readonly Pair[] {
  const free = [...rows].sort((a, b) => compareTexts(b.beganAt, a.beganAt) || compareTexts(b.id, a.id));
  const pairs: Pair[] = [];
  for (const episode of [...episodes].reverse()) {
    const closing = closings.findLast(({ at }) => isWithin(at, episode));
    const resolved = free.find(({ id }) => id === closing?.incidentId);
    const live = episode.closedAt === null ? free.find(({ state }) => state !== 'resolved') : undefined;
    const row = resolved ?? live ?? free.find((one) => overlaps(one, episode));
    if (row) free.splice(free.indexOf(row), 1);
    pairs.unshift({ episode, row });
  }
  return pairs;
}

function isWithin(time: string, { beganAt, closedAt }: Episode<PersonsClosing>): boolean {
  return time >= beganAt && (closedAt === null || time <= closedAt);
}

function overlaps(row: Incident, episode: Episode<PersonsClosing>): boolean {
  return (
    (episode.closedAt === null || row.beganAt <= episode.closedAt) &&
    (row.closedAt === null || row.closedAt >= episode.beganAt)
  );
}

/** What a person has resolved stands as the person saw it, whatever has become of the findings; any other incident without findings says so. */
async function supersede(tx: Repositories, row: Incident, closings: readonly PersonsClosing[]): Promise<void> {
  const closing = closings.findLast(({ incidentId: id }) => id === row.id);
  if (closing === undefined || row.state !== 'resolved') {
    const at = row.closedAt ?? (await tx.now());
    await close(tx, row, SYSTEM, { resolution: 'superseded', note: WHY_SUPERSEDED, at });
    return;
  }
  const { at: closedAt, resolution, note, seen } = closing;
  const next: Incident = { ...row, ...factsSeen(seen ?? row), closedAt, resolution, resolutionNote: note };
  if (!sameJson(next, row)) await update(tx, row, next, []);
}

function factsSeen({
  severity,
  sample,
  reopened,
  firstFinding,
  beganAt,
  activeSince,
  firstSeenAt,
  lastSeenAt,
  ...rest
}: Incident) {
  return { severity, sample, reopened, firstFinding, beganAt, activeSince, firstSeenAt, lastSeenAt, ...row_(rest) };
}

const WHY_SUPERSEDED = 'What arrived later showed that its findings belong to another incident or were settled before.';
const WHY_ARCHIVED = 'Every finding was settled at its source.';

interface Laying extends Pair {
  readonly key: string;
  readonly arrival: Arrival;
  readonly filing: Filing;
}

/** Brings one incident to what its episode says, or opens it. */
async function lay(tx: Repositories, { key, episode, row, arrival, filing }: Laying): Promise<Correlation> {
  const facts = { correlationKey: key, ...factsOf(episode), ...(await face(tx, episode, row, arrival, filing)) };
  if (row === undefined) return open_(tx, facts, episode);
  const { said } = episode;
  const state = episode.closedAt === null ? (row.state === 'resolved' ? 'open' : row.state) : 'resolved';
  const next: Incident = { ...row, ...facts, state, ...resolutionOf(episode) };
  const touched = arrival.news && state !== 'resolved' && episode.members.includes(arrival.finding.key);
  if (sameJson(next, row)) {
    if (!touched) {
      await announceWhenMissing(tx, row, said);
      return { incidentId: row.id, outcome: 'stored' };
    }
    await update(tx, row, next, said);
    return { incidentId: row.id, outcome: 'updated' };
  }
  if (row.state === 'resolved' && state !== 'resolved') return reopen(tx, next, said);
  if (row.state !== 'resolved' && state === 'resolved') {
    const { resolution, resolutionNote, closedAt } = resolutionOf(episode);
    await close(tx, next, SYSTEM, {
      resolution: resolution ?? 'archived-by-source',
      note: resolutionNote ?? '',
      at: closedAt ?? '',
    });
    return { incidentId: row.id, outcome: 'resolved' };
  }
  await update(tx, row, next, said);
  return { incidentId: row.id, outcome: 'updated' };
}

function factsOf(episode: Episode<PersonsClosing>) {
  const { severity, sample, reopened, beganAt, activeSince, firstSeenAt, lastSeenAt, first } = episode;
  return { severity, sample, reopened, firstFinding: first, beganAt, activeSince, firstSeenAt, lastSeenAt };
}

function resolutionOf({
  closedAt,
  closedBy,
}: Episode<PersonsClosing>): Pick<Incident, 'resolution' | 'resolutionNote' | 'closedAt'> {
  if (closedAt === null) return { resolution: null, resolutionNote: null, closedAt };
  if (closedBy !== null) return { resolution: closedBy.resolution, resolutionNote: closedBy.note, closedAt };
  return { resolution: 'archived-by-source', resolutionNote: WHY_ARCHIVED, closedAt };
}

type Face = Pick<
  Incident,
  'kind' | 'source' | 'title' | 'subject' | 'accountId' | 'region' | 'playbookId' | 'rung' | 'why'
>;

/** What the incident has from its first finding. It is made anew when another finding turns out to be the first, or when that one has changed. */
async function face(
  tx: Repositories,
  { first }: Episode<PersonsClosing>,
  row: Incident | undefined,
  { finding, match, matcher }: Arrival,
  { kept }: Filing,
): Promise<Face> {
  if (row !== undefined && row.firstFinding === first && (kept || first !== finding.key)) return row_(row);
  if (first === finding.key) return faceOf(finding, match);
  const stored = await tx.findings.get(first);
  return stored === undefined ? faceOf(finding, match) : faceOf(stored.finding, matcher(stored.finding));
}

function row_({ kind, source, title, subject, accountId, region, playbookId, rung, why }: Face): Face {
  return { kind, source, title, subject, accountId, region, playbookId, rung, why };
}

function faceOf(finding: Finding, match: MatchResult): Face {
  const { playbook } = match.primary.playbook;
  return {
    kind: finding.kind,
    source: finding.source,
    title: playbook.title,
    subject: finding.control ?? finding.type ?? 'finding without a type',
    accountId: finding.accountId,
    region: finding.region,
    playbookId: playbook.id,
    rung: match.primary.rung,
    why: match.primary.why,
  };
}

type Facts = Face & ReturnType<typeof factsOf> & Pick<Incident, 'correlationKey'>;

/** An episode that is over already is recorded all the same, and nobody is called for it. */
async function open_(tx: Repositories, facts: Facts, episode: Episode<PersonsClosing>): Promise<Correlation> {
  const now = await tx.now();
  const id = incidentId(new Date(now).getUTCFullYear(), await tx.incidents.nextNumber());
  const incident: Incident = {
    ...facts,
    id,
    state: episode.closedAt === null ? 'open' : 'resolved',
    ownerId: null,
    rev: 1,
    openedAt: now,
    ...resolutionOf(episode),
  };
  await tx.incidents.insert(incident);
  await tx.audit.note({
    event: 'incident.opened',
    actor: SYSTEM,
    subject: `incident:${id}`,
    details: {
      account: incident.accountId,
      playbook: incident.playbookId,
      rung: incident.rung,
      severity: incident.severity,
      sample: incident.sample,
    },
  });
  if (incident.resolution !== null)
    await tx.audit.note({
      event: 'incident.resolved',
      actor: SYSTEM,
      subject: `incident:${id}`,
      details: { resolution: incident.resolution },
    });
  await announceUnlessQuiet(tx, incident, episode.said);
  return { incidentId: id, outcome: 'opened' };
}

async function reopen(tx: Repositories, next: Incident, said: readonly Said[]): Promise<Correlation> {
  const incident = await tx.incidents.update(next);
  await tx.audit.note({
    event: 'incident.reopened',
    actor: SYSTEM,
    subject: `incident:${incident.id}`,
    details: { times: incident.reopened, severity: incident.severity },
  });
  if (await announceUnlessQuiet(tx, incident, said))
    await announceOnce(tx, incident.id, `reopened-${incident.reopened}`, { template: 'reopened' });
  return { incidentId: incident.id, outcome: 'reopened' };
}

async function update(tx: Repositories, before: Incident, next: Incident, said: readonly Said[]): Promise<void> {
  const raised = next.state !== 'resolved' && SEVERITIES.indexOf(next.severity) < SEVERITIES.indexOf(before.severity);
  const changed = await tx.incidents.update(next);
  const { severity } = changed;
  await tx.audit.note({
    event: 'incident.updated',
    actor: SYSTEM,
    subject: `incident:${changed.id}`,
    details: { severity, raised },
  });
  const told = await announceUnlessQuiet(tx, changed, said);
  if (told && raised)
    await announceOnce(tx, changed.id, `severity-${severity}`, { template: 'severity-raised', severity });
}

function worseOf(a: Incident['severity'], b: Incident['severity']): Incident['severity'] {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? a : b;
}
