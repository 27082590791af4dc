import { hashOf, type Json, type JsonObject } from './json.ts';

/** What a remediation does to the thing it touches; decides who must approve. Read needs nobody. */
export const RISKS = ['read', 'additive', 'reversible', 'disruptive', 'destructive'] as const;
export type Risk = (typeof RISKS)[number];

/** The AWS services whose clients an action may use; src/aws/client.ts loads them. */
export const SERVICES = ['iam', 's3', 'ec2', 'cloudtrail', 'lambda', 'rds'] as const;
export type ServiceId = (typeof SERVICES)[number];

/** One AWS API call as data: the SDK's operation name and its input. An input may hold `{"$out": "<step id>.<name>"}` for an earlier step's output. */
export interface AwsCall {
  readonly service: ServiceId;
  readonly operation: string;
  readonly input: JsonObject;
}

/** A question to AWS as data: read, pick with a JMESPath query, and it holds when the picked value equals `expect` (canonical JSON; `$out` allowed). */
export interface Probe {
  readonly title: string;
  readonly read: AwsCall;
  readonly query: string;
  readonly expect: Json;
  /** AWS error codes that mean "there is none": the picked value is then null. Any other error is an error, never an answer. */
  readonly absentOn?: readonly string[];
  /** How long AWS may take until it shows, where that is longer than for most things (a database is modified for minutes). */
  readonly settleSeconds?: number;
}

/** An IAM statement, Allow only. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** IAM condition block. */
  readonly condition?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } };
}

/** One AWS write, what must hold just before it, and how to see by reading that it has been applied. */
export interface PlanStep {
  readonly id: string;
  readonly title: string;
  readonly call: AwsCall;
  /** What the act session needs for this one call. */
  readonly iam: readonly Statement[];
  readonly precondition: readonly Probe[];
  readonly applied: Probe;
  /** JMESPath over the answer of `applied.read`, by name: so an output is known after a crash too. */
  readonly outputs?: { readonly [name: string]: string };
}

/** One line of a before/after diff. */
export interface Change {
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
}

/** What an action returns: a plan without the frame that the flow puts around it. */
export interface PlanDraft {
  readonly summary: string;
  readonly target: { readonly type: string; readonly id: string; readonly arn: string };
  readonly changes: readonly Change[];
  readonly blastRadius: readonly string[];
  /** The state that a rollback restores; must hold every material field, since drift is found by planning again. */
  readonly before: JsonObject;
  readonly steps: readonly PlanStep[];
  /** Asked of AWS after the last step, through a read session; all must hold. */
  readonly verify: readonly Probe[];
  readonly rollback:
    | { readonly available: true; readonly summary: string }
    | { readonly available: false; readonly why: string };
}

/** Why there is no plan; an expected outcome. */
export interface Refusal {
  readonly refused:
    | 'not-found'
    | 'protected'
    | 'self'
    | 'nothing-to-do'
    /** Not now: the thing is being changed by something else. */
    | 'not-ready'
    | 'mismatch'
    | 'too-large'
    | 'irreversible'
    | 'policy'
    | 'drifted'
    | 'unsupported';
  readonly why: string;
  readonly hint: string;
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}

/** The exact thing that people approve and that runs: nothing outside it is sent. */
export interface Plan extends PlanDraft {
  readonly schema: 'cordon/plan/v1';
  readonly kind: 'forward' | 'rollback';
  readonly action: { readonly id: string; readonly version: number; readonly title: string };
  readonly risk: Risk;
  /** The undo of something that re-exposes: two people. */
  readonly twoPeople: boolean;
  readonly params: JsonObject;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly incidentId: string;
  /** Allotted at planning, so that tags and tokens in the steps are literal. */
  readonly runId: string;
  /** The run that a rollback undoes. */
  readonly undoes?: string;
  readonly playbook: { readonly id: string; readonly version: string; readonly hash: string; readonly stepId: string };
}

/** Lower-case hex SHA-256 of the plan's canonical JSON. */
export function planHash(plan: Plan): string {
  return hashOf(plan);
}

/** Statements of all steps, as the session policy of the act session; equal ones once. */
export function sessionStatements(plan: Plan): readonly Statement[] {
  const seen = new Map<string, Statement>();
  for (const step of plan.steps) for (const statement of step.iam) seen.set(hashOf(statement), statement);
  return [...seen.values()];
}
