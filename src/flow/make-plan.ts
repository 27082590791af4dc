import type { Action, PlanContext, StepOutputs } from '../actions/action.ts';
import type { Account } from '../domain/account.ts';
import { accountLabel, leftOutText } from '../domain/account.ts';
import { AwsCallError, CordonError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { Incident } from '../domain/incident.ts';
import type { JsonObject } from '../domain/json.ts';
import { isRefusal, type Plan, type PlanDraft, type Refusal } from '../domain/plan.ts';
import { findStep, type LoadedPlaybook, type Step } from '../domain/playbook.ts';
import type { PlanRequest, Run } from '../domain/run.ts';
import type { Settings } from '../domain/settings.ts';
import { evaluate } from '../playbooks/conditions.ts';
import { resolveParams } from '../playbooks/refs.ts';
import type { AwsReader, Deps } from '../ports.ts';
import { refuseProtected } from './protected.ts';

/** What a plan is made from, all looked up afresh: planning and the drift check before a run go the same way. */
interface Ground {
  readonly settings: Settings;
  readonly account: Account;
  readonly incident: Incident;
  readonly finding: Finding;
  readonly loaded: LoadedPlaybook;
  readonly step: Step;
  readonly action: Action;
}

type Made<T> = T | Refusal;

/** Plans what a run asks for, from the state of AWS now. Reads only. Throws when AWS cannot be read for a reason that may pass. */
export async function makePlan(
  deps: Deps,
  run: Pick<Run, 'id' | 'incidentId' | 'request' | 'createdAt'>,
): Promise<Made<Plan>> {
  const ground = await groundOf(deps, run.request);
  if (isRefusal(ground)) return ground;
  const reader = await openReader(deps, ground);
  if (isRefusal(reader)) return reader;
  const context = contextOf(deps, run, reader);
  const made = await (run.request.kind === 'rollback'
    ? planRollback(deps, run, ground, context)
    : planForward(run, ground, context));
  return isRefusal(made) ? made : (refuseProtected(ground.settings, made) ?? made);
}

async function groundOf(deps: Deps, request: PlanRequest): Promise<Made<Ground>> {
  const settings = await deps.settings.current();
  const incident = await deps.store.read.incidents.get(request.incidentId);
  const stored = await deps.store.read.findings.get(request.findingKey);
  if (!incident || stored?.incidentId !== incident.id)
    return refusal('not-found', 'The finding is not part of this incident any more.', 'Open the card again.');
  const finding = stored.finding;
  if (incident.sample || finding.sample) {
    return refusal(
      'policy',
      'This is a sample finding: it describes nothing that exists.',
      'Samples are shown so that you can see the way, never acted on.',
    );
  }
  const account = settings.accounts.find((one) => one.id === finding.accountId);
  if (!account) return notEntered(settings, finding.accountId);
  if (account.id === deps.self.accountId)
    return refusal(
      'self',
      `${accountLabel(account, account.id)} is the account that Cordon runs in; it changes nothing there.`,
      'Do the step by hand, so that Cordon cannot cut off itself.',
    );
  if (account.management)
    return refusal(
      'policy',
      `${accountLabel(account, account.id)} is the management account; Cordon does not act there.`,
      'Do the step by hand.',
    );
  const loaded = (await deps.playbooks.current()).get(incident.playbookId);
  const step = loaded && findStep(loaded.playbook, request.stepId);
  const action = step?.action && deps.actions.get(step.action.use);
  if (!loaded || !step || !action)
    return refusal(
      'unsupported',
      `The playbook ${incident.playbookId} has no step “${request.stepId}” that runs.`,
      'Open the card again; the playbook may have changed.',
    );
  return { settings, account, incident, finding, loaded, step, action };
}

function notEntered(settings: Settings, accountId: string): Refusal {
  const out = settings.leftOut.find((one) => one.account.id === accountId);
  return out
    ? refusal(
        'policy',
        `${accountLabel(out.account, accountId)} is ${leftOutText(out)}; Cordon does not enter it.`,
        'Do the step by hand, or change organization in cordon.yaml.',
      )
    : refusal(
        'policy',
        `The account ${accountId} is not listed in cordon.yaml.`,
        'Add it under accounts with an alias and owners, and deploy its roles.',
      );
}

async function openReader(deps: Deps, ground: Ground): Promise<Made<AwsReader>> {
  try {
    return await deps.sessions.read(ground.account.id, ground.finding.region);
  } catch (error) {
    if (error instanceof AwsCallError && !error.retry) return refusal('policy', error.message, error.hint);
    throw error;
  }
}

function contextOf(deps: Deps, run: Pick<Run, 'id' | 'incidentId' | 'createdAt'>, reader: AwsReader): PlanContext {
  return {
    accountId: reader.accountId,
    region: reader.region,
    partition: reader.partition,
    runId: run.id,
    incidentId: run.incidentId,
    plannedAt: new Date(run.createdAt).toISOString(),
    self: deps.self,
    read: (call) => reader.send(call),
    async readOptional(call, absentOn) {
      try {
        return await reader.send(call);
      } catch (error) {
        if (error instanceof AwsCallError && absentOn.includes(error.awsCode)) return undefined;
        throw error;
      }
    },
  };
}

async function planForward(run: Pick<Run, 'id'>, ground: Ground, context: PlanContext): Promise<Made<Plan>> {
  const known = paramContext(ground);
  if (ground.step.when && !evaluate(ground.step.when, known).holds) {
    return refusal(
      'mismatch',
      `The step “${ground.step.title}” is not for this finding: its condition does not hold.`,
      'Look at the other steps of the playbook.',
    );
  }
  const resolved = resolveParams(ground.step, known);
  if ('missing' in resolved) {
    return refusal(
      'mismatch',
      `The finding does not say ${resolved.missing.join(', ')}.`,
      'Do the step by hand; the guidance of the step says how.',
    );
  }
  const params = ground.action.params.safeParse(resolved.params);
  if (!params.success) {
    const [issue] = params.error.issues;
    return refusal(
      'mismatch',
      `The finding’s value for ${issue?.path.join('.') ?? 'a parameter'} does not fit: ${issue?.message ?? 'not valid'}.`,
      'Do the step by hand; the guidance of the step says how.',
    );
  }
  const draft = await guard(() => ground.action.plan(context, params.data));
  return isRefusal(draft) ? draft : frame(run, ground, context, draft, params.data);
}

/** What a playbook's refs may reach; see src/playbooks/refs.ts. */
export function paramContext(
  ground: Pick<Ground, 'finding' | 'account' | 'incident'>,
): Parameters<typeof resolveParams>[1] {
  return {
    finding: ground.finding,
    entity: ground.finding.entities,
    account: ground.account,
    incident: ground.incident,
  };
}

async function planRollback(
  deps: Deps,
  run: Pick<Run, 'id' | 'request'>,
  ground: Ground,
  context: PlanContext,
): Promise<Made<Plan>> {
  const undone = run.request.undoes === undefined ? undefined : await deps.store.read.runs.get(run.request.undoes);
  if (!undone?.plan) return refusal('not-found', 'The run to undo has no plan.', 'Undo it by hand.');
  // The step of the playbook may use another action by now: what is undone, and under which rules, is decided by the action that ran.
  const action = deps.actions.get(undone.plan.action.id);
  if (!action)
    return refusal('unsupported', `This version has no action ${undone.plan.action.id} any more.`, 'Undo it by hand.');
  const allowance = action.undoAllowance;
  if (allowance !== undefined && !ground.settings.allow[allowance].includes(ground.incident.playbookId)) {
    return refusal(
      'policy',
      `Undoing “${action.title}” is refused on ${ground.incident.playbookId}: it would hand the credential back to whoever stole it.`,
      `Give the workload a new credential instead. If it must be, list ${ground.incident.playbookId} under allow.${allowance} in cordon.yaml; two people must then approve.`,
    );
  }
  const outputs = outputsOf(await deps.store.read.journal.ofRun(undone.id));
  const plan = undone.plan;
  const draft = await guard(() => action.rollback(context, { plan, outputs }));
  return isRefusal(draft)
    ? draft
    : {
        ...frame(run, { ...ground, action }, context, draft, plan.params),
        kind: 'rollback',
        undoes: undone.id,
        twoPeople: action.undoReexposes,
      };
}

/** Outputs of the steps that a journal says are done. */
export function outputsOf(
  journal: readonly { readonly stepId: string; readonly outputs: StepOutputs[string] }[],
): StepOutputs {
  return Object.fromEntries(journal.map((entry) => [entry.stepId, entry.outputs]));
}

/** Planning only reads; what AWS refuses to show is an answer to the person, not a crash. */
async function guard(plan: () => Promise<PlanDraft | Refusal>): Promise<PlanDraft | Refusal> {
  try {
    return await plan();
  } catch (error) {
    if (error instanceof AwsCallError && !error.retry) return refusal('not-found', error.message, error.hint);
    if (error instanceof CordonError && !error.retry) return refusal('mismatch', error.message, error.hint);
    throw error;
  }
}

function frame(run: Pick<Run, 'id'>, ground: Ground, context: PlanContext, draft: PlanDraft, params: JsonObject): Plan {
  return {
    ...draft,
    schema: 'cordon/plan/v1',
    kind: 'forward',
    action: { id: ground.action.id, version: ground.action.version, title: ground.action.title },
    risk: ground.action.risk,
    twoPeople: false,
    params,
    accountId: context.accountId,
    region: context.region,
    partition: context.partition,
    incidentId: ground.incident.id,
    runId: run.id,
    playbook: {
      id: ground.loaded.playbook.id,
      version: ground.loaded.playbook.version,
      hash: ground.loaded.hash,
      stepId: ground.step.id,
    },
  };
}

function refusal(refused: Refusal['refused'], why: string, hint: string): Refusal {
  return { refused, why, hint };
}
