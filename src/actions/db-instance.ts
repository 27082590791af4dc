import { z } from 'zod';
import type { AwsCall, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { readAsOptional } from './answer.ts';
import { rds } from './rds-call.ts';
import { refuse } from './refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from './tags.ts';

/** The name of a DB instance; RDS keeps it in lower case. */
export const DbInstanceId = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/);

const Instance = z.object({
  DBInstanceIdentifier: DbInstanceId,
  DBInstanceArn: z.string(),
  DBInstanceStatus: z.string(),
  Engine: z.string(),
  PubliclyAccessible: z.boolean(),
  Endpoint: z.object({ Address: z.string().default('') }).optional(),
  DBSubnetGroup: z
    .object({
      VpcId: z.string().default('unknown'),
      Subnets: z.array(z.object({ SubnetIdentifier: z.string() })).default([]),
    })
    .optional(),
  VpcSecurityGroups: z.array(z.object({ VpcSecurityGroupId: z.string() })).default([]),
  DBClusterIdentifier: z.string().optional(),
  PendingModifiedValues: z.record(z.string(), z.json()).default({}),
  TagList: Tags,
});
export type DbInstance = z.infer<typeof Instance>;
const InstancesAnswer = z.object({ DBInstances: z.array(Instance).default([]) });

/**
 * The states in which RDS takes a change of an instance; in any other it answers InvalidDBInstanceState.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html (storage-optimization: operational)
 */
export const READY_STATES = ['available', 'storage-optimization'] as const;

/** The DB instance as it is now, or why Cordon leaves it alone: not there, of another place, protected by tag, or being changed by something else. */
export async function readDbInstance(context: PlanContext, dbInstanceId: string): Promise<DbInstance | Refusal> {
  const absentOn = ['DBInstanceNotFound', 'DBInstanceNotFoundFault'];
  const answer = await readAsOptional(context, describeDbInstance(dbInstanceId), InstancesAnswer, absentOn);
  const instance = answer?.DBInstances[0];
  if (instance === undefined || instance.DBInstanceStatus === 'deleting') {
    return refuse(
      'not-found',
      'There is no such DB instance in this account and Region any more.',
      'Look for its final snapshot, and for a cluster of that name: a cluster is not an instance.',
    );
  }
  if (instance.DBInstanceArn !== dbInstanceArn(context, dbInstanceId.toLowerCase())) {
    return refuse(
      'mismatch',
      'RDS answers with another DB instance than the one asked for.',
      'Act in the account and Region that have it.',
    );
  }
  if (isProtected(instance.TagList)) {
    return refuse(
      'protected',
      `The DB instance carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  if (!READY_STATES.some((state) => state === instance.DBInstanceStatus)) {
    return refuse(
      'not-ready',
      `The DB instance is ${instance.DBInstanceStatus}; RDS takes no change of it now.`,
      'Wait until it is available and run the step again. To cut clients off at once, narrow its security group.',
    );
  }
  return instance;
}

export function describeDbInstance(dbInstanceId: string): AwsCall {
  return rds('DescribeDBInstances', { DBInstanceIdentifier: dbInstanceId });
}

function dbInstanceArn(context: PlanContext, dbInstanceId: string): string {
  return `arn:${context.partition}:rds:${context.region}:${context.accountId}:db:${dbInstanceId}`;
}
