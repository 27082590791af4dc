import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { AwsCall, PlanDraft, PlanStep, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { readAs, readAsOptional } from '../answer.ts';
import { ec2, probe } from '../ec2-instance.ts';
import { refuse } from '../refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from '../tags.ts';

const SnapshotId = z.string().regex(/^snap-([0-9a-f]{8}|[0-9a-f]{17})$/);
const AccountId = z.string().regex(/^\d{12}$/);
/** `keepAccounts`: accounts that the snapshot stays shared with, such as the one that keeps the backups. */
const Params = z.strictObject({ snapshotId: SnapshotId, keepAccounts: z.array(AccountId).max(20).default([]) });

/** Who may make a volume of the snapshot: everybody (`all`), or one account. */
const Reader = z.union([z.literal('all'), AccountId]);
type Reader = z.infer<typeof Reader>;

const SnapshotsAnswer = z.object({
  Snapshots: z.array(
    z.object({ SnapshotId, VolumeId: z.string(), OwnerId: AccountId, Encrypted: z.boolean().default(false), Tags }),
  ),
});
const AttributeAnswer = z.object({
  CreateVolumePermissions: z
    .array(z.object({ Group: z.literal('all').optional(), UserId: AccountId.optional() }))
    .default([]),
});
const Before = z.object({ snapshotId: SnapshotId, readers: z.array(Reader), removed: z.array(Reader) });

/** More accounts than this were not shared by hand; such a list is not read before it is approved. */
const MAX_READERS = 50;

interface Snapshot {
  readonly id: string;
  readonly volumeId: string;
  readonly encrypted: boolean;
  /** Sorted; `all` is last. */
  readonly readers: readonly Reader[];
}

export default defineAction({
  id: 'ebs.make-snapshot-private',
  version: 1,
  title: 'Make the snapshot private',
  risk: 'reversible',
  undoReexposes: true,
  services: ['ec2'],
  docs:
    'Takes away who may make a volume of the snapshot: everybody, and every account that the playbook does not keep. ' +
    'Undone by granting the very same again. Copies and volumes that others have made already stay theirs.',
  reads: [
    {
      actions: ['ec2:DescribeSnapshots'],
      resources: ['*'],
      why: 'Whose snapshot it is, of which volume, and its tags; this call knows no resources',
    },
    {
      actions: ['ec2:DescribeSnapshotAttribute'],
      resources: ['arn:{partition}:ec2:{region}::snapshot/*'],
      why: 'With whom the snapshot is shared',
    },
  ],
  writes: [
    {
      actions: ['ec2:ModifySnapshotAttribute'],
      resources: ['arn:{partition}:ec2:{region}::snapshot/*'],
      why: 'Takes the shares of a snapshot away, and grants them again when the change is undone',
    },
  ],
  params: Params,

  async plan(context, { snapshotId, keepAccounts }) {
    const snapshot = await readSnapshot(context, snapshotId);
    if ('refused' in snapshot) return snapshot;
    const removed = snapshot.readers.filter((reader) => !keepAccounts.includes(reader));
    if (removed.length === 0) {
      return refuse(
        'nothing-to-do',
        'The snapshot is shared with nobody who is not meant to have it.',
        'Look for copies that were made while it was shared.',
      );
    }
    if (removed.length > MAX_READERS) {
      return refuse(
        'too-large',
        `The snapshot is shared with ${removed.length} accounts; Cordon takes away up to ${MAX_READERS} at once.`,
        'Reset the attribute by hand, after writing the list down.',
      );
    }
    return hiding(context, snapshot, removed);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const snapshot = await readSnapshot(context, before.snapshotId);
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
    return sharing(context, snapshot, before.removed);
  },
});

async function readSnapshot(context: PlanContext, snapshotId: string): Promise<Snapshot | Refusal> {
  const call = ec2('DescribeSnapshots', { SnapshotIds: [snapshotId] });
  const answer = await readAsOptional(context, call, SnapshotsAnswer, ['InvalidSnapshot.NotFound']);
  const snapshot = answer?.Snapshots[0];
  if (snapshot === undefined) {
    return refuse(
      'not-found',
      'The snapshot does not exist any more in this account and Region.',
      'Look for copies of it.',
    );
  }
  if (snapshot.OwnerId !== context.accountId) {
    return refuse(
      'mismatch',
      'The snapshot belongs to another account, which shares it.',
      'Act in the account that owns the snapshot.',
    );
  }
  if (isProtected(snapshot.Tags)) {
    return refuse(
      'protected',
      `The snapshot carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  const { CreateVolumePermissions: shares } = await readAs(context, describeShares(snapshotId), AttributeAnswer);
  const readers = shares.flatMap(({ Group, UserId }) => Group ?? UserId ?? []).sort();
  return { id: snapshotId, volumeId: snapshot.VolumeId, encrypted: snapshot.Encrypted, readers };
}

function hiding(context: PlanContext, snapshot: Snapshot, removed: readonly Reader[]): PlanDraft {
  const left = snapshot.readers.filter((reader) => !removed.includes(reader));
  return {
    summary: `Stop sharing snapshot ${snapshot.id} with ${removed.map(nameOf).join(', ')}`,
    target: targetOf(context, snapshot.id),
    changes: [{ path: `${snapshot.id} createVolumePermission`, before: [...snapshot.readers], after: left }],
    blastRadius: [
      'Whoever copied the snapshot or made a volume of it keeps that: this closes the door, it calls nothing back.',
      ...removed.map((reader) => `${nameOf(reader)} can no longer copy it or make volumes of it.`),
      ...left.map((reader) => `It stays shared with ${nameOf(reader)}.`),
    ],
    before: stateOf(snapshot, removed),
    steps: [shareStep(context, snapshot, 'remove', removed, left)],
    verify: [sharedWith(snapshot.id, left)],
    rollback: { available: true, summary: 'Shares the snapshot with the very same again (two people).' },
  };
}

function sharing(context: PlanContext, snapshot: Snapshot, added: readonly Reader[]): PlanDraft {
  const after = [...snapshot.readers, ...added].sort();
  return {
    summary: `Share snapshot ${snapshot.id} with ${added.map(nameOf).join(', ')} again`,
    target: targetOf(context, snapshot.id),
    changes: [{ path: `${snapshot.id} createVolumePermission`, before: [...snapshot.readers], after }],
    blastRadius: added.map((reader) => `${nameOf(reader)} can read the whole volume again.`),
    before: stateOf(snapshot, []),
    steps: [shareStep(context, snapshot, 'add', added, after)],
    verify: [sharedWith(snapshot.id, after)],
    rollback: { available: false, why: 'Ask for the snapshot to be made private again instead.' },
  };
}

function shareStep(
  context: PlanContext,
  snapshot: Snapshot,
  kind: 'add' | 'remove',
  readers: readonly Reader[],
  after: readonly Reader[],
): PlanStep {
  const accounts = readers.filter((reader) => reader !== 'all');
  return {
    id: `${kind}-shares`,
    title: kind === 'add' ? 'Share the snapshot as before' : 'Take the shares away',
    call: ec2('ModifySnapshotAttribute', {
      SnapshotId: snapshot.id,
      Attribute: 'createVolumePermission',
      OperationType: kind,
      ...(readers.includes('all') ? { GroupNames: ['all'] } : {}),
      ...(accounts.length > 0 ? { UserIds: accounts } : {}),
    }),
    iam: [{ actions: ['ec2:ModifySnapshotAttribute'], resources: [snapshotArn(context, snapshot.id)] }],
    precondition: [sharedWith(snapshot.id, snapshot.readers)],
    applied: sharedWith(snapshot.id, after),
  };
}

function sharedWith(snapshotId: string, readers: readonly Reader[]): Probe {
  const whom = readers.length === 0 ? 'nobody' : readers.map(nameOf).join(', ');
  const query = 'sort(map(&(Group || UserId), CreateVolumePermissions || `[]`))';
  return probe(`The snapshot is shared with ${whom}`, describeShares(snapshotId), query, [...readers]);
}

function describeShares(snapshotId: string): AwsCall {
  return ec2('DescribeSnapshotAttribute', { SnapshotId: snapshotId, Attribute: 'createVolumePermission' });
}

function nameOf(reader: Reader): string {
  return reader === 'all' ? 'everybody' : `account ${reader}`;
}

function sameReaders(a: readonly Reader[], b: readonly Reader[]): boolean {
  return a.join() === b.join();
}

function stateOf({ id, volumeId, encrypted, readers }: Snapshot, removed: readonly Reader[]): JsonObject {
  return { snapshotId: id, volumeId, encrypted, readers: [...readers], removed: [...removed] };
}

function targetOf(context: PlanContext, id: string): PlanDraft['target'] {
  return { type: 'AwsEc2Snapshot', id, arn: snapshotArn(context, id) };
}

/** Snapshot ARNs carry no account id. */
function snapshotArn(context: PlanContext, id: string): string {
  return `arn:${context.partition}:ec2:${context.region}::snapshot/${id}`;
}
