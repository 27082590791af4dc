import type { Json } from './json.ts';
import type { Plan } from './plan.ts';

/**
 * requested -> planning -> planned (or refused) -> approved -> executing -> verifying -> verified | unverified | failed | needs-human | stale.
 * A run is made when somebody asks for a plan and keeps its id to the end.
 */
export const RUN_STATES = [
  'planning',
  'planned',
  'refused',
  'approved',
  'executing',
  'verifying',
  'verified',
  'unverified',
  'failed',
  'needs-human',
  'stale',
  'cancelled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** States from which nothing more happens by itself. */
export const FINAL_RUN_STATES: readonly RunState[] = [
  'refused',
  'verified',
  'unverified',
  'failed',
  'needs-human',
  'stale',
  'cancelled',
];

/** What a person asked for: a step of the incident's playbook on one of its findings, or the undo of a run. */
export interface PlanRequest {
  readonly kind: 'forward' | 'rollback';
  readonly incidentId: string;
  /** Forward: the playbook's step and the finding whose entities fill its parameters. */
  readonly stepId: string;
  readonly findingKey: string;
  /** Rollback: the run to undo. */
  readonly undoes?: string;
}

export interface Run {
  readonly id: string;
  readonly incidentId: string;
  readonly request: PlanRequest;
  readonly requestedBy: string;
  readonly state: RunState;
  /** Why it is refused, stale, failed or unverified; our own words. */
  readonly stateReason: string | null;
  readonly plan: Plan | null;
  readonly planHash: string | null;
  /** Grows with every claim; a worker that holds an older one has lost the run. */
  readonly fence: number;
  readonly leaseUntil: string | null;
  readonly leaseOwner: string | null;
  /** Not taken up before this time (database clock). */
  readonly notBefore: string | null;
  readonly attempt: number;
  /** The open modal that shows the plan, so that it can be filled when the plan is there. */
  readonly viewId: string | null;
  /** The run that undid this one. */
  readonly undoneBy: string | null;
  readonly rev: number;
  readonly createdAt: string;
  readonly plannedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** One row a step: intent is committed before the call, done after it. An intent without done is read back, never blindly sent again. */
export interface JournalEntry {
  readonly runId: string;
  readonly stepIndex: number;
  readonly stepId: string;
  readonly state: 'intent' | 'done' | 'failed';
  /** True when the call was found applied by reading after a crash or an unclear answer. */
  readonly readBack: boolean;
  readonly requestId: string | null;
  readonly outputs: { readonly [name: string]: Json };
  readonly error: string | null;
  readonly fence: number;
  readonly intentAt: string;
  readonly doneAt: string | null;
}
