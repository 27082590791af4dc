import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { PlanDraft, PlanStep } from '../../domain/plan.ts';
import { defineAction } from '../action.ts';
import {
  AccountId,
  type DbSnapshot,
  DbSnapshotArn,
  nameOf,
  Reader,
  readDbSnapshot,
  shareCall,
  sharedWith,
} from '../db-snapshot.ts';
import { refuse } from '../refusal.ts';

/** `keepAccounts`: accounts that the snapshot stays shared with, such as the one that keeps the backups. */
const Params = z.strictObject({ snapshotArn: DbSnapshotArn, keepAccounts: z.array(AccountId).max(20).default([]) });
const Before = z.object({ snapshotArn: DbSnapshotArn, readers: z.array(Reader), removed: z.array(Reader) });

const SNAPSHOTS = [
  'arn:{partition}:rds:{region}:{account}:snapshot:*',
  'arn:{partition}:rds:{region}:{account}:cluster-snapshot:*',
];

export default defineAction({
  id: 'rds.make-snapshot-private',
  version: 1,
  title: 'Make the snapshot of the database private',
  risk: 'reversible',
  undoReexposes: true,
  services: ['rds'],
  docs:
    'Takes away who may restore the snapshot of a DB instance or cluster: everybody, and every account that the playbook does not keep. Undone by sharing with the ' +
    'very same again. Cluster snapshots of Aurora, DocumentDB and Neptune go through the same API. What others have copied or restored already stays theirs.',
  reads: [
    {
      actions: [
        'rds:DescribeDBSnapshots',
        'rds:DescribeDBSnapshotAttributes',
        'rds:DescribeDBClusterSnapshots',
        'rds:DescribeDBClusterSnapshotAttributes',
      ],
      resources: SNAPSHOTS,
      why: 'Of what the snapshot is, its tags, and with whom it is shared',
    },
  ],
  writes: [
    {
      actions: ['rds:ModifyDBSnapshotAttribute', 'rds:ModifyDBClusterSnapshotAttribute'],
      resources: SNAPSHOTS,
      why: 'Takes the shares of a snapshot away, and grants them again when the change is undone',
    },
  ],
  params: Params,

  async plan(context, { snapshotArn, keepAccounts }) {
    const snapshot = await readDbSnapshot(context, snapshotArn);
    if ('refused' in snapshot) return snapshot;
    const removed = snapshot.readers.filter((reader) => !keepAccounts.includes(reader));
    if (removed.length === 0) {
      return refuse(
        'nothing-to-do',
        'The snapshot is shared with nobody who is not meant to have it.',
        'Look for the other snapshots of this database, and for copies that were made while it was shared.',
      );
    }
    return hiding(snapshot, removed);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const snapshot = await readDbSnapshot(context, before.snapshotArn);
    if ('refused' in snapshot) return snapshot;
    if (sameReaders(snapshot.readers, before.readers)) {
      return refuse('nothing-to-do', 'The snapshot is shared as before.', 'See CloudTrail for who shared it again.');
    }
    const left = before.readers.filter((reader) => !before.removed.includes(reader));
    if (!sameReaders(snapshot.readers, left)) {
      return refuse(
        'drifted',
        'The snapshot is not shared as the run left it.',
        'Somebody has changed it since; decide by hand.',
      );
    }
    return sharing(snapshot, before.removed);
  },
});

function hiding(snapshot: DbSnapshot, removed: readonly Reader[]): PlanDraft {
  const left = snapshot.readers.filter((reader) => !removed.includes(reader));
  return {
    ...frame(snapshot, 'remove', removed, left),
    summary: `Stop sharing snapshot ${snapshot.id} of ${snapshot.source} with ${removed.map(nameOf).join(', ')}`,
    blastRadius: [
      'Whoever copied or restored the snapshot keeps that, and restores that have begun go on: this closes the door, it calls nothing back.',
      ...removed.map((reader) => `${nameOf(reader)} can no longer copy or restore it.`),
      ...left.map((reader) => `It stays shared with ${nameOf(reader)}.`),
      ...(snapshot.encrypted
        ? ['It is encrypted: those who could restore it are in the policy of its key too; take them out there.']
        : []),
    ],
    before: stateOf(snapshot, removed),
    rollback: { available: true, summary: 'Shares the snapshot with the very same again (two people).' },
  };
}

function sharing(snapshot: DbSnapshot, added: readonly Reader[]): PlanDraft {
  return {
    ...frame(snapshot, 'add', added, [...snapshot.readers, ...added].sort()),
    summary: `Share snapshot ${snapshot.id} of ${snapshot.source} with ${added.map(nameOf).join(', ')} again`,
    blastRadius: added.map((reader) => `${nameOf(reader)} can restore the whole database again.`),
    before: stateOf(snapshot, []),
    rollback: { available: false, why: 'Ask for the snapshot to be made private again instead.' },
  };
}

function frame(
  snapshot: DbSnapshot,
  change: 'add' | 'remove',
  readers: readonly Reader[],
  after: readonly Reader[],
): Pick<PlanDraft, 'target' | 'changes' | 'steps' | 'verify'> {
  return {
    target: { type: snapshot.kind.resourceType, id: snapshot.id, arn: snapshot.arn },
    changes: [{ path: `${snapshot.id} restore`, before: [...snapshot.readers], after: [...after] }],
    steps: [shareStep(snapshot, change, readers, after)],
    verify: [sharedWith(snapshot, after)],
  };
}

function shareStep(
  snapshot: DbSnapshot,
  change: 'add' | 'remove',
  readers: readonly Reader[],
  after: readonly Reader[],
): PlanStep {
  const call = shareCall(snapshot, change, readers);
  return {
    id: `${change}-shares`,
    title: change === 'add' ? 'Share the snapshot as before' : 'Take the shares away',
    call,
    iam: [{ actions: [`rds:${call.operation}`], resources: [snapshot.arn] }],
    precondition: [sharedWith(snapshot, snapshot.readers)],
    applied: sharedWith(snapshot, after),
  };
}

function sameReaders(a: readonly Reader[], b: readonly Reader[]): boolean {
  return a.join() === b.join();
}

function stateOf({ arn, source, engine, encrypted, readers }: DbSnapshot, removed: readonly Reader[]): JsonObject {
  return { snapshotArn: arn, source, engine, encrypted, readers: [...readers], removed: [...removed] };
}
