import type { JsonObject } from './json.ts';

/** Every state change and every decision has one of these codes; a row is written in the transaction of the change it records. */
export const AUDIT_EVENTS = [
  'delivery.received',
  'delivery.quarantined',
  'delivery.replayed',
  'delivery.processed',
  'finding.stored',
  'finding.updated',
  'finding.ignored',
  'incident.opened',
  'incident.updated',
  'incident.reopened',
  'incident.acknowledged',
  'incident.resolved',
  'plan.requested',
  'plan.made',
  'plan.refused',
  'plan.cancelled',
  'approval.requested',
  'approval.reminded',
  'approval.voted',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'approval.stale',
  'approval.voided',
  'approval.refused',
  'run.claimed',
  'run.claim-refused',
  'run.resumed',
  'run.stale',
  'run.step-intent',
  'run.step-done',
  'run.step-failed',
  'run.verifying',
  'run.verified',
  'run.unverified',
  'run.failed',
  'run.needs-human',
  'run.orphan-found',
  'finding.written-back',
  'finding.write-back-failed',
  'switch.stopped',
  'switch.resume-voted',
  'switch.resumed',
  'accounts.changed',
  'access.refused',
  'message.given-up',
  'audit.cut',
  'system.started',
  'system.restore-noticed',
  'system.restored',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/**
 * What Cordon reads and shows by itself, and a stop: these let nothing happen in AWS. When the chain takes no rows they are kept beside it and appended later;
 * every other event that cannot be recorded does not happen.
 */
export const AUDIT_NOTES = [
  'delivery.received',
  'delivery.quarantined',
  'delivery.processed',
  'finding.stored',
  'finding.updated',
  'finding.ignored',
  'incident.opened',
  'incident.updated',
  'incident.reopened',
  'incident.resolved',
  'switch.stopped',
] as const satisfies readonly AuditEvent[];

/** Who caused it: a Slack person, an operating-system user at the CLI, or Cordon itself (a worker, a timer). */
export interface Actor {
  readonly kind: 'slack' | 'cli' | 'system';
  readonly id: string;
}

export interface AuditEntry {
  readonly event: AuditEvent;
  readonly actor: Actor;
  /** The row that changed, e.g. `run:RUN-9Q2M…`. */
  readonly subject: string;
  /** Facts only; no finding text, no secrets. */
  readonly details: JsonObject;
}

/** A row that may be appended later. */
export interface AuditNote extends AuditEntry {
  readonly event: (typeof AUDIT_NOTES)[number];
}

export interface AuditRow extends AuditEntry {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly at: string;
  /** Hash of the row before; 64 zeros for the first. */
  readonly prevHash: string;
  /** SHA-256 of the canonical JSON of all fields above. */
  readonly hash: string;
}

export const SYSTEM = { kind: 'system', id: 'cordon' } as const satisfies Actor;
