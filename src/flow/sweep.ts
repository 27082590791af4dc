import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import { DEADLINES } from '../domain/waiting.ts';
import type { Deps } from '../ports.ts';
import { announce, announceNotice, announcePlan } from './announce.ts';
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
const BATCH = 200;
/** Messages that are named to the operations channel; the rest is counted. */
const NAMED = 5;
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
  dropUnplanned,
  dropUnasked,
  wakeRuns,
  wakeDeliveries,
  wakeMessages,
  giveUpMessages,
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

/** Somebody waits in front of a window: when no worker has made the plan in time, they are told so. A worker that comes later finds that it is over. */
async function dropUnplanned(deps: Deps): Promise<void> {
  for (const late of await deps.store.read.runs.unplanned(DEADLINES.planning, BATCH)) {
    await deps.store.tx(async (tx) => {
      const why = `No worker has made the plan within ${DEADLINES.planning / 60} minutes; nothing was run. Look at \`cordon status\`, then choose the step again.`;
      const run = await tx.runs.setState(late.id, ['planning'], 'refused', why);
      if (!run) return;
      await tx.audit.append({
        event: 'plan.refused',
        actor: SYSTEM,
        subject: `run:${run.id}`,
        details: { code: 'no-worker' },
      });
      await announcePlan(tx, run.id);
      const incident = await tx.incidents.get(run.incidentId);
      if (incident) await announce(tx, incident);
    });
  }
}

/** A plan that nobody asked approval for describes yesterday's state: it ends, and the step can be run again. */
async function dropUnasked(deps: Deps): Promise<void> {
  for (const run of await deps.store.read.runs.unasked(DEADLINES.unasked, BATCH)) {
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

/** What Slack or a product refuses for good is not tried for ever; the operations channel is told once, and the next change of it is tried anew. */
async function giveUpMessages(deps: Deps): Promise<void> {
  const limits = { messages: DEADLINES.message, writeBacks: DEADLINES.writeBack };
  const rows = await deps.store.read.messages.hopeless(limits, BATCH);
  if (rows.length === 0) return;
  await deps.store.tx(async (tx) => {
    let last = 0;
    const given: { readonly key: string; readonly why: string }[] = [];
    for (const { key, kind, attempts, lastError } of rows) {
      if (!(await tx.messages.giveUp(key))) continue;
      const why = lastError ?? '';
      const { seq } = await tx.audit.append({
        event: 'message.given-up',
        actor: SYSTEM,
        subject: `message:${key}`,
        details: { kind, attempts, why },
      });
      last = seq;
      if (kind !== 'notice') given.push({ key, why });
    }
    if (given.length > 0)
      await announceNotice(tx, `given-up-${last}`, {
        template: 'given-up',
        count: given.length,
        first: given.slice(0, NAMED),
      });
  });
  deps.log.error({ messages: rows.map(({ key }) => key) }, 'messages were refused for too long and are given up');
}
