import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Deps } from '../ports.ts';
import { end } from './approve.ts';
import { checkpointAudit } from './checkpoint.ts';
import { tellSwitch, watchHealth } from './health.ts';
import { recordLate } from './record-late.ts';
import { remindApprovers } from './remind.ts';
import { lookForRestore } from './restore.ts';

/** How long a row may wait for its worker before the sweeper wakes one again. */
const GRACE_SECONDS = 10;
/** A message that is due waits for nothing but its worker; one that Slack told to wait is not due. */
const MESSAGE_SECONDS = 2;
/** A plan is kept for a request this long. */
const UNASKED_SECONDS = 24 * 60 * 60;
const BATCH = 200;
/** How often the database is compared with its checkpoints outside it. */
const COMPARE_SECONDS = 60;

/**
 * The clock of everything that waits. Postgres is the truth and the queue only wakes, so every few seconds whatever is due is woken under a new job id:
 * requests that have run out or that people have to be reminded of, runs whose worker is gone, deliveries that nobody has read, messages that are not delivered.
 */
export async function sweep(deps: Deps): Promise<void> {
  const failures: unknown[] = [];
  // One after the other, and each whatever became of the others: a request that cannot be ended must not keep findings from being read.
  for (const part of PARTS) await part(deps).catch((error: unknown) => failures.push(error));
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, [...new Set(failures.map(messageOf))].join('; '));
}

const PARTS: readonly ((deps: Deps) => Promise<unknown>)[] = [
  obeyStopFile,
  expireRequests,
  remindApprovers,
  dropUnasked,
  wakeRuns,
  wakeDeliveries,
  wakeMessages,
  (deps) => deps.store.read.replay.purge(),
  recordLate,
  watchHealth,
  // Nothing is signed before it is known that this database is the newest.
  async (deps) => {
    await watchForRestore(deps);
    await checkpointAudit(deps);
  },
];

/** The number of the time span of so many seconds that the database's clock is in: a row is woken once in each. */
async function spanOf(deps: Deps, seconds: number): Promise<number> {
  return Math.floor(Date.parse(await deps.store.read.now()) / (seconds * 1000));
}

async function obeyStopFile(deps: Deps): Promise<void> {
  if (!(await deps.stopRequested())) return;
  await deps.store.tx(async (tx) => {
    if ((await tx.killSwitch.get()).stopped) return;
    await tx.killSwitch.stop('STOP file', 'a STOP file is in the data directory');
    await tx.audit.note({
      event: 'switch.stopped',
      actor: { kind: 'cli', id: 'STOP file' },
      subject: 'switch',
      details: { reason: 'STOP file' },
    });
    await tellSwitch(tx);
  });
}

/** One process compares for all; one that has not been able to since its start tries at each sweep. */
async function watchForRestore(deps: Deps): Promise<void> {
  const isTurn = await deps.store.read.replay.remember('restore-look', COMPARE_SECONDS);
  if (isTurn || deps.chainMemory.compared !== 'done') await lookForRestore(deps);
}

async function expireRequests(deps: Deps): Promise<void> {
  for (const due of await deps.store.read.approvals.due(BATCH)) {
    await deps.store.tx(async (tx) => {
      const approval = await tx.approvals.lock(due.id);
      if (!approval || (approval.state !== 'pending' && approval.state !== 'approved')) return;
      if ((await tx.now()) < approval.expiresAt) return;
      const why =
        approval.state === 'approved'
          ? 'approved, but not started before the time was over'
          : 'the time to decide is over';
      await end(tx, approval, 'expired', 'approval.expired', SYSTEM, why);
    });
  }
}

/** A plan that nobody asked approval for describes yesterday's state: it ends, and the step can be run again. */
async function dropUnasked(deps: Deps): Promise<void> {
  for (const run of await deps.store.read.runs.unasked(UNASKED_SECONDS, BATCH)) {
    await deps.store.tx(async (tx) => {
      if (await tx.approvals.ofRun(run.id)) return;
      if (!(await tx.runs.setState(run.id, ['planned'], 'cancelled', 'nobody asked for approval within a day'))) return;
      await tx.audit.append({
        event: 'plan.cancelled',
        actor: SYSTEM,
        subject: `run:${run.id}`,
        details: { because: 'unasked' },
      });
    });
  }
}

async function wakeRuns(deps: Deps): Promise<void> {
  const tick = await spanOf(deps, GRACE_SECONDS);
  const runs = await deps.store.read.runs.abandoned(GRACE_SECONDS, BATCH);
  if (runs.length === 0) return;
  await deps.store.tx(async (tx) => {
    for (const run of runs) {
      const topic = run.state === 'planning' ? 'propose' : 'remediate';
      await tx.outbox.add({ topic, dedup: `${topic}.${run.id}.t${tick}`, subjectId: run.id });
    }
  });
}

async function wakeDeliveries(deps: Deps): Promise<void> {
  const tick = await spanOf(deps, GRACE_SECONDS);
  const waiting = await deps.store.read.deliveries.list({ state: 'received', limit: BATCH });
  const before = new Date((tick - 1) * GRACE_SECONDS * 1000).toISOString();
  const late = waiting.filter((delivery) => delivery.receivedAt < before);
  if (late.length === 0) return;
  await deps.store.tx(async (tx) => {
    for (const { id } of late) await tx.outbox.add({ topic: 'triage', dedup: `triage.${id}.t${tick}`, subjectId: id });
  });
}

async function wakeMessages(deps: Deps): Promise<void> {
  const tick = await spanOf(deps, MESSAGE_SECONDS);
  const due = await deps.store.read.messages.due(BATCH);
  if (due.length === 0) return;
  await deps.store.tx(async (tx) => {
    for (const row of due)
      await tx.outbox.add({
        topic: 'notify',
        dedup: `notify.${row.key.replaceAll(':', '.')}.t${tick}`,
        subjectId: row.key,
      });
  });
}
