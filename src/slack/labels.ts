import type { Finding, Severity, Source } from '../domain/finding.ts';
import type { Incident, IncidentState, Resolution, Rung } from '../domain/incident.ts';
import type { Risk } from '../domain/plan.ts';
import type { RunState } from '../domain/run.ts';

/** Word and shape, so that severity never hangs on a colour alone. */
export const SEVERITY_LABELS: Readonly<Record<Severity, string>> = {
  critical: 'CRITICAL ◆',
  high: 'HIGH ▲',
  medium: 'MEDIUM ●',
  low: 'LOW ▽',
  informational: 'INFO ○',
};

export const SOURCE_LABELS: Readonly<Record<Source, string>> = {
  guardduty: 'GuardDuty',
  securityhub: 'Security Hub',
  macie: 'Macie',
  inspector: 'Inspector',
  'access-analyzer': 'IAM Access Analyzer',
  health: 'AWS Health',
  trustedadvisor: 'Trusted Advisor',
  config: 'AWS Config',
  custom: 'another product',
};

export const STATE_LABELS: Readonly<Record<IncidentState, string>> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
};

export const RESOLUTION_LABELS: Readonly<Record<Resolution, string>> = {
  fixed: 'fixed',
  'false-positive': 'false positive',
  'accepted-risk': 'accepted risk',
  'archived-by-source': 'closed by the product that found it',
  superseded: 'superseded by what arrived later',
};

export const RUNG_LABELS: Readonly<Record<Rung, string>> = {
  pin: 'pinned',
  exact: 'exact type',
  family: 'family of types',
  net: 'safety net',
  'catch-all': 'catch-all',
};

/** The risk class with what it means; the word is the one of the policies. */
export const RISK_LABELS: Readonly<Record<Risk, string>> = {
  read: 'read (changes nothing)',
  additive: 'additive (adds, changes nothing that is there)',
  reversible: 'reversible (can be undone)',
  disruptive: 'disruptive (cuts off something that runs)',
  destructive: 'destructive (cannot be undone)',
};

export const RUN_LABELS: Readonly<Record<RunState, string>> = {
  planning: 'reading the live state',
  planned: 'planned, not approved yet',
  refused: 'refused, nothing was run',
  approved: 'approved, waiting for a worker',
  executing: 'running',
  verifying: 'reading back what it did',
  verified: 'done and verified',
  unverified: 'changed, unverified',
  failed: 'failed',
  'needs-human': 'stopped, needs a person',
  stale: 'stale, nothing was run',
  cancelled: 'cancelled, nothing was run',
};

/** What the finding is called by its product: GuardDuty type or control id. */
export function subjectOf(finding: Finding): string {
  return finding.type ?? finding.control ?? finding.rawControl ?? finding.id;
}

/** `HIGH ▲`, with the word SAMPLE before it for a console sample. */
export function severityMark(incident: Pick<Incident, 'severity' | 'sample'>): string {
  return `${incident.sample ? 'SAMPLE · ' : ''}${SEVERITY_LABELS[incident.severity]}`;
}
