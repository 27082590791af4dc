import type { StepOutputs } from '../actions/action.ts';
import { type AuditRow, SYSTEM } from '../domain/audit.ts';
import { AwsCallError, CordonError, messageOf } from '../domain/errors.ts';
import { type Plan, type PlanStep, sessionStatements } from '../domain/plan.ts';
import type { JournalEntry, Run } from '../domain/run.ts';
import type { AwsReader, AwsWriter, Deps, KnownEnd, Repositories } from '../ports.ts';
import { announceRun } from './announce.ts';
import { endRun } from './end-run.ts';
import { outputsOf } from './make-plan.ts';
import { ask, askUntil, fillCall, outputsFrom, type ProbeAnswer, waitFor } from './probe.ts';
import { assertNotRestored } from './restore.ts';

/** A write is not sent when more than this has passed since the fence was checked (monotonic clock): a paused process must not act on an old answer. */
const SEND_WITHIN_MS = 2_000;
/** How often one step may be sent in all. Every further time comes only after reading back that it has not been applied. */
const MAX_SENDS = 3;

/** How the steps ended: all applied; or stopped, and why. `lost`: another worker has the run now, so this one says nothing. */
export type Execution =
  | { readonly end: 'applied'; readonly outputs: StepOutputs }
  | { readonly end: 'unseen' | 'failed' | 'needs-human' | 'stale'; readonly why: string }
  | { readonly end: 'lost' };

interface Bench {
  readonly deps: Deps;
  readonly run: Run;
  readonly plan: Plan;
  readonly approvers: readonly string[];
  readonly reader: AwsReader;
  writer: AwsWriter | undefined;
}

type StepEnd = { readonly end: 'done'; readonly outputs: StepOutputs[string] } | Exclude<Execution, { end: 'applied' }>;

/** Runs the steps of a claimed run in order, through the journal. A step that has an intent but no end is read back before anything else. */
export async function execute(deps: Deps, run: Run, plan: Plan): Promise<Execution> {
  const approval = await deps.store.read.approvals.ofRun(run.id);
  const votes = approval ? await deps.store.read.votes.ofApproval(approval.id) : [];
  const approvers = votes.filter((vote) => vote.decision === 'approve').map((vote) => vote.personId);
  const reader = await deps.sessions.read(plan.accountId, plan.region);
  const bench: Bench = { deps, run, plan, approvers, reader, writer: undefined };
  const journal = await deps.store.read.journal.ofRun(run.id);
  let outputs: StepOutputs = outputsOf(journal.filter((entry) => entry.state === 'done'));
  for (const [index, step] of plan.steps.entries()) {
    const result = await runStep(
      bench,
      step,
      index,
      outputs,
      journal.find((entry) => entry.stepIndex === index),
    );
    if (result.end !== 'done') return result;
    outputs = { ...outputs, [step.id]: result.outputs };
  }
  return { end: 'applied', outputs };
}

async function runStep(
  bench: Bench,
  step: PlanStep,
  index: number,
  outputs: StepOutputs,
  entry: JournalEntry | undefined,
): Promise<StepEnd> {
  if (entry?.state === 'done') return { end: 'done', outputs: entry.outputs };
  if (entry?.state === 'failed') return { end: 'failed', why: `“${step.title}” had failed: ${entry.error ?? ''}` };
  if (entry) return readBackThen(bench, step, index, outputs, 0);
  const blocked = await firstUnmet(bench, step, outputs);
  if (blocked) {
    const why = `“${step.title}” was not sent: ${blocked} is not as it was when the plan was approved`;
    return { end: index === 0 ? 'stale' : 'needs-human', why };
  }
  const intent = await recordIntent(bench, step, index);
  return intent.ok ? send(bench, step, index, outputs, intent.at, 1) : intent.result;
}

/** Title of the first precondition that does not hold; undefined when all do. */
async function firstUnmet(bench: Bench, step: PlanStep, outputs: StepOutputs): Promise<string | undefined> {
  for (const probe of step.precondition) {
    const answer = await ask(bench.reader, probe, outputs);
    if (!answer.holds) return probe.title;
  }
  return undefined;
}

type Intent = { readonly ok: true; readonly at: number } | { readonly ok: false; readonly result: StepEnd };

/** The write-ahead: fence, stop switch, journal and audit in one transaction, and its row remembered on this host. Without this nothing is sent. */
async function recordIntent(bench: Bench, step: PlanStep, index: number): Promise<Intent> {
  const { deps } = bench;
  if (await deps.stopRequested()) return { ok: false, result: stopped(index, bench.plan) };
  const last = await deps.chainMemory.last();
  const recorded = await deps.store.tx(async (tx): Promise<Intent & { readonly end?: KnownEnd }> => {
    if (!(await tx.runs.renew(bench.run.id, bench.run.fence, deps.timing.leaseSeconds)))
      return { ok: false, result: { end: 'lost' } };
    if ((await tx.killSwitch.get()).stopped) return { ok: false, result: stopped(index, bench.plan) };
    if (!(await tx.journal.intent(bench.run.id, index, step.id, bench.run.fence)))
      return { ok: false, result: { end: 'lost' } };
    const row = await audit(tx, bench, 'run.step-intent', step, index, {});
    await announceRun(tx, bench.run.id);
    return { ok: true, at: performance.now(), end: await assertNotRestored(tx, row, last) };
  });
  // Also where the database cannot lose it: a failover that takes the intent away is seen by this.
  if (recorded.end) await deps.chainMemory.keep(recorded.end);
  return recorded;
}

function stopped(index: number, plan: Plan): StepEnd {
  return {
    end: 'needs-human',
    why: `Cordon was stopped before step ${index + 1} of ${plan.steps.length}; nothing further was sent`,
  };
}

async function send(
  bench: Bench,
  step: PlanStep,
  index: number,
  outputs: StepOutputs,
  checkedAt: number,
  sends: number,
): Promise<StepEnd> {
  let requestId: string | null;
  try {
    bench.writer ??= await openWriter(bench);
    const call = fillCall(step.call, outputs);
    if (performance.now() - checkedAt > SEND_WITHIN_MS) return refence(bench, step, index, outputs, sends);
    ({ requestId } = await bench.writer.send(call));
  } catch (error) {
    if (!(error instanceof CordonError)) throw error;
    const unclear = error instanceof AwsCallError && error.ambiguous;
    if (error instanceof AwsCallError && /Expired/.test(error.awsCode))
      return renewed(bench, step, index, outputs, sends, error);
    if (!unclear && !error.retry) return failed(bench, step, index, error);
    bench.deps.log.warn({ runId: bench.run.id, step: step.id, code: codeOf(error) }, 'no clear answer: reading back');
    await bench.deps.pause(bench.deps.timing.pollMilliseconds * sends);
    return readBackThen(bench, step, index, outputs, sends);
  }
  return accepted(bench, step, index, outputs, requestId);
}

/** The act session is over (15 minutes at most): AWS refused the call, so nothing was done; a fresh session sends it, as often as any other resend. */
function renewed(
  bench: Bench,
  step: PlanStep,
  index: number,
  outputs: StepOutputs,
  sends: number,
  error: AwsCallError,
): Promise<StepEnd> {
  bench.writer = undefined;
  return sends >= MAX_SENDS ? failed(bench, step, index, error) : readBackThen(bench, step, index, outputs, sends);
}

function codeOf(error: CordonError): string {
  return error instanceof AwsCallError ? error.awsCode : error.code;
}

function openWriter(bench: Bench): Promise<AwsWriter> {
  return bench.deps.sessions.act({
    accountId: bench.plan.accountId,
    region: bench.plan.region,
    incidentId: bench.run.incidentId,
    runId: bench.run.id,
    approvers: bench.approvers,
    statements: sessionStatements(bench.plan),
  });
}

/** The intent is on record but time has passed (a slow session, a paused process): check the fence again, then send. Nothing was sent so far. */
async function refence(
  bench: Bench,
  step: PlanStep,
  index: number,
  outputs: StepOutputs,
  sends: number,
): Promise<StepEnd> {
  const still = await fenceHolds(bench, index);
  return still.ok ? send(bench, step, index, outputs, still.at, sends) : still.result;
}

async function fenceHolds(bench: Bench, index: number): Promise<Intent> {
  if (await bench.deps.stopRequested()) return { ok: false, result: stopped(index, bench.plan) };
  return bench.deps.store.tx(async (tx): Promise<Intent> => {
    if (!(await tx.runs.renew(bench.run.id, bench.run.fence, bench.deps.timing.leaseSeconds)))
      return { ok: false, result: { end: 'lost' } };
    if ((await tx.killSwitch.get()).stopped) return { ok: false, result: stopped(index, bench.plan) };
    if ((await tx.epoch.get()).sign !== null) return { ok: false, result: { end: 'lost' } };
    return { ok: true, at: performance.now() };
  });
}

/**
 * AWS said yes: see it by reading, take the outputs from what is read, and close the journal's row. When that cannot be read the error goes up and the intent stays open:
 * whoever takes the run up next reads back. It was not refused, and it is not sent again here.
 */
async function accepted(
  bench: Bench,
  step: PlanStep,
  index: number,
  outputs: StepOutputs,
  requestId: string | null,
): Promise<StepEnd> {
  const seen = await seeApplied(bench, step, outputs);
  return close(bench, step, index, seen, requestId, false);
}

function seeApplied(bench: Bench, step: PlanStep, outputs: StepOutputs): Promise<ProbeAnswer> {
  return askUntil(() => ask(bench.reader, step.applied, outputs), waitFor(step.applied, bench.deps));
}

/** What AWS accepted and does not show ends the run in the same transaction: a journal that says done and a run that goes on would send the next step after a crash. */
async function close(
  bench: Bench,
  step: PlanStep,
  index: number,
  seen: ProbeAnswer,
  requestId: string | null,
  readBack: boolean,
): Promise<StepEnd> {
  const found = seen.holds ? outputsFrom(seen.answer, step.outputs) : {};
  const unseen = `AWS accepted “${step.title}”, but reading again does not show it (${step.applied.title})`;
  const kept = await bench.deps.store.tx(async (tx) => {
    if (!(await tx.runs.renew(bench.run.id, bench.run.fence, bench.deps.timing.leaseSeconds))) return false;
    await tx.journal.done(bench.run.id, index, { requestId, outputs: found, readBack, fence: bench.run.fence });
    await audit(tx, bench, 'run.step-done', step, index, { requestId, readBack, seen: seen.holds });
    await announceRun(tx, bench.run.id);
    if (!seen.holds) await endRun(tx, bench.run, 'unverified', unseen);
    return true;
  });
  if (!kept) return { end: 'lost' };
  return seen.holds ? { end: 'done', outputs: found } : { end: 'unseen', why: unseen };
}

/**
 * Nobody knows whether the call was carried out: the process died or the answer did not come. Applied: go on. Not applied and the precondition holds: send.
 * Anything else is for a person.
 */
async function readBackThen(
  bench: Bench,
  step: PlanStep,
  index: number,
  outputs: StepOutputs,
  sends: number,
): Promise<StepEnd> {
  const seen = await seeApplied(bench, step, outputs);
  if (seen.holds) return close(bench, step, index, seen, null, true);
  const blocked = await firstUnmet(bench, step, outputs);
  if (blocked)
    return {
      end: 'needs-human',
      why: `it is unclear whether “${step.title}” was carried out: it does not show, and ${blocked} does not hold either`,
    };
  if (sends >= MAX_SENDS)
    return {
      end: 'needs-human',
      why: `“${step.title}” was sent ${sends} times without a clear answer and does not show`,
    };
  const still = await fenceHolds(bench, index);
  return still.ok ? send(bench, step, index, outputs, still.at, sends + 1) : still.result;
}

/** AWS said no: nothing was changed by this step, and nothing further is sent. */
async function failed(bench: Bench, step: PlanStep, index: number, error: CordonError): Promise<StepEnd> {
  const text = `${messageOf(error)} ${error.hint}`;
  await bench.deps.store.tx(async (tx) => {
    await tx.journal.failed(bench.run.id, index, text, bench.run.fence);
    await audit(tx, bench, 'run.step-failed', step, index, { code: codeOf(error) });
    await announceRun(tx, bench.run.id);
  });
  return { end: 'failed', why: `“${step.title}” was refused: ${text}` };
}

async function audit(
  tx: Repositories,
  bench: Bench,
  event: 'run.step-intent' | 'run.step-done' | 'run.step-failed',
  step: PlanStep,
  index: number,
  more: { readonly [key: string]: string | boolean | null },
): Promise<AuditRow> {
  return tx.audit.append({
    event,
    actor: SYSTEM,
    subject: `run:${bench.run.id}`,
    details: {
      step: step.id,
      index,
      call: `${step.call.service}:${step.call.operation}`,
      fence: bench.run.fence,
      ...more,
    },
  });
}
