/**
 * A database that was restored from a backup knows nothing of what came after it: approvals that were used come back, and so do requests that were denied. Such a
 * database is recognised by what lies outside it, and nothing is claimed until a person has said so with `cordon restore-epoch`, which voids what was approved before.
 */
import { type Actor, SYSTEM } from '../domain/audit.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import { sha256 } from '../domain/json.ts';
import type { ChainEnd, Deps, Epoch, KnownEnd, Repositories } from '../ports.ts';
import { announceNotice } from './announce.ts';
import { end } from './approve.ts';
import { endRun } from './end-run.ts';
import { done, type Outcome, refuse } from './outcome.ts';

const BATCH = 200;
/** Shortest reason that says something. */
const MIN_REASON = 5;

/** An end of the chain as a place outside the database names it; those of this host also say their epoch. */
interface Outside extends ChainEnd {
  readonly place: string;
  readonly epoch?: number;
}

/** Why nothing may be claimed now; undefined when the database is the one that was left. Looks at what this host remembers; `look` has compared the rest. */
export async function whyRestored(deps: Deps): Promise<string | undefined> {
  await compare(deps, await remembered(deps));
  const { sign } = await deps.store.read.epoch.get();
  if (sign !== null) return restoredWords(sign);
  return deps.chainMemory.compared === 'done'
    ? undefined
    : 'the database has not been compared with its checkpoints yet: a place that keeps them cannot be read';
}

/** What a sign of a restore means, for a run that waits. */
function restoredWords({ seq, place, head }: NonNullable<Epoch['sign']>): string {
  return `the database looks restored from a backup (${place} knows row ${seq} of the audit chain, the database ended at ${head} or differently); \`cordon restore-epoch\` on the host voids what was approved before`;
}

/** Compares the database with everything outside it: at the start of a process, and now and then by the sweeper. A place that cannot be read is asked again. */
export async function lookForRestore(deps: Deps): Promise<void> {
  try {
    await compare(deps, [...(await remembered(deps)), ...(await kept(deps))]);
    deps.chainMemory.compared = 'done';
  } catch (error) {
    if (deps.chainMemory.compared === 'not-yet') deps.chainMemory.compared = 'failed';
    deps.log.error(
      { err: messageOf(error), hint: error instanceof CordonError ? error.hint : undefined },
      'the database could not be compared with what is known of its audit chain outside it',
    );
  }
}

async function remembered(deps: Deps): Promise<readonly Outside[]> {
  const last = await deps.chainMemory.last();
  return last === undefined ? [] : [{ ...last, place: 'the data directory' }];
}

/** What the places of checkpoints hold beyond the newest checkpoint that the database knows. */
async function kept(deps: Deps): Promise<readonly Outside[]> {
  const newest = await deps.store.read.checkpoints.newest();
  const places = deps.auditKeeping.places(await deps.lastGood.settings());
  const found = await Promise.all(
    places.map(async (place) =>
      (await place.since((newest?.seq ?? 0) + 1)).map(({ seq, hash }) => ({ seq, hash, place: `the ${place.name}` })),
    ),
  );
  return found.flat();
}

async function compare(deps: Deps, outside: readonly Outside[]): Promise<void> {
  const [first] = await contradictions(deps.store.read, outside);
  if (first === undefined || (await deps.store.read.epoch.get()).sign !== null) return;
  await deps.store.tx(async (tx) => {
    const head = await tx.audit.head();
    const sign = { place: first.place, seq: first.seq, head: head.seq };
    if (!(await tx.epoch.doubt(sign))) return;
    await tx.audit.append({ event: 'system.restore-noticed', actor: SYSTEM, subject: 'system', details: sign });
  });
  deps.log.error({ place: first.place, seq: first.seq }, 'the database is older than it was: nothing is claimed');
}

/** Ends that the chain does not have: it is shorter, or another row stands there. What an earlier restore left behind is known. */
async function contradictions(read: Repositories, outside: readonly Outside[]): Promise<readonly Outside[]> {
  if (outside.length === 0) return [];
  const [epoch, head, anchor, known] = [
    await read.epoch.get(),
    await read.audit.head(),
    await read.audit.anchor(),
    await read.epoch.abandoned(),
  ];
  const wrong: Outside[] = [];
  for (const one of outside) {
    if (one.epoch !== undefined && one.epoch < epoch.number) continue;
    if (known.some(({ seq, hash }) => seq === one.seq && hash === one.hash)) continue;
    if (one.epoch !== undefined && one.epoch > epoch.number) wrong.push(one);
    else if (one.seq > head.seq) wrong.push(one);
    else if (one.seq > anchor.seq && (await read.audit.read(one.seq - 1, 1))[0]?.hash !== one.hash) wrong.push(one);
  }
  return wrong;
}

/**
 * The row that has just been appended comes after everything that this host remembers, and nobody has seen a sign of a restore. Must be called in the transaction
 * that starts or goes on with a change in AWS. Throws CordonError `database_restored`.
 */
export async function assertNotRestored(
  tx: Repositories,
  row: ChainEnd,
  last: KnownEnd | undefined,
): Promise<KnownEnd> {
  const { number, sign } = await tx.epoch.get();
  const isBehind = last !== undefined && (last.epoch > number || (last.epoch === number && row.seq <= last.seq));
  if (sign === null && !isBehind) return { epoch: number, seq: row.seq, hash: row.hash };
  throw new CordonError('database_restored', 'The database was restored from a backup.', {
    hint: 'Run `cordon restore-epoch` on the host.',
  });
}

export interface Restored {
  readonly epoch: number;
  /** Requests that were pending or approved, and that nobody can use any more. */
  readonly voided: readonly string[];
  /** Runs that had begun: what they did after the backup is not on record, so a person has to look. */
  readonly stopped: readonly string[];
}

/** Somebody on the host says that the database was restored: everything that was approved before is void, and whatever was under way is left to people. */
export async function restoreEpoch(deps: Deps, actor: Actor, reason: string): Promise<Outcome<Restored>> {
  if (actor.kind !== 'cli')
    return refuse('host_only', 'A new epoch is begun on the host only.', 'Run `cordon restore-epoch` there.');
  if (reason.trim().length < MIN_REASON)
    return refuse('reason_too_short', 'Say why.', 'For example: restore-epoch "restored last night’s backup".');
  const outside = [...(await remembered(deps)), ...(await kept(deps))];
  const abandoned = await contradictions(deps.store.read, outside);
  const restored = await deps.store.tx(async (tx): Promise<Restored & { readonly end: ChainEnd }> => {
    const before = await tx.epoch.lock();
    const epoch = Math.max(before.number, ...outside.map((one) => one.epoch ?? 0)) + 1;
    const voided = await voidApprovals(tx, actor, reason.trim());
    const stopped = await stopRuns(tx);
    await tx.epoch.begin(epoch, abandoned);
    const statement = deps.auditKeeping.signer.signRestore({
      epoch,
      at: await tx.now(),
      abandoned: abandoned.map(({ seq, hash }) => ({ seq, hash })),
    });
    const row = await tx.audit.append({
      event: 'system.restored',
      actor,
      subject: 'system',
      details: {
        epoch,
        reason: reason.trim(),
        reasonSha256: sha256(reason.trim()),
        voided: voided.length,
        stopped: [...stopped],
        statement,
      },
    });
    await announceNotice(tx, `restored-${epoch}`, {
      template: 'restored',
      by: actor.id,
      reason: reason.trim(),
      voided: voided.length,
      stopped: [...stopped],
    });
    return { epoch, voided, stopped, end: row };
  });
  await deps.chainMemory.keep({ epoch: restored.epoch, seq: restored.end.seq, hash: restored.end.hash });
  return done({ epoch: restored.epoch, voided: restored.voided, stopped: restored.stopped });
}

async function voidApprovals(tx: Repositories, actor: Actor, reason: string): Promise<readonly string[]> {
  const voided: string[] = [];
  for (;;) {
    const open = await tx.approvals.unconsumed(BATCH);
    if (open.length === 0) return voided;
    for (const approval of open) {
      const why = `Cordon’s records were restored from a backup (${reason}), so nothing that was asked or approved before is run.`;
      await end(tx, approval, 'stale', 'approval.voided', actor, why);
      voided.push(approval.id);
    }
  }
}

async function stopRuns(tx: Repositories): Promise<readonly string[]> {
  const stopped: string[] = [];
  for (;;) {
    const begun = await tx.runs.underWay(BATCH);
    if (begun.length === 0) return stopped;
    for (const run of begun) {
      const why =
        'Cordon’s records were restored from a backup while this run was under way: what it did in AWS after the backup is not on record. `cordon reconcile` on the host shows it.';
      await endRun(tx, run, 'needs-human', why);
      stopped.push(run.id);
    }
  }
}
