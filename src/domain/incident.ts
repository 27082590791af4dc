import type { FindingKind, Severity, Source } from './finding.ts';
import type { IncidentId } from './ids.ts';

export type IncidentState = 'open' | 'acknowledged' | 'resolved';
export type Rung = 'pin' | 'exact' | 'family' | 'net' | 'catch-all';
export const RESOLUTIONS = ['fixed', 'false-positive', 'accepted-risk', 'archived-by-source', 'superseded'] as const;
/** `superseded`: what arrived later showed that its findings belong to another incident, or were settled before it was opened. */
export type Resolution = (typeof RESOLUTIONS)[number];
/** What a person may say. */
export type GivenResolution = Exclude<Resolution, 'archived-by-source' | 'superseded'>;

export interface Incident {
  readonly id: IncidentId;
  /** Threat: account, playbook and first required entity. Posture: control and account. One open incident a key. */
  readonly correlationKey: string;
  readonly kind: FindingKind;
  readonly source: Source;
  readonly state: IncidentState;
  readonly severity: Severity;
  /** Our own words (the playbook's title); never finding text. */
  readonly title: string;
  /** GuardDuty type or control id, as matched. */
  readonly subject: string;
  readonly accountId: string;
  readonly region: string;
  readonly playbookId: string;
  readonly rung: Rung;
  /** The rule that decided, for people. */
  readonly why: string;
  readonly sample: boolean;
  readonly ownerId: string | null;
  readonly resolution: Resolution | null;
  readonly resolutionNote: string | null;
  /** Grows with every change; buttons carry it. */
  readonly rev: number;
  readonly reopened: number;
  /** The finding that gives it its playbook: the first by the findings' own time. */
  readonly firstFinding: string;
  /** By the findings' own time: its first activity, and the one since which it is open. */
  readonly beganAt: string;
  readonly activeSince: string;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** When it was recorded, by the database's clock. */
  readonly openedAt: string;
  /** By the findings' own time, or when a person resolved it. */
  readonly closedAt: string | null;
}
