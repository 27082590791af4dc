import type { Approval } from '../domain/approval.ts';
import type { Actor } from '../domain/audit.ts';
import type { HealthEntry } from '../domain/health.ts';
import type { GivenResolution, Incident } from '../domain/incident.ts';
import type { Risk } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { Settings } from '../domain/settings.ts';
import type { PolicyExplanation } from '../flow/explain-policy.ts';
import type { KillSwitch } from '../ports.ts';

/** Why something asked for was not done; an expected outcome, already in the audit chain. */
export interface FlowRefusal {
  /** Name of the rule that decided. */
  readonly code: string;
  readonly message: string;
  /** What the person can do next. */
  readonly hint: string;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: FlowRefusal };

/** A step of the incident's playbook, on the finding whose entities fill its parameters. */
export interface StepOption {
  readonly stepId: string;
  readonly findingKey: string;
  readonly title: string;
  /** What it would touch, as the finding names it: hostile text. Null for guidance. */
  readonly target: string | null;
  /** Null for guidance that a person follows by hand. */
  readonly action: { readonly id: string; readonly risk: Risk } | null;
  readonly phase: string;
  readonly guidance: string | null;
  readonly runnable: boolean;
  readonly whyNot: string | null;
}

/** What a person may do by cordon.yaml and Slack's user groups. */
export interface Rights {
  readonly responder: boolean;
  readonly approver: boolean;
  readonly operator: boolean;
  /** Account ids the person answers for. */
  readonly ownerOf: readonly string[];
  /** True for anybody whom cordon.yaml names anywhere, also in a group only. */
  readonly named: boolean;
}

/** The stages of the story that a click or a command can start. Each checks rights itself and writes its own audit row. */
export interface FlowApi {
  acknowledge(actor: Actor, input: { readonly incidentId: string; readonly rev?: number }): Promise<Outcome<Incident>>;
  resolve(
    actor: Actor,
    input: { readonly incidentId: string; readonly resolution: GivenResolution; readonly note: string },
  ): Promise<Outcome<Incident>>;
  /** The run is in state planning; its plan comes later through the message `run:<id>`. */
  requestPlan(
    actor: Actor,
    input: {
      readonly incidentId: string;
      readonly stepId: string;
      readonly findingKey: string;
      readonly viewId: string | null;
    },
  ): Promise<Outcome<Run>>;
  requestRollback(
    actor: Actor,
    input: { readonly runId: string; readonly viewId: string | null },
  ): Promise<Outcome<Run>>;
  attachView(runId: string, viewId: string): Promise<void>;
  requestApproval(
    actor: Actor,
    input: { readonly runId: string; readonly planHash: string; readonly reason: string },
  ): Promise<Outcome<Approval>>;
  vote(
    actor: Actor,
    input: {
      readonly approvalId: string;
      readonly planHash: string;
      readonly decision: 'approve' | 'deny';
      readonly reason: string;
    },
  ): Promise<Outcome<{ readonly approval: Approval; readonly outcome: 'counted' | 'granted' | 'denied' }>>;
  stop(actor: Actor, reason: string): Promise<Outcome<KillSwitch>>;
  resume(actor: Actor): Promise<Outcome<KillSwitch>>;
  /** What is wrong with Cordon itself at this moment. */
  health(): Promise<readonly HealthEntry[]>;
  stepsOf(incident: Incident): Promise<readonly StepOption[]>;
  /** Who may approve a kind of change, and why one person may not. Changes nothing. */
  explainPolicy(input: {
    readonly account: string;
    readonly action: string;
    readonly personId: string | null;
  }): Promise<Outcome<PolicyExplanation>>;
  /** To show it and to let somebody in; decisions look again. Throws when Slack does not say who is in a user group that could matter. */
  rights(settings: Settings, personId: string): Promise<Rights>;
}
