import type { Approval } from '../../src/domain/approval.ts';
import { newId } from '../../src/domain/ids.ts';
import { planHash } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Store } from '../../src/ports.ts';
import { present } from './rows.ts';

/** A run and an open request like the pattern's, with the very plan that planning would make for it: for tests that need hundreds. */
export async function copiedRun(store: Store, pattern: Approval, like: Run, ttlSeconds = 600): Promise<Approval> {
  const id = newId('RUN');
  const plan = { ...present(like.plan), ...JSON.parse(JSON.stringify(like.plan).replaceAll(like.id, id)) };
  const hash = planHash(plan);
  return store.tx(async (tx) => {
    await tx.runs.insert({ id, request: like.request, requestedBy: like.requestedBy, viewId: null });
    await tx.runs.setPlan(id, plan, hash);
    const { incidentId, requestedBy, reason, requirement, asked } = pattern;
    const request = { incidentId, requestedBy, reason, requirement, asked, planHash: hash, ttlSeconds };
    return tx.approvals.insert({ ...request, id: newId('REQ'), runId: id });
  });
}
