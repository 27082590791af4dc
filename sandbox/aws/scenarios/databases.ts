import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import { rdsArn } from '../arn.ts';
import { publishGuardDuty } from '../events/publish.ts';
import { guarddutyFinding } from '../guardduty/samples.ts';
import type { Organization } from '../organization.ts';
import { presentOf } from '../rds/instances.ts';
import { PUBLIC_DATABASE, PUBLIC_DB_SNAPSHOT } from '../seed/names.ts';
import type { DbInstance, DbSnapshot } from '../state/kinds.ts';
import type { Tree } from '../wire/schemas.ts';
import { publishControl } from './control-finding.ts';
import { AccountId, defineScenario, FindingId } from './scenario.ts';

const Database = z.strictObject({
  account: AccountId.default(PUBLIC_DATABASE.account),
  dbInstance: z.string().default(PUBLIC_DATABASE.id),
  region: z.string().default(HOME_REGION),
});

function databaseOf(organization: Organization, account: string, region: string, id: string): DbInstance {
  const row = organization.state.table('db-instances', account, region).get(id);
  if (!row) throw new Error(`there is no DB instance ${id} in ${account} ${region}`);
  return presentOf(row, organization.clock.now());
}

/** A database as Security Hub lists it. */
function databaseResource(account: string, region: string, row: DbInstance): Tree {
  const { DBInstanceIdentifier, DbiResourceId, DBInstanceClass, Engine, EngineVersion, DBClusterIdentifier } = row;
  return {
    Type: 'AwsRdsDbInstance',
    Id: rdsArn(region, account, 'db', DBInstanceIdentifier),
    Partition: 'aws',
    Region: region,
    Details: {
      AwsRdsDbInstance: {
        DBInstanceIdentifier,
        DbiResourceId,
        DBInstanceClass,
        Engine,
        EngineVersion,
        ...(DBClusterIdentifier === undefined ? {} : { DBClusterIdentifier }),
        PubliclyAccessible: row.PubliclyAccessible,
        StorageEncrypted: row.StorageEncrypted,
        DeletionProtection: row.DeletionProtection,
        DbInstanceStatus: row.DBInstanceStatus,
        VpcSecurityGroups: row.VpcSecurityGroupIds.map((VpcSecurityGroupId) => ({
          VpcSecurityGroupId,
          Status: 'active',
        })),
      },
    },
  };
}

/** A database has a public address. */
export const publicDatabase = defineScenario({
  name: 'public-database',
  summary: 'Security Hub RDS.2 FAILED for a database of prod-data with a public address',
  overrides: Database.extend({ key: z.string().optional() }),
  run(organization, { account, dbInstance, region, key }) {
    const finding = publishControl(organization, {
      account,
      region,
      key,
      controlId: 'RDS.2',
      title: 'RDS DB Instances should prohibit public access, as determined by the PubliclyAccessible configuration',
      severity: 'CRITICAL',
      status: 'FAILED',
      spelling: 'consolidated',
      resource: databaseResource(account, region, databaseOf(organization, account, region, dbInstance)),
    });
    return { findings: [finding.Id], resource: dbInstance, account, region };
  },
});

/** A snapshot as Security Hub lists it; that of a cluster has another type and another word in its ARN. */
function snapshotResource(account: string, region: string, row: DbSnapshot, ofCluster: boolean): Tree {
  const { SnapshotType, Engine, EngineVersion, AllocatedStorage, SourceIdentifier } = row;
  const common = { SnapshotType, Engine, EngineVersion, AllocatedStorage, Status: 'available' };
  return {
    Partition: 'aws',
    Region: region,
    Id: rdsArn(region, account, ofCluster ? 'cluster-snapshot' : 'snapshot', row.Identifier),
    ...(ofCluster
      ? {
          Type: 'AwsRdsDbClusterSnapshot',
          Details: {
            AwsRdsDbClusterSnapshot: {
              ...common,
              DbClusterIdentifier: SourceIdentifier,
              StorageEncrypted: row.Encrypted,
            },
          },
        }
      : {
          Type: 'AwsRdsDbSnapshot',
          Details: {
            AwsRdsDbSnapshot: {
              ...common,
              DbSnapshotIdentifier: row.Identifier,
              DbInstanceIdentifier: SourceIdentifier,
              Encrypted: row.Encrypted,
            },
          },
        }),
  };
}

/** A snapshot of a database is shared with everybody. */
export const publicDatabaseSnapshot = defineScenario({
  name: 'public-database-snapshot',
  summary: 'Security Hub RDS.1 FAILED for a snapshot of a database of prod-data that everybody can restore',
  overrides: z.strictObject({
    account: AccountId.default(PUBLIC_DB_SNAPSHOT.account),
    snapshot: z.string().default(PUBLIC_DB_SNAPSHOT.id),
    ofCluster: z.boolean().default(false),
    region: z.string().default(HOME_REGION),
    key: z.string().optional(),
  }),
  run(organization, { account, snapshot, ofCluster, region, key }) {
    const kind = ofCluster ? 'db-cluster-snapshots' : 'db-snapshots';
    const row = organization.state.table(kind, account, region).get(snapshot);
    if (!row) throw new Error(`there is no snapshot ${snapshot} in ${account} ${region}`);
    const finding = publishControl(organization, {
      account,
      region,
      key,
      controlId: 'RDS.1',
      title: 'RDS snapshot should be private',
      severity: 'CRITICAL',
      status: 'FAILED',
      spelling: 'consolidated',
      resource: snapshotResource(account, region, row, ofCluster),
    });
    return { findings: [finding.Id], resource: snapshot, account, region };
  },
});

/** Somebody logs in who never did, in an unusual way. */
export const databaseLogin = defineScenario({
  name: 'database-login',
  summary: 'GuardDuty CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin on the public database of prod-data',
  overrides: Database.extend({ id: FindingId }),
  run(organization, { account, dbInstance, region, id }) {
    const row = databaseOf(organization, account, region, dbInstance);
    const finding = guarddutyFinding(organization, {
      account,
      region,
      id,
      type: 'CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin',
      severity: 8,
      title: `A user successfully logged in to RDS database ${dbInstance} in an anomalous way.`,
      description: `The user postgres successfully logged in to the RDS database ${dbInstance} from an unusual location.`,
      resource: {
        resourceType: 'RDSDBInstance',
        rdsDbInstanceDetails: {
          dbInstanceIdentifier: row.DBInstanceIdentifier,
          engine: row.Engine,
          engineVersion: row.EngineVersion,
          ...(row.DBClusterIdentifier === undefined ? {} : { dbClusterIdentifier: row.DBClusterIdentifier }),
          dbInstanceArn: rdsArn(region, account, 'db', row.DBInstanceIdentifier),
          dbiResourceId: row.DbiResourceId,
          tags: row.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
        },
        rdsDbUserDetails: {
          user: 'postgres',
          application: 'psql',
          database: 'reporting',
          ssl: 'TLSv1.3',
          authMethod: 'password',
        },
      },
      service: {
        action: {
          actionType: 'RDS_LOGIN_ATTEMPT',
          rdsLoginAttemptAction: {
            remoteIpDetails: {
              ipAddressV4: '198.51.100.61',
              country: { countryName: 'Nowhere' },
              organization: { asn: '64500', asnOrg: 'Example Hosting' },
            },
            loginAttributes: [
              { user: 'postgres', application: 'psql', failedLoginAttempts: 0, successfulLoginAttempts: 1 },
            ],
          },
        },
      },
    });
    return { findings: [publishGuardDuty(organization, finding).arn], resource: dbInstance, account, region };
  },
});
