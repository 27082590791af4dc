import { z } from 'zod';
import type { AwsCall, Probe, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { readAs, readAsOptional } from './answer.ts';
import { rds } from './rds-call.ts';
import { refuse } from './refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from './tags.ts';

/** Names the snapshot, its account and Region, and whether it is one of an instance or of a cluster. */
export const DbSnapshotArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:(cluster-)?snapshot:((rds|awsbackup):)?[A-Za-z][A-Za-z0-9-]{0,254}$/);
export const AccountId = z.string().regex(/^\d{12}$/);
/** Who may copy and restore the snapshot: everybody (`all`), or one account. */
export const Reader = z.union([z.literal('all'), AccountId]);
export type Reader = z.infer<typeof Reader>;

export interface DbSnapshot {
  readonly arn: string;
  readonly id: string;
  readonly kind: Kind;
  /** The instance or cluster it was taken of. */
  readonly source: string;
  readonly engine: string;
  readonly encrypted: boolean;
  /** Sorted; `all` is last. */
  readonly readers: readonly Reader[];
}

interface Described {
  readonly arn: string;
  readonly id: string;
  readonly source: string;
  readonly engine: string;
  readonly encrypted: boolean;
  readonly type: string;
  readonly tags: Tags;
}

const Common = { Engine: z.string(), SnapshotType: z.string(), TagList: Tags };
const InstanceSnapshots = z
  .object({
    DBSnapshots: z.array(
      z.object({
        ...Common,
        DBSnapshotArn: z.string(),
        DBSnapshotIdentifier: z.string(),
        DBInstanceIdentifier: z.string(),
        Encrypted: z.boolean().default(false),
      }),
    ),
  })
  .transform(({ DBSnapshots }) =>
    DBSnapshots.map(
      (row): Described => ({
        arn: row.DBSnapshotArn,
        id: row.DBSnapshotIdentifier,
        source: row.DBInstanceIdentifier,
        engine: row.Engine,
        encrypted: row.Encrypted,
        type: row.SnapshotType,
        tags: row.TagList,
      }),
    ),
  );
const ClusterSnapshots = z
  .object({
    DBClusterSnapshots: z.array(
      z.object({
        ...Common,
        DBClusterSnapshotArn: z.string(),
        DBClusterSnapshotIdentifier: z.string(),
        DBClusterIdentifier: z.string(),
        StorageEncrypted: z.boolean().default(false),
      }),
    ),
  })
  .transform(({ DBClusterSnapshots }) =>
    DBClusterSnapshots.map(
      (row): Described => ({
        arn: row.DBClusterSnapshotArn,
        id: row.DBClusterSnapshotIdentifier,
        source: row.DBClusterIdentifier,
        engine: row.Engine,
        encrypted: row.StorageEncrypted,
        type: row.SnapshotType,
        tags: row.TagList,
      }),
    ),
  );

const Attributes = z
  .array(z.object({ AttributeName: z.string(), AttributeValues: z.array(Reader).default([]) }))
  .default([])
  .transform((all) => all.flatMap((one) => (one.AttributeName === 'restore' ? one.AttributeValues : [])));
const InstanceReaders = z
  .object({ DBSnapshotAttributesResult: z.object({ DBSnapshotAttributes: Attributes }) })
  .transform((answer) => answer.DBSnapshotAttributesResult.DBSnapshotAttributes);
const ClusterReaders = z
  .object({ DBClusterSnapshotAttributesResult: z.object({ DBClusterSnapshotAttributes: Attributes }) })
  .transform((answer) => answer.DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes);

/** The two kinds of snapshots differ in the names of their calls and fields alone. */
interface Kind {
  readonly resourceType: string;
  /** What stands in the calls: `DescribeDBSnapshots`, `DBSnapshotIdentifier`. */
  readonly word: 'DBSnapshot' | 'DBClusterSnapshot';
  readonly snapshots: z.ZodType<readonly Described[]>;
  readonly readers: z.ZodType<readonly Reader[]>;
}
const OF_INSTANCE: Kind = {
  resourceType: 'AwsRdsDbSnapshot',
  word: 'DBSnapshot',
  snapshots: InstanceSnapshots,
  readers: InstanceReaders,
};
const OF_CLUSTER: Kind = {
  resourceType: 'AwsRdsDbClusterSnapshot',
  word: 'DBClusterSnapshot',
  snapshots: ClusterSnapshots,
  readers: ClusterReaders,
};

/** The snapshot as it is now, or why Cordon leaves it alone: of another place, not there, protected by tag, or one that RDS keeps for itself. */
export async function readDbSnapshot(context: PlanContext, arn: string): Promise<DbSnapshot | Refusal> {
  const [, partition, , region, accountId, type, ...name] = arn.split(':');
  if (partition !== context.partition || region !== context.region || accountId !== context.accountId) {
    return refuse(
      'mismatch',
      'The snapshot belongs to another account or Region than the finding.',
      'Act in the account that owns the snapshot.',
    );
  }
  const kind = type === 'cluster-snapshot' ? OF_CLUSTER : OF_INSTANCE;
  const id = name.join(':');
  const call = rds(`Describe${kind.word}s`, { [`${kind.word}Identifier`]: id });
  const found = await readAsOptional(context, call, kind.snapshots, [
    `${kind.word}NotFound`,
    `${kind.word}NotFoundFault`,
  ]);
  const snapshot = found?.[0];
  if (snapshot === undefined) {
    return refuse(
      'not-found',
      'The snapshot does not exist any more in this account and Region.',
      'Look for copies of it.',
    );
  }
  if (snapshot.arn.toLowerCase() !== arn.toLowerCase()) {
    return refuse(
      'mismatch',
      'RDS answers with another snapshot than the one asked for.',
      'Act in the account and Region that have it.',
    );
  }
  if (isProtected(snapshot.tags)) {
    return refuse(
      'protected',
      `The snapshot carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  if (snapshot.type === 'automated') {
    return refuse(
      'unsupported',
      'RDS has taken this snapshot itself; such a snapshot cannot be shared, so nobody else has it.',
      'Look for manual copies of it.',
    );
  }
  const { arn: ownArn, id: ownId, source, engine, encrypted } = snapshot;
  return { arn: ownArn, id: ownId, kind, source, engine, encrypted, readers: await readersOf(context, kind, ownId) };
}

async function readersOf(context: PlanContext, kind: Kind, id: string): Promise<readonly Reader[]> {
  return [...(await readAs(context, describeReaders(kind, id), kind.readers))].sort();
}

function describeReaders(kind: Kind, id: string): AwsCall {
  return rds(`Describe${kind.word}Attributes`, { [`${kind.word}Identifier`]: id });
}

/** The call that takes shares away or gives them. */
export function shareCall(snapshot: DbSnapshot, kind: 'add' | 'remove', readers: readonly Reader[]): AwsCall {
  const { word } = snapshot.kind;
  return rds(`Modify${word}Attribute`, {
    [`${word}Identifier`]: snapshot.id,
    AttributeName: 'restore',
    [kind === 'add' ? 'ValuesToAdd' : 'ValuesToRemove']: [...readers],
  });
}

/** Holds when the snapshot is shared with exactly these. */
export function sharedWith({ kind, id }: DbSnapshot, readers: readonly Reader[]): Probe {
  const { word } = kind;
  return {
    title: `The snapshot is shared with ${readers.length === 0 ? 'nobody' : readers.map(nameOf).join(', ')}`,
    read: describeReaders(kind, id),
    query: `sort(${word}AttributesResult.${word}Attributes[?AttributeName=='restore'].AttributeValues[] || \`[]\`)`,
    expect: [...readers],
  };
}

export function nameOf(reader: Reader): string {
  return reader === 'all' ? 'everybody' : `account ${reader}`;
}
