import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceCommandInput,
  ModifyDBSnapshotAttributeCommand,
  type ModifyDBSnapshotAttributeCommandInput,
  paginateDescribeDBSnapshots,
  RDSClient,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminCredentials } from '../../../sandbox/aws/admin.ts';
import {
  AUTOMATED_DB_SNAPSHOT,
  CLUSTER_DATABASE,
  PUBLIC_DATABASE,
  PUBLIC_DB_SNAPSHOT,
  SHARED_CLUSTER_SNAPSHOT,
} from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { control, startTestAws } from './harness.ts';

const { account: ACCOUNT, id: ID } = PUBLIC_DATABASE;
const REGION = 'eu-west-1';
let aws: RunningAws;
let rds: RDSClient;

beforeEach(async () => {
  aws = await startTestAws();
  rds = clientOf(ACCOUNT);
});
afterEach(() => aws.close());

function clientOf(account: string): RDSClient {
  return new RDSClient({
    endpoint: aws.endpoint,
    region: REGION,
    credentials: adminCredentials(account),
    maxAttempts: 1,
  });
}

async function instance(id: string = ID) {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  return DBInstances?.[0];
}

async function modify(change: Partial<ModifyDBInstanceCommandInput>) {
  const { DBInstance } = await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: ID, ...change }));
  return DBInstance;
}

/** Half a minute later, whatever was under way is done. */
async function later() {
  await control(aws, 'POST', '/clock', { advanceMs: 30_000 });
}

test('an instance is described with its address, network, state and tags', async () => {
  expect(await instance()).toMatchObject({
    DBInstanceArn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:${ID}`,
    DBInstanceStatus: 'available',
    PubliclyAccessible: true,
    Endpoint: { Address: expect.stringMatching(/^reporting\..*\.rds\.amazonaws\.com$/), Port: 5432 },
    DBSubnetGroup: {
      VpcId: expect.stringMatching(/^vpc-/),
      Subnets: [{ SubnetIdentifier: expect.stringMatching(/^subnet-/) }],
    },
    VpcSecurityGroups: [{ VpcSecurityGroupId: expect.stringMatching(/^sg-/), Status: 'active' }],
    TagList: [{ Key: 'team', Value: 'reporting' }],
  });
  const ResourceName = `arn:aws:rds:${REGION}:${ACCOUNT}:db:${ID}`;
  const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName }));
  expect(TagList).toEqual([{ Key: 'team', Value: 'reporting' }]);
  rds = clientOf(CLUSTER_DATABASE.account);
  expect((await instance(CLUSTER_DATABASE.id))?.DBClusterIdentifier).toBe(CLUSTER_DATABASE.cluster);
});

test('the public address changes at once whatever is said of ApplyImmediately, after a time of modifying', async () => {
  const answered = await modify({ PubliclyAccessible: false, ApplyImmediately: false });
  expect([answered?.DBInstanceStatus, answered?.PubliclyAccessible]).toEqual(['modifying', true]);
  await expect(modify({ PubliclyAccessible: true })).rejects.toMatchObject({ name: /^InvalidDBInstanceState/ });
  await later();
  const after = await instance();
  expect([after?.DBInstanceStatus, after?.PubliclyAccessible]).toEqual(['available', false]);
});

test('what may wait does wait, and goes out with the next call that applies immediately', async () => {
  await modify({ DBInstanceClass: 'db.r6g.xlarge' });
  await modify({ MultiAZ: true });
  expect(await instance()).toMatchObject({
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.r6g.large',
    PendingModifiedValues: { DBInstanceClass: 'db.r6g.xlarge', MultiAZ: true },
  });
  await modify({ PubliclyAccessible: false });
  await later();
  expect(await instance()).toMatchObject({ DBInstanceClass: 'db.r6g.large', PubliclyAccessible: false });
  await modify({ PubliclyAccessible: true, ApplyImmediately: true });
  await later();
  expect(await instance()).toMatchObject({
    DBInstanceClass: 'db.r6g.xlarge',
    MultiAZ: true,
    PubliclyAccessible: true,
  });
  expect((await instance())?.PendingModifiedValues).toEqual({});
});

test('what is not there is refused by its code, and a state that takes no change too', async () => {
  await expect(instance('nobody')).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
  await control(aws, 'PATCH', `/state/${ACCOUNT}/${REGION}/db-instances/${ID}`, { DBInstanceStatus: 'stopped' });
  await expect(modify({ PubliclyAccessible: false })).rejects.toThrow('not in available state');
  const DBSnapshotIdentifier = 'nobody';
  await expect(rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }))).rejects.toMatchObject({
    name: 'DBSnapshotNotFoundFault',
  });
  const cluster = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'nobody' });
  await expect(rds.send(cluster)).rejects.toMatchObject({ name: 'DBClusterSnapshotNotFoundFault' });
});

async function share(change: Partial<ModifyDBSnapshotAttributeCommandInput>): Promise<readonly string[]> {
  const order = { DBSnapshotIdentifier: PUBLIC_DB_SNAPSHOT.id, AttributeName: 'restore', ...change };
  const { DBSnapshotAttributesResult } = await rds.send(new ModifyDBSnapshotAttributeCommand(order));
  return DBSnapshotAttributesResult?.DBSnapshotAttributes?.[0]?.AttributeValues ?? [];
}

test('who may restore a snapshot is added and removed', async () => {
  const DBSnapshotIdentifier = PUBLIC_DB_SNAPSHOT.id;
  const { DBSnapshotAttributesResult: before } = await rds.send(
    new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier }),
  );
  const AttributeValues = ['all', '999999999999', SECURITY_ACCOUNT];
  expect(before?.DBSnapshotAttributes).toEqual([{ AttributeName: 'restore', AttributeValues }]);
  expect(await share({ ValuesToRemove: ['all', '999999999999', '111111111111'] })).toEqual([SECURITY_ACCOUNT]);
  expect(await share({ ValuesToAdd: ['all'], ValuesToRemove: [SECURITY_ACCOUNT] })).toEqual(['all']);
  await expect(share({ ValuesToAdd: ['somebody'] })).rejects.toThrow('Invalid value');
  await expect(share({ AttributeName: 'copy', ValuesToAdd: ['all'] })).rejects.toThrow('Invalid attribute');
  const many = Array.from({ length: 21 }, (_, index) => String(100_000_000_000 + index));
  await expect(share({ ValuesToAdd: many })).rejects.toMatchObject({ name: 'SharedSnapshotQuotaExceededFault' });
});

test('an automated snapshot cannot be shared, and an encrypted one not with everybody', async () => {
  await expect(
    share({ DBSnapshotIdentifier: AUTOMATED_DB_SNAPSHOT.id, ValuesToAdd: ['999999999999'] }),
  ).rejects.toMatchObject({ name: 'InvalidDBSnapshotStateFault' });
  rds = clientOf(SHARED_CLUSTER_SNAPSHOT.account);
  const order = { DBClusterSnapshotIdentifier: SHARED_CLUSTER_SNAPSHOT.id, AttributeName: 'restore' };
  await expect(
    rds.send(new ModifyDBClusterSnapshotAttributeCommand({ ...order, ValuesToAdd: ['all'] })),
  ).rejects.toThrow('cannot be shared publicly');
  await rds.send(new ModifyDBClusterSnapshotAttributeCommand({ ...order, ValuesToRemove: ['999999999999'] }));
  const { DBClusterSnapshotAttributesResult: now } = await rds.send(
    new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: SHARED_CLUSTER_SNAPSHOT.id }),
  );
  expect(now?.DBClusterSnapshotAttributes?.[0]?.AttributeValues ?? []).toEqual([]);
});

test('lists come in pages of 20 to 100', async () => {
  const rows = aws.organization.state.table('db-snapshots', ACCOUNT, REGION);
  const [seeded] = rows.list();
  if (seeded === undefined) throw new Error('no snapshot is seeded');
  for (let index = 0; index < 40; index++)
    rows.put(`copy-${index}`, { ...seeded, Identifier: `copy-${index}`, SnapshotType: 'manual' });
  const sizes: number[] = [];
  const input = { SnapshotType: 'manual' };
  for await (const page of paginateDescribeDBSnapshots({ client: rds, pageSize: 20 }, input))
    sizes.push(page.DBSnapshots?.length ?? 0);
  expect(sizes).toEqual([20, 20, 1]);
  await expect(rds.send(new DescribeDBSnapshotsCommand({ MaxRecords: 19 }))).rejects.toThrow('MaxRecords');
  await expect(rds.send(new DescribeDBSnapshotsCommand({ Marker: 'none of ours' }))).rejects.toThrow('token');
  const Filters = [{ Name: 'snapshot-type', Values: ['automated'] }];
  expect((await rds.send(new DescribeDBSnapshotsCommand({ Filters }))).DBSnapshots).toHaveLength(1);
});
