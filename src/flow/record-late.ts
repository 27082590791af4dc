import type { Deps } from '../ports.ts';

/** In one transaction; the rest comes with the next sweep. */
const BATCH = 200;

/** Appends to the audit chain what was kept beside it while it took no rows, each with the time at which it happened. Throws while the chain still refuses. */
export async function recordLate(deps: Pick<Deps, 'store'>): Promise<void> {
  if ((await deps.store.read.audit.lateCount()) === 0) return;
  await deps.store.tx(async (tx) => {
    const rows = await tx.audit.late(BATCH);
    for (const { note, at } of rows) await tx.audit.append({ ...note, details: { ...note.details, happenedAt: at } });
    await tx.audit.forgetLate(rows.map(({ id }) => id));
  });
}
