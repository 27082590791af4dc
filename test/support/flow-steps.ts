import type { Approval } from '../../src/domain/approval.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { Run } from '../../src/domain/run.ts';
import { ingest } from '../../src/flow/ingest.ts';
import type { Outcome } from '../../src/flow/outcome.ts';
import { propose, requestPlan } from '../../src/flow/propose.ts';
import { requestApproval } from '../../src/flow/request-approval.ts';
import { stepsOf } from '../../src/flow/steps.ts';
import { triage } from '../../src/flow/triage.ts';
import type { Deps } from '../../src/ports.ts';

const RINA = { kind: 'slack', id: 'U0RINA' } as const;

/** The value, or a failed test that says the refusal. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`refused: ${outcome.refusal.code}: ${outcome.refusal.message}`);
}

/** The refusal's code, or a failed test. */
export function codeOf(outcome: Outcome<unknown>): string {
  if (outcome.ok) throw new Error('expected a refusal');
  return outcome.refusal.code;
}

let messages = 0;

/** One body through ingest and triage. */
export async function deliver(deps: Deps, body: string): Promise<void> {
  messages += 1;
  const { id } = await ingest(deps, { transport: 'sqs', transportId: `message-${messages}`, body });
  await triage(deps, id);
}

export async function onlyIncident(deps: Deps): Promise<Incident> {
  const [incident, ...more] = await deps.store.read.incidents.list({ limit: 10 });
  if (!incident || more.length > 0)
    throw new Error(`expected one incident, there are ${more.length + (incident ? 1 : 0)}`);
  return incident;
}

/** A responder presses the first step that runs; the plan is made. */
export async function planned(deps: Deps, incident: Incident): Promise<Run> {
  const step = (await stepsOf(deps, incident)).find((one) => one.runnable);
  if (!step) throw new Error('no step of the incident runs');
  const run = unwrap(
    await requestPlan(deps, RINA, {
      incidentId: incident.id,
      stepId: step.stepId,
      findingKey: step.findingKey,
      viewId: null,
    }),
  );
  await propose(deps, run.id);
  const after = await deps.store.read.runs.get(run.id);
  if (!after) throw new Error('the run is gone');
  return after;
}

/** Up to an open request to approve. */
export async function approvalPending(deps: Deps, incident: Incident): Promise<Approval> {
  const run = await planned(deps, incident);
  return unwrap(
    await requestApproval(deps, RINA, {
      runId: run.id,
      planHash: run.planHash ?? '',
      reason: 'it talks to a known bad domain',
    }),
  );
}
