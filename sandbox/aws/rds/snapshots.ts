import { z } from 'zod';
import { rdsArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import type { DbSnapshot } from '../state/kinds.ts';
import {
  bareId,
  Filters,
  filtered,
  notFound,
  Paging,
  rdsNeed,
  rdsPage,
  type SnapshotKind,
  snapshotRows,
} from './lookup.ts';

/** A snapshot may be shared with so many accounts, everybody not counted. */
const MOST_SHARES = 20;

function snapshotOf(call: Call, kind: SnapshotKind, named: string): DbSnapshot {
  const snapshot = snapshotRows(call, kind).get(bareId(kind, named));
  if (!snapshot) throw notFound(kind, named);
  return snapshot;
}

const SNAPSHOT_FILTERS = {
  'snapshot-type': (row: DbSnapshot) => row.SnapshotType,
  engine: (row: DbSnapshot) => row.Engine,
};

/** Both kinds have the same parts under other names. */
function shapeOf(
  call: Call,
  { Identifier, SourceIdentifier, Encrypted, ...row }: DbSnapshot,
  kind: SnapshotKind,
): object {
  const { SnapshotType, Engine, EngineVersion, AllocatedStorage, Tags } = row;
  const common = {
    SnapshotType,
    Engine,
    EngineVersion,
    AllocatedStorage,
    SnapshotCreateTime: new Date(row.SnapshotCreateTime),
    Status: 'available',
    PercentProgress: 100,
    TagList: Tags,
  };
  return kind === 'db-snapshots'
    ? {
        ...common,
        DBSnapshotIdentifier: Identifier,
        DBInstanceIdentifier: SourceIdentifier,
        Encrypted,
        DBSnapshotArn: rdsArn(call.region, call.account, 'snapshot', Identifier),
      }
    : {
        ...common,
        DBClusterSnapshotIdentifier: Identifier,
        DBClusterIdentifier: SourceIdentifier,
        StorageEncrypted: Encrypted,
        DBClusterSnapshotArn: rdsArn(call.region, call.account, 'cluster-snapshot', Identifier),
      };
}

interface DescribeInput {
  readonly SnapshotType?: string | undefined;
  readonly Filters: z.output<typeof Filters>;
  readonly Marker?: string | undefined;
  readonly MaxRecords: number;
}

function describePage(
  call: Call,
  kind: SnapshotKind,
  input: DescribeInput,
  id: string | undefined,
  source: string | undefined,
): { shapes: readonly object[]; rest: object } {
  const rows = id === undefined ? snapshotRows(call, kind).list() : [snapshotOf(call, kind, id)];
  const chosen = rows.filter(
    (row) =>
      (source === undefined || row.SourceIdentifier === source.toLowerCase()) &&
      (input.SnapshotType === undefined || row.SnapshotType === input.SnapshotType),
  );
  const { items, rest } = rdsPage(filtered(chosen, input.Filters, SNAPSHOT_FILTERS), input);
  return { shapes: items.map((row) => shapeOf(call, row, kind)), rest };
}

const Chosen = { SnapshotType: z.enum(['manual', 'automated']).optional(), Filters, ...Paging };

const describeDbSnapshots = defineOperation({
  name: 'DescribeDBSnapshots',
  input: z.strictObject({
    DBSnapshotIdentifier: z.string().min(1).optional(),
    DBInstanceIdentifier: z.string().min(1).optional(),
    ...Chosen,
  }),
  needs: (input, call) => [rdsNeed(call, 'DescribeDBSnapshots', 'db-snapshots', input.DBSnapshotIdentifier)],
  run(input, call) {
    const { DBSnapshotIdentifier, DBInstanceIdentifier } = input;
    const { shapes, rest } = describePage(call, 'db-snapshots', input, DBSnapshotIdentifier, DBInstanceIdentifier);
    return { DBSnapshots: shapes, ...rest };
  },
});

const describeDbClusterSnapshots = defineOperation({
  name: 'DescribeDBClusterSnapshots',
  input: z.strictObject({
    DBClusterSnapshotIdentifier: z.string().min(1).optional(),
    DBClusterIdentifier: z.string().min(1).optional(),
    ...Chosen,
  }),
  needs: (input, call) => [
    rdsNeed(call, 'DescribeDBClusterSnapshots', 'db-cluster-snapshots', input.DBClusterSnapshotIdentifier),
  ],
  run(input, call) {
    const { DBClusterSnapshotIdentifier: id, DBClusterIdentifier } = input;
    const { shapes, rest } = describePage(call, 'db-cluster-snapshots', input, id, DBClusterIdentifier);
    return { DBClusterSnapshots: shapes, ...rest };
  },
});

/** `restore` is the one attribute that a snapshot has. */
function attributesOf({ SharedWith }: DbSnapshot): object[] {
  return [{ AttributeName: 'restore', AttributeValues: SharedWith }];
}

function instanceAnswer(snapshot: DbSnapshot): object {
  const DBSnapshotAttributes = attributesOf(snapshot);
  return { DBSnapshotAttributesResult: { DBSnapshotIdentifier: snapshot.Identifier, DBSnapshotAttributes } };
}

function clusterAnswer(snapshot: DbSnapshot): object {
  const [DBClusterSnapshotIdentifier, DBClusterSnapshotAttributes] = [snapshot.Identifier, attributesOf(snapshot)];
  return { DBClusterSnapshotAttributesResult: { DBClusterSnapshotIdentifier, DBClusterSnapshotAttributes } };
}

const describeDbSnapshotAttributes = defineOperation({
  name: 'DescribeDBSnapshotAttributes',
  input: z.strictObject({ DBSnapshotIdentifier: z.string().min(1) }),
  needs: (input, call) => [rdsNeed(call, 'DescribeDBSnapshotAttributes', 'db-snapshots', input.DBSnapshotIdentifier)],
  run: (input, call) => instanceAnswer(snapshotOf(call, 'db-snapshots', input.DBSnapshotIdentifier)),
});

const describeDbClusterSnapshotAttributes = defineOperation({
  name: 'DescribeDBClusterSnapshotAttributes',
  input: z.strictObject({ DBClusterSnapshotIdentifier: z.string().min(1) }),
  needs: (input, call) => [
    rdsNeed(call, 'DescribeDBClusterSnapshotAttributes', 'db-cluster-snapshots', input.DBClusterSnapshotIdentifier),
  ],
  run: (input, call) => clusterAnswer(snapshotOf(call, 'db-cluster-snapshots', input.DBClusterSnapshotIdentifier)),
});

const Readers = z.array(z.string()).default([]);
const Change = { AttributeName: z.string(), ValuesToAdd: Readers, ValuesToRemove: Readers };

interface ShareChange {
  readonly AttributeName: string;
  readonly ValuesToAdd: readonly string[];
  readonly ValuesToRemove: readonly string[];
}

/** Adds and removes in one. What is there already, or gone already, is no error. */
function share(call: Call, kind: SnapshotKind, named: string, change: ShareChange): DbSnapshot {
  const snapshot = snapshotOf(call, kind, named);
  if (snapshot.SnapshotType !== 'manual') throw automated(kind);
  if (change.AttributeName !== 'restore')
    throw new AwsError('InvalidParameterValue', `Invalid attribute name: ${change.AttributeName}`);
  const wrong = [...change.ValuesToAdd, ...change.ValuesToRemove].find((one) => !/^(all|\d{12})$/.test(one));
  if (wrong !== undefined) throw new AwsError('InvalidParameterValue', `Invalid value ${wrong} for the attribute`);
  if (snapshot.Encrypted && change.ValuesToAdd.includes('all'))
    throw new AwsError('InvalidParameterValue', 'Encrypted snapshots cannot be shared publicly');
  const SharedWith = [...new Set([...snapshot.SharedWith, ...change.ValuesToAdd])].filter(
    (one) => !change.ValuesToRemove.includes(one),
  );
  if (SharedWith.filter((one) => one !== 'all').length > MOST_SHARES)
    throw new AwsError(
      'SharedSnapshotQuotaExceeded',
      `A snapshot cannot be shared with more than ${MOST_SHARES} accounts`,
    );
  return snapshotRows(call, kind).put(snapshot.Identifier, { ...snapshot, SharedWith });
}

function automated(kind: SnapshotKind): AwsError {
  const code = kind === 'db-snapshots' ? 'InvalidDBSnapshotState' : 'InvalidDBClusterSnapshotStateFault';
  return new AwsError(code, 'Automated snapshots cannot be shared');
}

const modifyDbSnapshotAttribute = defineOperation({
  name: 'ModifyDBSnapshotAttribute',
  write: true,
  input: z.strictObject({ DBSnapshotIdentifier: z.string().min(1), ...Change }),
  needs: (input, call) => [rdsNeed(call, 'ModifyDBSnapshotAttribute', 'db-snapshots', input.DBSnapshotIdentifier)],
  run: (input, call) => instanceAnswer(share(call, 'db-snapshots', input.DBSnapshotIdentifier, input)),
});

const modifyDbClusterSnapshotAttribute = defineOperation({
  name: 'ModifyDBClusterSnapshotAttribute',
  write: true,
  input: z.strictObject({ DBClusterSnapshotIdentifier: z.string().min(1), ...Change }),
  needs: (input, call) => [
    rdsNeed(call, 'ModifyDBClusterSnapshotAttribute', 'db-cluster-snapshots', input.DBClusterSnapshotIdentifier),
  ],
  run: (input, call) => clusterAnswer(share(call, 'db-cluster-snapshots', input.DBClusterSnapshotIdentifier, input)),
});

export const snapshotOperations = [
  describeDbSnapshots,
  describeDbClusterSnapshots,
  describeDbSnapshotAttributes,
  describeDbClusterSnapshotAttributes,
  modifyDbSnapshotAttribute,
  modifyDbClusterSnapshotAttribute,
];
