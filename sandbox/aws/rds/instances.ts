import { z } from 'zod';
import { rdsArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import type { DbInstance, DbModifications } from '../state/kinds.ts';
import { bareId, Filters, filtered, instanceRows, notFound, Paging, rdsNeed, rdsPage } from './lookup.ts';

/** How long an instance is `modifying`: minutes at AWS; short, so that people need not wait, and long enough to be seen. */
const MODIFY_MS = 600;

/** The instance as it is at this moment: a modification that has come to its end is part of it, one under way is not yet. */
export function presentOf(instance: DbInstance, now: number): DbInstance {
  const { Applying, ...rest } = instance;
  if (Applying === undefined) return instance;
  if (now < Applying.DoneAt) return { ...instance, DBInstanceStatus: 'modifying' };
  return { ...rest, ...Applying.Values };
}

function instanceOf(call: Call, named: string): DbInstance {
  const instance = instanceRows(call).get(bareId('db-instances', named));
  if (!instance) throw notFound('db-instances', named);
  return presentOf(instance, call.clock.now());
}

/** Where clients connect; the same name whether it leads to a public address or to the private one. */
function endpointOf(instance: DbInstance, region: string): string {
  return `${instance.DBInstanceIdentifier}.c0sandbox001.${region}.rds.amazonaws.com`;
}

function instanceShape(call: Call, instance: DbInstance): object {
  const { DBSubnetGroup, VpcSecurityGroupIds, Port, Tags, Applying, InstanceCreateTime, ...plain } = instance;
  return {
    ...plain,
    DBInstanceArn: rdsArn(call.region, call.account, 'db', instance.DBInstanceIdentifier),
    InstanceCreateTime: new Date(InstanceCreateTime),
    Endpoint: { Address: endpointOf(instance, call.region), Port, HostedZoneId: 'Z29XKXDKYMONMX' },
    DBSubnetGroup: {
      DBSubnetGroupName: DBSubnetGroup.Name,
      DBSubnetGroupDescription: DBSubnetGroup.Name,
      VpcId: DBSubnetGroup.VpcId,
      SubnetGroupStatus: 'Complete',
      Subnets: DBSubnetGroup.SubnetIds.map((SubnetIdentifier) => ({ SubnetIdentifier, SubnetStatus: 'Active' })),
    },
    VpcSecurityGroups: VpcSecurityGroupIds.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' })),
    TagList: Tags,
  };
}

const describeDbInstances = defineOperation({
  name: 'DescribeDBInstances',
  input: z.strictObject({ DBInstanceIdentifier: z.string().min(1).optional(), Filters, ...Paging }),
  needs: (input, call) => [rdsNeed(call, 'DescribeDBInstances', 'db-instances', input.DBInstanceIdentifier)],
  run(input, call) {
    const rows =
      input.DBInstanceIdentifier === undefined
        ? instanceRows(call)
            .list()
            .map((row) => presentOf(row, call.clock.now()))
        : [instanceOf(call, input.DBInstanceIdentifier)];
    const kept = filtered(rows, input.Filters, {
      'db-instance-id': (row) => row.DBInstanceIdentifier,
      'db-cluster-id': (row) => row.DBClusterIdentifier,
      'dbi-resource-id': (row) => row.DbiResourceId.toLowerCase(),
      engine: (row) => row.Engine,
    });
    const { items, rest } = rdsPage(kept, input);
    return { DBInstances: items.map((row) => instanceShape(call, row)), ...rest };
  },
});

/**
 * What the request changes at once whatever it says of ApplyImmediately (PubliclyAccessible, DeletionProtection) and what waits for the window unless it is set.
 * With ApplyImmediately, everything that was waiting goes out too.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
 */
const modifyDbInstance = defineOperation({
  name: 'ModifyDBInstance',
  write: true,
  input: z.strictObject({
    DBInstanceIdentifier: z.string().min(1),
    ApplyImmediately: z.boolean().default(false),
    PubliclyAccessible: z.boolean().optional(),
    DeletionProtection: z.boolean().optional(),
    DBInstanceClass: z.string().startsWith('db.').optional(),
    AllocatedStorage: z.number().int().min(20).optional(),
    MultiAZ: z.boolean().optional(),
    EngineVersion: z.string().optional(),
    BackupRetentionPeriod: z.number().int().min(0).max(35).optional(),
  }),
  needs: (input, call) => [rdsNeed(call, 'ModifyDBInstance', 'db-instances', input.DBInstanceIdentifier)],
  run({ DBInstanceIdentifier, ApplyImmediately, PubliclyAccessible, DeletionProtection, ...deferrable }, call) {
    const instance = instanceOf(call, DBInstanceIdentifier);
    if (instance.DBInstanceStatus !== 'available')
      throw new AwsError('InvalidDBInstanceState', 'Database instance is not in available state.');
    const waiting: DbModifications = { ...instance.PendingModifiedValues, ...given(deferrable) };
    const Values = {
      ...(ApplyImmediately ? waiting : {}),
      ...(PubliclyAccessible === undefined || PubliclyAccessible === instance.PubliclyAccessible
        ? {}
        : { PubliclyAccessible }),
    };
    const changed: DbInstance = {
      ...instance,
      ...(DeletionProtection === undefined ? {} : { DeletionProtection }),
      PendingModifiedValues: ApplyImmediately ? {} : waiting,
      ...(Object.keys(Values).length === 0 ? {} : { Applying: { DoneAt: call.clock.now() + MODIFY_MS, Values } }),
    };
    instanceRows(call).put(instance.DBInstanceIdentifier, changed);
    return { DBInstance: instanceShape(call, presentOf(changed, call.clock.now())) };
  },
});

/** The members that the request holds. */
function given(values: { readonly [K in keyof DbModifications]: DbModifications[K] | undefined }): DbModifications {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

export const instanceOperations = [describeDbInstances, modifyDbInstance];
