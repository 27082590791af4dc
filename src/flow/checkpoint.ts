import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { CheckpointPlace, Deps } from '../ports.ts';
import { announceCheckpoint } from './announce.ts';

/** How many are brought to one place in one go. */
const BATCH = 50;

/** Signs the end of the audit chain when it is time, brings what is signed to its places outside the database, and removes what is older than the policy keeps. */
export async function checkpointAudit(deps: Deps): Promise<void> {
  // A database that was restored is not vouched for: what it signed would stand beside what the places hold already.
  if ((await deps.store.read.epoch.get()).sign !== null) return;
  const settings = await deps.lastGood.settings();
  await sign(deps, settings);
  for (const place of deps.auditKeeping.places(settings))
    await kept(deps, place.name, 'put checkpoints outside the database', () => bringTo(deps, place));
  await kept(deps, 'archive', 'archive old audit rows', () => cutOld(deps, settings));
}

/** One part that fails holds up no other, and is told when it begins to fail, fails for another reason, or works again; the sweep tries it each few seconds. */
async function kept(deps: Deps, part: string, what: string, work: () => Promise<void>): Promise<void> {
  const { troubles } = deps.auditKeeping;
  try {
    await work();
    if (troubles.over(part)) deps.log.info({ part }, `Cordon can ${what} again`);
  } catch (error) {
    deps.meter.count('auditKeepingFailures', { part });
    if (troubles.found(part, error))
      deps.log.warn({ part, err: messageOf(error) }, `Cordon cannot ${what}; it is tried again`);
  }
}

/** After so many minutes or rows, whichever is first; a chain that has not grown needs no new one. */
async function sign(deps: Deps, settings: Settings): Promise<void> {
  const { everyMinutes, everyRows, channel } = settings.audit.checkpoints;
  await deps.store.tx(async (tx) => {
    const [head, last, now] = [await tx.audit.head(), await tx.checkpoints.newest(), await tx.now()];
    const grown = head.seq - (last?.seq ?? 0);
    if (grown === 0) return;
    const age = last === undefined ? Number.POSITIVE_INFINITY : Date.parse(now) - Date.parse(last.at);
    if (grown < everyRows && age < everyMinutes * 60_000) return;
    await tx.checkpoints.insert(deps.auditKeeping.signer.sign(head, now));
    if (channel !== undefined) await announceCheckpoint(tx, head.seq);
  });
}

/** In order; the first that cannot be put ends it for now, and the next sweep tries again. */
async function bringTo(deps: Deps, place: CheckpointPlace): Promise<void> {
  for (const checkpoint of await deps.store.read.checkpoints.undelivered(place.name, BATCH)) {
    await place.put(checkpoint);
    await deps.store.read.checkpoints.delivered(checkpoint.seq, place.name);
  }
}

/** Only up to a checkpoint, only what is in the archive, and the chain itself says what was removed. */
async function cutOld(deps: Deps, settings: Settings): Promise<void> {
  const { retainDays, archive } = settings.audit;
  if (retainDays === undefined || archive === undefined) return;
  const { read } = deps.store;
  const [anchor, at] = [await read.audit.anchor(), await read.checkpoints.newest(retainDays)];
  if (at === undefined || at.seq <= anchor.seq) return;
  const kept = await deps.auditKeeping.archive(archive, { after: anchor.seq, through: at.seq });
  await deps.store.tx(async (tx) => {
    const rows = await tx.audit.cut({ seq: at.seq, hash: at.hash });
    await tx.audit.append({
      event: 'audit.cut',
      actor: SYSTEM,
      subject: 'audit',
      details: { through: at.seq, hash: at.hash, rows, file: kept.name, sha256: kept.sha256 },
    });
  });
  deps.log.info({ through: at.seq, file: kept.name }, 'old audit rows were archived and removed');
}
