import type { ComplianceStatus, Finding, FindingKind, Severity, WorkflowStatus } from './finding.ts';
import { canonicalJson } from './json.ts';
import { compareTexts, laterOf } from './times.ts';

/** Who our write-backs say they are from. */
export const OUR_NOTE = 'cordon';

/**
 * What one delivery said about a finding's standing, and when. The set of a finding's sightings is all that its incidents are derived from (src/flow/episodes.ts),
 * so that the order in which deliveries arrive cannot matter. No text from outside.
 */
export interface Sighting {
  /** The adapter's name: a finding's GuardDuty, ASFF and OCSF copies speak in turn. */
  readonly shape: string;
  readonly kind: FindingKind;
  readonly updatedAt: string;
  readonly count: number;
  /** When the sender said so (the event's own time). Only Security Hub's workflow changes without `updatedAt`. */
  readonly statedAt: string;
  /** The finding's own time: its last update or its last occurrence, whichever is later. */
  readonly seenAt: string;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly state: Finding['state'];
  readonly workflow?: WorkflowStatus;
  readonly compliance?: ComplianceStatus;
  /** Whether the note on it is ours; absent when it has none. */
  readonly ours?: boolean;
  /** Under its playbook, as this copy alone reads. */
  readonly severity: Severity;
  readonly sample: boolean;
}

export function sightingOf(finding: Finding, severity: Severity): Sighting {
  const { shape, kind, updatedAt, count, state, workflow, compliance, noteBy, sample } = finding;
  const lastSeenAt = finding.lastSeenAt ?? updatedAt;
  return {
    shape,
    kind,
    updatedAt,
    count,
    statedAt: statedAt(finding),
    seenAt: laterOf(lastSeenAt, updatedAt),
    firstSeenAt: finding.firstSeenAt ?? finding.createdAt,
    lastSeenAt,
    state,
    ...(workflow && { workflow }),
    ...(compliance && { compliance }),
    ...(noteBy !== undefined && { ours: noteBy === OUR_NOTE }),
    severity,
    sample,
  };
}

function statedAt({ statedAt: at, updatedAt }: Pick<Finding, 'statedAt' | 'updatedAt'>): string {
  return at === undefined ? updatedAt : laterOf(at, updatedAt);
}

type Version = Pick<Finding, 'updatedAt' | 'count' | 'statedAt' | 'state' | 'workflow' | 'compliance'>;

/**
 * The order of what was said about one finding: by `updatedAt`, `count`, then by when it was said; of what cannot be told apart by time the more settled
 * counts as later, and text decides the rest. Total, so that every order of arrival is sorted to the same one.
 */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareTexts(a.updatedAt, b.updatedAt) ||
    a.count - b.count ||
    compareTexts(statedAt(a), statedAt(b)) ||
    settledness(a) - settledness(b) ||
    compareTexts(canonicalJson(a), canonicalJson(b))
  );
}

const WORKFLOWS: readonly (WorkflowStatus | undefined)[] = [undefined, 'NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED'];
const COMPLIANCES: readonly (ComplianceStatus | undefined)[] = [
  undefined,
  'FAILED',
  'WARNING',
  'NOT_AVAILABLE',
  'PASSED',
];

function settledness({ state, workflow, compliance }: Version): number {
  const archived = state === 'archived' ? 1 : 0;
  return archived * 100 + COMPLIANCES.indexOf(compliance) * 10 + WORKFLOWS.indexOf(workflow);
}

/** Only an active, unsettled finding opens or re-opens an incident: SUPPRESSED, ARCHIVED, RESOLVED and anything but a failed check do not. */
export function isActionable({
  state,
  workflow,
  compliance,
}: {
  readonly state: Finding['state'];
  readonly workflow?: WorkflowStatus | undefined;
  readonly compliance?: ComplianceStatus | undefined;
}): boolean {
  if (state === 'archived') return false;
  if (workflow === 'SUPPRESSED' || workflow === 'RESOLVED') return false;
  return compliance === undefined || compliance === 'FAILED' || compliance === 'WARNING';
}
