import { setTimeout as pause } from 'node:timers/promises';
import type { Action, PlanContext, StepOutputs } from '../../../src/actions/action.ts';
import { AwsCallError, CordonError } from '../../../src/domain/errors.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { type Plan, type PlanStep, type Probe, sessionStatements } from '../../../src/domain/plan.ts';
import { ask, askUntil, fillCall, outputsFrom } from '../../../src/flow/probe.ts';
import type { AwsReader, AwsSessions, AwsWriter, SelfIdentity } from '../../../src/ports.ts';
import { framed } from './framed.ts';

/** Where and as which run a test plans. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly runId: string;
  readonly incidentId: string;
  readonly self: SelfIdentity;
}

/** How long a reading is repeated; the journal, the fence and the audit of the real executor are tested with the flow. */
const WAIT = { settleMilliseconds: 4_000, pollMilliseconds: 50, pause: (ms: number) => pause(ms) };

/** The flow takes it from the run; here it is one moment for all. */
const PLANNED_AT = '2026-11-22T07:50:00.000Z';

export async function contextFor(sessions: AwsSessions, place: Place): Promise<PlanContext> {
  const reader = await sessions.read(place.accountId, place.region);
  return {
    ...place,
    partition: reader.partition,
    plannedAt: PLANNED_AT,
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

/** Plans as the flow does. Throws when the action refuses. */
export async function planIt(sessions: AwsSessions, place: Place, action: Action, params: JsonObject): Promise<Plan> {
  const context = await contextFor(sessions, place);
  const parsed = action.params.parse(params);
  return framed(action, context, parsed, await action.plan(context, parsed));
}

export async function planUndo(
  sessions: AwsSessions,
  place: Place,
  action: Action,
  plan: Plan,
  outputs: StepOutputs,
): Promise<Plan> {
  const context = await contextFor(sessions, place);
  return {
    ...framed(action, context, plan.params, await action.rollback(context, { plan, outputs })),
    kind: 'rollback',
  };
}

/** A fresh act session for the plan, with its own statements or the given ones. */
export function actFor(sessions: AwsSessions, plan: Plan, statements = sessionStatements(plan)): Promise<AwsWriter> {
  const { accountId, region, incidentId, runId } = plan;
  return sessions.act({ accountId, region, incidentId, runId, approvers: ['U0ALICE0001'], statements });
}

/** Runs every step: precondition, one call, seen by reading. Throws at the first thing that is not as the plan says. */
export async function runPlan(
  plan: Plan,
  reader: AwsReader,
  writer: AwsWriter,
  settleMilliseconds = WAIT.settleMilliseconds,
): Promise<StepOutputs> {
  let outputs: StepOutputs = {};
  for (const step of plan.steps) {
    outputs = { ...outputs, [step.id]: await runStep(step, reader, writer, outputs, settleMilliseconds) };
  }
  return outputs;
}

async function runStep(
  step: PlanStep,
  reader: AwsReader,
  writer: AwsWriter,
  outputs: StepOutputs,
  settleMilliseconds: number,
) {
  for (const probe of step.precondition) {
    const answer = await ask(reader, probe, outputs);
    if (!answer.holds) throw new Error(`${step.id}: “${probe.title}” does not hold: ${JSON.stringify(answer.got)}`);
  }
  if ((await ask(reader, step.applied, outputs)).holds)
    throw new Error(`${step.id} shows as applied before it was sent`);
  await writer.send(fillCall(step.call, outputs));
  const seen = await askUntil(() => ask(reader, step.applied, outputs), { ...WAIT, settleMilliseconds });
  if (!seen.holds) throw new Error(`${step.id} was accepted but does not show: ${JSON.stringify(seen.got)}`);
  return outputsFrom(seen.answer, step.outputs);
}

/** Which of the probes hold. One that needs an output nobody has is not held. */
export async function verdicts(
  reader: AwsReader,
  probes: readonly Probe[],
  outputs: StepOutputs,
  settleMilliseconds = 0,
): Promise<boolean[]> {
  const held: boolean[] = [];
  for (const probe of probes) held.push(await holds(reader, probe, outputs, settleMilliseconds));
  return held;
}

async function holds(
  reader: AwsReader,
  probe: Probe,
  outputs: StepOutputs,
  settleMilliseconds: number,
): Promise<boolean> {
  try {
    return (await askUntil(() => ask(reader, probe, outputs), { ...WAIT, settleMilliseconds })).holds;
  } catch (error) {
    if (error instanceof CordonError && error.code === 'output_missing') return false;
    throw error;
  }
}

/** Plan, run and verify; everything a test needs to go on with the undo. */
export async function carryOut(sessions: AwsSessions, place: Place, action: Action, params: JsonObject) {
  const plan = await planIt(sessions, place, action, params);
  const reader = await sessions.read(place.accountId, place.region);
  const outputs = await runPlan(plan, reader, await actFor(sessions, plan));
  const verified = await verdicts(reader, plan.verify, outputs, WAIT.settleMilliseconds);
  return { plan, outputs, verified, reader };
}

/** Plan, run and verify the undo. */
export async function undo(sessions: AwsSessions, place: Place, action: Action, plan: Plan, outputs: StepOutputs) {
  const back = await planUndo(sessions, place, action, plan, outputs);
  const reader = await sessions.read(place.accountId, place.region);
  const undone = await runPlan(back, reader, await actFor(sessions, back));
  return { plan: back, verified: await verdicts(reader, back.verify, undone, WAIT.settleMilliseconds) };
}
