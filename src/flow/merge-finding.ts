import type { Finding } from '../domain/finding.ts';
import { canonicalJson, sameJson } from '../domain/json.ts';

/** Who our write-backs say they are from; such an update is not news. */
export const OUR_NOTE = 'cordon';

/**
 * One record from two deliveries of the same finding, whichever came first: the newer one's state, the richer one's detail.
 * Ordered by `updatedAt`, then `count`, then text, so that every order of arrival ends in the same record.
 */
export function mergeFinding(a: Finding, b: Finding): Finding {
  const [older, newer] = order(a, b);
  const detail = richer(older, newer);
  const other = detail === newer ? older : newer;
  const workflow = newer.workflow ?? older.workflow;
  const compliance = newer.compliance ?? older.compliance;
  const noteBy = newer.noteBy ?? older.noteBy;
  const firstSeenAt = earliest(a.firstSeenAt, b.firstSeenAt);
  const lastSeenAt = latest(a.lastSeenAt, b.lastSeenAt);
  return {
    ...detail,
    state: newer.state,
    severity: newer.severity,
    rawSeverity: newer.rawSeverity,
    count: Math.max(a.count, b.count),
    createdAt: earliest(a.createdAt, b.createdAt) ?? detail.createdAt,
    updatedAt: latest(a.updatedAt, b.updatedAt) ?? detail.updatedAt,
    entities: { ...other.entities, ...detail.entities },
    writeBack: { ...other.writeBack, ...detail.writeBack },
    standards: union(a.standards, b.standards),
    requirements: union(a.requirements, b.requirements),
    sample: a.sample || b.sample,
    ...(workflow && { workflow }),
    ...(compliance && { compliance }),
    ...(noteBy && { noteBy }),
    ...(firstSeenAt && { firstSeenAt }),
    ...(lastSeenAt && { lastSeenAt }),
  };
}

function order(a: Finding, b: Finding): readonly [Finding, Finding] {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? [a, b] : [b, a];
  if (a.count !== b.count) return a.count < b.count ? [a, b] : [b, a];
  return canonicalJson(a) <= canonicalJson(b) ? [a, b] : [b, a];
}

/** GuardDuty's own form holds more than its copy in Security Hub. */
function richer(older: Finding, newer: Finding): Finding {
  if (older.shape === newer.shape) return newer;
  return older.shape === 'guardduty' ? older : newer;
}

function earliest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}

/** True when the two differ in something a responder would want to know; a status that we wrote ourselves is not. */
export function isNews(before: Finding, after: Finding): boolean {
  const ours = after.noteBy === OUR_NOTE && (after.workflow === 'NOTIFIED' || after.workflow === 'RESOLVED');
  return !sameJson(material(before, ours), material(after, ours));
}

function material(finding: Finding, ours: boolean): object {
  const { state, compliance, severity, count, type, control, resources, sample, workflow } = finding;
  return {
    state,
    compliance,
    severity,
    count,
    type,
    control,
    resources,
    sample,
    workflow: ours ? null : (workflow ?? null),
  };
}

/** Only an active, unsettled finding opens or re-opens an incident: SUPPRESSED, ARCHIVED, RESOLVED and anything but a failed check do not. */
export function isActionable(finding: Finding): boolean {
  if (finding.state === 'archived') return false;
  if (finding.workflow === 'SUPPRESSED' || finding.workflow === 'RESOLVED') return false;
  return finding.compliance === undefined || finding.compliance === 'FAILED' || finding.compliance === 'WARNING';
}
