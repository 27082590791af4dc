import { HOME_REGION, SECURITY_ACCOUNT } from '../../world.ts';
import type { DbInstance, DbSnapshot } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import {
  AUTOMATED_DB_SNAPSHOT,
  CLUSTER_DATABASE,
  PUBLIC_DATABASE,
  PUBLIC_DB_SNAPSHOT,
  SHARED_CLUSTER_SNAPSHOT,
  subnetId,
  vpcId,
} from './names.ts';
import { type SeedPlace, seedGroup, seedVpc } from './network.ts';

const CREATED = '2026-03-02T09:40:00.000Z';
/** An account outside the organisation. */
const STRANGER = '999999999999';

/** Two databases with a public address, and snapshots that are shared. */
export function seedDatabases(state: State): void {
  const data = { state, account: PUBLIC_DATABASE.account, region: HOME_REGION };
  seedDatabase(data, PUBLIC_DATABASE.id, 70, {
    Engine: 'postgres',
    EngineVersion: '16.4',
    Tags: [{ Key: 'team', Value: 'reporting' }],
  });
  const orders = { state, account: CLUSTER_DATABASE.account, region: HOME_REGION };
  seedDatabase(orders, CLUSTER_DATABASE.id, 71, {
    Engine: 'aurora-postgresql',
    EngineVersion: '15.4',
    AllocatedStorage: 1,
    DBClusterIdentifier: CLUSTER_DATABASE.cluster,
    DeletionProtection: true,
    StorageEncrypted: true,
  });
  seedDbSnapshot(data, 'db-snapshots', PUBLIC_DB_SNAPSHOT.id, PUBLIC_DATABASE.id, {
    SharedWith: ['all', STRANGER, SECURITY_ACCOUNT],
  });
  seedDbSnapshot(data, 'db-snapshots', AUTOMATED_DB_SNAPSHOT.id, PUBLIC_DATABASE.id, { SnapshotType: 'automated' });
  seedDbSnapshot(orders, 'db-cluster-snapshots', SHARED_CLUSTER_SNAPSHOT.id, CLUSTER_DATABASE.cluster, {
    Engine: 'aurora-postgresql',
    EngineVersion: '15.4',
    Encrypted: true,
    SharedWith: [STRANGER],
  });
}

/** Creates an available instance in a VPC of its own, open to everybody on its port. `index` picks the address range 10.index.0.0/16. */
function seedDatabase(place: SeedPlace, id: string, index: number, more: Partial<DbInstance>): void {
  const { state, account, region } = place;
  const vpc = `db-${id}`;
  seedVpc(place, vpc, index);
  const group = seedGroup(place, vpc, 'database', 'Database clients', [
    { protocol: 'tcp', from: 5432, to: 5432, cidr: '0.0.0.0/0', description: 'supplier, to be narrowed' },
  ]);
  state.table('db-instances', account, region).put(id, {
    DBInstanceIdentifier: id,
    DbiResourceId: `db-${id.toUpperCase().replaceAll('-', '')}SANDBOX0001`,
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.r6g.large',
    AllocatedStorage: 200,
    MultiAZ: false,
    Engine: 'postgres',
    EngineVersion: '16.4',
    BackupRetentionPeriod: 7,
    Port: 5432,
    PubliclyAccessible: true,
    DeletionProtection: false,
    StorageEncrypted: false,
    InstanceCreateTime: CREATED,
    DBSubnetGroup: {
      Name: `${id}-subnets`,
      VpcId: vpcId(account, `${region}/${vpc}`),
      SubnetIds: [subnetId(account, `${region}/${vpc}`)],
    },
    VpcSecurityGroupIds: [group],
    PendingModifiedValues: {},
    Tags: [],
    ...more,
  });
}

function seedDbSnapshot(
  place: SeedPlace,
  kind: 'db-snapshots' | 'db-cluster-snapshots',
  Identifier: string,
  SourceIdentifier: string,
  more: Partial<DbSnapshot>,
): void {
  place.state.table(kind, place.account, place.region).put(Identifier, {
    Identifier,
    SourceIdentifier,
    SnapshotType: 'manual',
    SnapshotCreateTime: CREATED,
    Engine: 'postgres',
    EngineVersion: '16.4',
    AllocatedStorage: 200,
    Encrypted: false,
    SharedWith: [],
    Tags: [],
    ...more,
  });
}
