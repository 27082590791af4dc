/**
 * The contract of a remediation action: one file an action, `src/actions/<service>/<verb-object>.ts`, default export of `defineAction`.
 * An action only describes. It reads and returns a plan as data; the executor of src/flow is the only one that sends a write.
 */
import type { z } from 'zod';
import type { Json, JsonObject } from '../domain/json.ts';
import type { AwsCall, Plan, PlanDraft, Refusal, Risk, ServiceId, Statement } from '../domain/plan.ts';

/** What an action may do while planning: read, in one account and Region. */
export interface PlanContext {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** Literal in tags, names and tokens, so that what a crashed run made can be found again. */
  readonly runId: string;
  readonly incidentId: string;
  /** When the run was asked for, ISO 8601 in UTC: fixed for the run, so that planning it again gives the same plan. There is no other clock. */
  readonly plannedAt: string;
  /** What must never be touched, whatever a setting says. */
  readonly self: {
    readonly accountId: string;
    readonly roleNames: readonly string[];
    readonly instanceIds: readonly string[];
  };
  /** Throws AwsCallError. */
  read(call: AwsCall): Promise<Json>;
  /** As `read`, but the named AWS error codes give undefined: they mean "there is none". */
  readOptional(call: AwsCall, absentOn: readonly string[]): Promise<Json | undefined>;
}

/** One IAM permission of the action and why it is needed; `resources` are ARN templates with `{partition}`, `{account}`, `{region}`. */
export interface Permission extends Statement {
  readonly why: string;
}

export interface Action<P = JsonObject> {
  /** `<service>.<verb-object>`, equal to the file's place. */
  readonly id: string;
  /** Raised when the plan it makes for the same state changes; open approvals then go stale. */
  readonly version: number;
  readonly title: string;
  readonly risk: Risk;
  /** True when its undo re-exposes something: the undo needs two people. */
  readonly undoReexposes: boolean;
  /** True when Cordon never undoes it; `rollback` then refuses and says why. */
  readonly irreversible?: boolean;
  /** Name of the list under `allow` in cordon.yaml that must hold the playbook's id before an undo may be asked for. */
  readonly undoAllowance?: 'reactivateAccessKey';
  readonly services: readonly ServiceId[];
  readonly docs: string;
  /** Reads of plan, preconditions, applied and verify; go to the read role. */
  readonly reads: readonly Permission[];
  /** Writes of the steps and of the rollback's steps; go to the act role. */
  readonly writes: readonly Permission[];
  readonly params: z.ZodType<P>;
  plan(context: PlanContext, params: P): Promise<PlanDraft | Refusal>;
  /** Plans the undo of a run that changed something; restores `plan.before`. Refuses (`drifted`) when the present state is not what the run left. */
  rollback(
    context: PlanContext,
    run: { readonly plan: Plan; readonly outputs: StepOutputs },
  ): Promise<PlanDraft | Refusal>;
}

/** Outputs of a run's steps: step id -> name -> value. */
export type StepOutputs = { readonly [stepId: string]: { readonly [name: string]: Json } };

/** Keeps the parameter type inside the file and gives the registry one shape. */
export function defineAction<P extends JsonObject>(action: Action<P>): Action<P> {
  return action;
}
