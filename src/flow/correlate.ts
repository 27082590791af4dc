import { SYSTEM } from '../domain/audit.ts';
import { type Finding, SEVERITIES, type Severity } from '../domain/finding.ts';
import { incidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { MatchResult } from '../playbooks/match.ts';
import type { Repositories } from '../ports.ts';
import { announce, announceOnce } from './announce.ts';
import { isActionable } from './merge-finding.ts';

/** A recurrence within this time of the close re-opens the incident, by the finding's own time, so that late arrival does not matter. */
const REOPEN_WINDOW_MS = 24 * 60 * 60 * 1000;

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

export interface Correlation {
  readonly incident: Incident | undefined;
  readonly outcome: 'opened' | 'updated' | 'reopened' | 'stored';
}

/** Opens, re-opens or updates the incident of a finding; the caller's transaction holds the finding's lock. */
export async function correlate(
  tx: Repositories,
  finding: Finding,
  match: MatchResult,
  severity: Severity,
  current: string | null,
): Promise<Correlation> {
  const key = correlationKey(finding, match);
  await tx.incidents.lockKey(key);
  const mine = current === null ? undefined : await tx.incidents.lock(current);
  const { open, lastClosed } = await tx.incidents.findByKey(key);
  const live = mine && mine.state !== 'resolved' ? mine : open;
  if (live) return { incident: await update(tx, live, finding, severity), outcome: 'updated' };
  if (!isActionable(finding)) return { incident: mine ?? lastClosed, outcome: 'stored' };
  if (mine && !isAfterClose(finding, mine)) return { incident: mine, outcome: 'stored' };
  // Under another key by now (its playbook has changed): the old incident stays closed, since another may be open under its key.
  const closed = mine?.correlationKey === key ? mine : lastClosed;
  if (closed && !isAfterClose(finding, closed)) return { incident: closed, outcome: 'stored' };
  if (closed && isRecurrence(finding, closed))
    return { incident: await reopen(tx, closed, finding, severity), outcome: 'reopened' };
  return { incident: await open_(tx, key, finding, match, severity), outcome: 'opened' };
}

function eventTime(finding: Finding): number {
  return Date.parse(
    finding.lastSeenAt && finding.lastSeenAt > finding.updatedAt ? finding.lastSeenAt : finding.updatedAt,
  );
}

function isAfterClose(finding: Finding, closed: Incident): boolean {
  return closed.closedAt === null || eventTime(finding) > Date.parse(closed.closedAt);
}

function isRecurrence(finding: Finding, closed: Incident): boolean {
  return closed.closedAt !== null && eventTime(finding) - Date.parse(closed.closedAt) <= REOPEN_WINDOW_MS;
}

async function open_(
  tx: Repositories,
  key: string,
  finding: Finding,
  match: MatchResult,
  severity: Severity,
): Promise<Incident> {
  const now = await tx.now();
  const id = incidentId(new Date(now).getUTCFullYear(), await tx.incidents.nextNumber());
  const incident: Incident = {
    id,
    correlationKey: key,
    kind: finding.kind,
    source: finding.source,
    state: 'open',
    severity,
    title: match.primary.playbook.playbook.title,
    subject: finding.control ?? finding.type ?? 'finding without a type',
    accountId: finding.accountId,
    region: finding.region,
    playbookId: match.primary.playbook.playbook.id,
    rung: match.primary.rung,
    why: match.primary.why,
    sample: finding.sample,
    ownerId: null,
    resolution: null,
    resolutionNote: null,
    rev: 1,
    reopened: 0,
    firstSeenAt: finding.firstSeenAt ?? finding.createdAt,
    lastSeenAt: finding.lastSeenAt ?? finding.updatedAt,
    openedAt: now,
    closedAt: null,
  };
  await tx.incidents.insert(incident);
  await tx.audit.append({
    event: 'incident.opened',
    actor: SYSTEM,
    subject: `incident:${id}`,
    details: {
      account: finding.accountId,
      playbook: incident.playbookId,
      rung: incident.rung,
      severity,
      sample: finding.sample,
    },
  });
  await announce(tx, incident);
  return incident;
}

async function reopen(tx: Repositories, closed: Incident, finding: Finding, severity: Severity): Promise<Incident> {
  const incident = await tx.incidents.update({
    ...closed,
    state: 'open',
    severity,
    resolution: null,
    resolutionNote: null,
    closedAt: null,
    reopened: closed.reopened + 1,
    lastSeenAt: later(closed.lastSeenAt, finding.lastSeenAt ?? finding.updatedAt),
  });
  await tx.audit.append({
    event: 'incident.reopened',
    actor: SYSTEM,
    subject: `incident:${incident.id}`,
    details: { times: incident.reopened, severity },
  });
  await announce(tx, incident);
  await announceOnce(tx, incident.id, `reopened-${incident.reopened}`, { template: 'reopened' });
  return incident;
}

async function update(tx: Repositories, incident: Incident, finding: Finding, severity: Severity): Promise<Incident> {
  const raised = SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(incident.severity);
  const changed = await tx.incidents.update({
    ...incident,
    severity: raised ? severity : incident.severity,
    sample: incident.sample && finding.sample,
    firstSeenAt: earlier(incident.firstSeenAt, finding.firstSeenAt ?? finding.createdAt),
    lastSeenAt: later(incident.lastSeenAt, finding.lastSeenAt ?? finding.updatedAt),
  });
  await tx.audit.append({
    event: 'incident.updated',
    actor: SYSTEM,
    subject: `incident:${incident.id}`,
    details: { severity: changed.severity, raised },
  });
  await announce(tx, changed);
  if (raised) await announceOnce(tx, incident.id, `severity-${severity}`, { template: 'severity-raised', severity });
  return changed;
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
