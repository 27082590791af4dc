import { beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import { SYSTEM } from '../../../src/domain/audit.ts';
import type { Checkpoint } from '../../../src/domain/checkpoint.ts';
import { vote } from '../../../src/flow/approve.ts';
import { checkpointAudit } from '../../../src/flow/checkpoint.ts';
import { healthNow } from '../../../src/flow/health.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { lookForRestore, restoreEpoch, whyRestored } from '../../../src/flow/restore.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { approvalPending, deliver, unwrap } from '../../support/flow-steps.ts';
import {
  ALICE,
  flowWorld,
  guardDutyEvent,
  RINA,
  tagAction,
  testSettings,
  type World,
} from '../../support/flow-world.ts';
import { dropLease, memoryStore, type TestStore } from '../../support/memory-store.ts';
import { caller } from '../cli/caller.ts';

const HOST = { kind: 'cli', id: 'root' } as const;

let store: TestStore;
let world: World;
let kept: Checkpoint[];

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store, tagAction(2));
  kept = [];
  world.places = [
    {
      name: 'file',
      put: async (one) => void kept.push(one),
      list: async () => kept,
      since: async (seq) => kept.filter((one) => one.seq >= seq),
    },
  ];
  world.settings = testSettings((file) => {
    file.audit = { checkpoints: { everyRows: 1 } };
  });
});

/** What a restore leaves: the run is not begun, its approval not used, and the chain ends where it ended then. */
async function goBackTo(seq: number, runId: string): Promise<void> {
  await store.sql('delete from cordon.journal where run_id = $1', [runId]);
  await store.sql(`update cordon.approval set state = 'approved' where run_id = $1`, [runId]);
  await store.sql(
    `update cordon.run set state = 'approved', state_reason = null, fence = 0, lease_owner = null, lease_until = null,
      finished_at = null, started_at = null where id = $1`,
    [runId],
  );
  await store.sql('delete from cordon.audit where seq > $1', [seq]);
  await store.sql('delete from cordon.checkpoint where seq > $1', [seq]);
  await store.sql('update cordon.audit_head set seq = $1, hash = (select hash from cordon.audit where seq = $1)', [
    seq,
  ]);
}

let instances = 0;

/** A request about an instance of its own. */
async function pending(): Promise<Approval> {
  instances += 1;
  const instanceId = `i-${String(instances).padStart(17, '0')}`;
  await deliver(world.deps, guardDutyEvent({ instanceId, id: String(instances).padStart(32, '0') }));
  const incident = (await world.deps.store.read.incidents.list({ limit: 20 })).find((one) =>
    one.correlationKey.includes(instanceId),
  );
  if (!incident) throw new Error(`no incident of ${instanceId}`);
  return approvalPending(world.deps, incident);
}

async function approvedRun(): Promise<string> {
  const { id, runId, planHash } = await pending();
  unwrap(await vote(world.deps, ALICE, { approvalId: id, planHash, decision: 'approve', reason: 'checked' }));
  return runId;
}

/** Somebody has put the resource back by hand, so that the old plan would hold again. */
function undoByHand(): void {
  world.cloud.tags.clear();
  world.cloud.writes.length = 0;
}

const seqOf = async () => (await store.read.audit.head()).seq;
const stateOf = async (runId: string) => (await store.read.runs.get(runId))?.state;

describe('a database that was restored', () => {
  it('is noticed by what this host remembers of its claims, and nothing is claimed', async () => {
    const runId = await approvedRun();
    const backup = await seqOf();
    await remediate(world.deps, runId);
    expect(world.cloud.writes).toHaveLength(2);
    await goBackTo(backup, runId);
    undoByHand();
    await remediate(world.deps, runId);
    expect(world.cloud.writes).toHaveLength(0);
    expect(await store.read.runs.get(runId)).toMatchObject({
      state: 'approved',
      stateReason: expect.stringContaining('restored from a backup'),
    });
    const rows = await store.read.audit.ofSubject('system', 10);
    expect(rows.filter(({ event }) => event === 'system.restore-noticed')).toHaveLength(1);
    expect((await healthNow(world.deps)).map(({ kind }) => kind)).toContain('restored');
  });

  it('is noticed by a checkpoint outside it, also when it has grown past the row that the checkpoint names', async () => {
    const runId = await approvedRun();
    const backup = await seqOf();
    await remediate(world.deps, runId);
    await checkpointAudit(world.deps);
    await goBackTo(backup, runId);
    const other = flowWorld(store);
    other.places = world.places;
    const furthest = kept.at(-1)?.seq ?? 0;
    while ((await seqOf()) <= furthest + 3)
      await store.tx((tx) =>
        tx.audit.append({ event: 'system.started', actor: SYSTEM, subject: 'system', details: {} }),
      );
    expect(await whyRestored(other.deps)).toBeUndefined();
    await lookForRestore(other.deps);
    expect(await whyRestored(other.deps)).toContain('the file knows row');
  });

  it('is not suspected without a reason', async () => {
    const runId = await approvedRun();
    await checkpointAudit(world.deps);
    await lookForRestore(world.deps);
    await remediate(world.deps, runId);
    await lookForRestore(world.deps);
    expect(await whyRestored(world.deps)).toBeUndefined();
    expect(await stateOf(runId)).toBe('verified');
  });

  it('is not known to be the newest while a place cannot be read, and then nothing is claimed', async () => {
    const runId = await approvedRun();
    const [place] = world.places;
    const broken = { ...place!, since: () => Promise.reject(new Error('no such disk')) };
    world.places = [broken];
    world.deps.chainMemory.compared = 'not-yet';
    await lookForRestore(world.deps);
    await remediate(world.deps, runId);
    expect(await stateOf(runId)).toBe('approved');
    expect((await healthNow(world.deps)).map(({ kind }) => kind)).toContain('not-compared');
    world.places = [place!];
    await lookForRestore(world.deps);
    await remediate(world.deps, runId);
    expect(await stateOf(runId)).toBe('verified');
  });

  it('stops a run whose intent would stand before a row that this host remembers', async () => {
    const runId = await approvedRun();
    const { deps } = world;
    const keep = deps.chainMemory.keep.bind(deps.chainMemory);
    // Between the claim and the first step the database loses its last commits; another host knew of them.
    deps.chainMemory.keep = async (end) => keep({ ...end, seq: end.seq + 40 });
    await expect(remediate(deps, runId)).rejects.toMatchObject({ code: 'database_restored' });
    expect(world.cloud.writes).toHaveLength(0);
    await dropLease(store, runId);
    await remediate(deps, runId);
    expect(world.cloud.writes).toHaveLength(0);
  });
});

describe('restore-epoch', () => {
  it('voids what waits and what was approved, leaves begun runs to people, says why, and Cordon goes on', async () => {
    const used = await approvedRun();
    const backup = await seqOf();
    await remediate(world.deps, used);
    await checkpointAudit(world.deps);
    await goBackTo(backup, used);
    undoByHand();
    const begun = await approvedRun();
    await store.sql(`update cordon.approval set state = 'consumed' where run_id = $1`, [begun]);
    await store.sql(
      `update cordon.run set state = 'executing', fence = 1, lease_owner = 'gone', lease_until = now() - interval '1 minute' where id = $1`,
      [begun],
    );
    const waiting = await pending();
    await lookForRestore(world.deps);
    expect(await whyRestored(world.deps)).toContain('restored');

    const said = await caller(world.deps)('restore-epoch', 'restored', 'last', 'night');
    expect(said.code, said.err).toBe(0);
    expect(said.out).toContain('Epoch 2 has begun.');
    const approvals = [await store.read.approvals.ofRun(used), await store.read.approvals.get(waiting.id)];
    for (const approval of approvals) {
      expect(approval).toMatchObject({ state: 'stale', stateReason: expect.stringContaining('restored last night') });
      const rows = await store.read.audit.ofSubject(`approval:${approval?.id}`, 20);
      expect(rows.map(({ event }) => event)).toContain('approval.voided');
    }
    expect(await store.read.runs.get(begun)).toMatchObject({
      state: 'needs-human',
      stateReason: expect.stringContaining('cordon reconcile'),
    });
    for (const runId of [used, begun, waiting.runId]) await remediate(world.deps, runId);
    expect(world.cloud.writes).toHaveLength(0);
    expect(await store.read.messages.get('notice:restored-2')).toMatchObject({ kind: 'notice' });

    expect(await whyRestored(world.deps)).toBeUndefined();
    await lookForRestore(world.deps);
    expect(await whyRestored(world.deps)).toBeUndefined();
    const anew = await approvedRun();
    await remediate(world.deps, anew);
    expect(await stateOf(anew)).toBe('verified');
  });

  it('explains to audit verify the checkpoints that it left behind, by a signature and not by a word', async () => {
    const runId = await approvedRun();
    const backup = await seqOf();
    await remediate(world.deps, runId);
    await checkpointAudit(world.deps);
    await goBackTo(backup, runId);
    const { publicKey: key } = world.deps.auditKeeping.signer;
    const check = () => verifyAudit(store.read.audit, { checkpoints: kept, key });
    expect(await check()).toMatchObject({ ok: false });
    await store.tx((tx) =>
      tx.audit.append({
        event: 'system.restored',
        actor: HOST,
        subject: 'system',
        details: { statement: { ...signedBySomebodyElse(), abandoned: kept.map(({ seq, hash }) => ({ seq, hash })) } },
      }),
    );
    expect(await check()).toMatchObject({ ok: false });
    expect(await restoreEpoch(world.deps, HOST, 'a failover lost it')).toMatchObject({ ok: true });
    expect(await check()).toMatchObject({ ok: true, restores: 1 });
    const said = await caller(world.deps)('audit', 'verify');
    expect(said.out).toContain('One restore from a backup on record');
  });

  it('is begun on the host only, with a reason', async () => {
    expect(await restoreEpoch(world.deps, RINA, 'because I say so')).toMatchObject({ refusal: { code: 'host_only' } });
    expect(await restoreEpoch(world.deps, HOST, ' x ')).toMatchObject({ refusal: { code: 'reason_too_short' } });
    expect((await caller(world.deps)('restore-epoch')).code).toBe(2);
    expect((await store.read.epoch.get()).number).toBe(1);
  });

  it('cannot be undone in the database: the sign of a restore goes with a new epoch alone', async () => {
    await store.tx((tx) => tx.epoch.doubt({ place: 'the file', seq: 9, head: 7 }));
    await expect(
      store.pool.query('UPDATE cordon.deployment SET restored_sign = NULL, restored_seen_at = NULL'),
    ).rejects.toMatchObject({ code: 'CD006' });
    await expect(store.pool.query('UPDATE cordon.deployment SET epoch = 0')).rejects.toThrow();
  });
});

function signedBySomebodyElse() {
  return {
    schema: 'cordon/restore/v1',
    epoch: 2,
    at: '2026-11-20T10:00:00.000Z',
    key: world.deps.auditKeeping.signer.publicKey,
    signature: Buffer.alloc(64).toString('base64'),
  };
}
