import { z } from 'zod';
import { canonicalJson, type JsonObject, sameJson } from '../../domain/json.ts';
import type { PlanDraft, PlanStep, Probe } from '../../domain/plan.ts';
import { defineAction } from '../action.ts';
import { type DbInstance, DbInstanceId, describeDbInstance, READY_STATES, readDbInstance } from '../db-instance.ts';
import { rds } from '../rds-call.ts';
import { refuse } from '../refusal.ts';

const Params = z.strictObject({ dbInstanceId: DbInstanceId });
/** Where the database stands in the network; what a rollback must find unchanged. */
const Network = z.object({ vpcId: z.string(), subnets: z.array(z.string()), securityGroups: z.array(z.string()) });
const Before = z.object({ dbInstanceId: DbInstanceId, network: Network });

/** RDS shows the change at the end of `modifying`, which takes it minutes. */
const SETTLE_SECONDS = 300;

export default defineAction({
  id: 'rds.disable-public-access',
  version: 1,
  title: 'Switch the public address of the database off',
  risk: 'reversible',
  undoReexposes: true,
  services: ['rds'],
  docs:
    'Sets PubliclyAccessible of one DB instance to false: its name then leads to the private address only. RDS applies this at once whatever the call says of ' +
    'ApplyImmediately, so the call leaves that off and changes that wait for the maintenance window go on waiting. Works for instances of an Aurora cluster, one by one.',
  reads: [
    {
      actions: ['rds:DescribeDBInstances'],
      resources: ['arn:{partition}:rds:{region}:{account}:db:*'],
      why: 'Whether the database has a public address, its network, its state, its tags and the changes that wait',
    },
  ],
  writes: [
    {
      actions: ['rds:ModifyDBInstance'],
      resources: ['arn:{partition}:rds:{region}:{account}:db:*'],
      why: 'Switches the public address off, and on again when the change is undone',
    },
  ],
  params: Params,

  async plan(context, { dbInstanceId }) {
    const instance = await readDbInstance(context, dbInstanceId);
    if ('refused' in instance) return instance;
    if (!instance.PubliclyAccessible) {
      return refuse(
        'nothing-to-do',
        'The database has no public address.',
        'Look at its security group, and at the other instances of its cluster.',
      );
    }
    return hiding(instance);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const instance = await readDbInstance(context, before.dbInstanceId);
    if ('refused' in instance) return instance;
    if (instance.PubliclyAccessible) {
      return refuse(
        'nothing-to-do',
        'The database has a public address again.',
        'See CloudTrail for ModifyDBInstance: somebody else has switched it on.',
      );
    }
    if (!sameJson(networkOf(instance), before.network)) {
      return refuse(
        'drifted',
        'The subnets or security groups of the database are not those of before.',
        'A public address would open something else than it did; decide by hand.',
      );
    }
    return exposing(instance);
  },
});

function hiding(instance: DbInstance): PlanDraft {
  const { vpcId, subnets, securityGroups } = networkOf(instance);
  return {
    ...frame(instance, false),
    summary: `Switch the public address of database ${instance.DBInstanceIdentifier} off`,
    blastRadius: [
      `Clients outside of ${vpcId} are cut off: ${addressOf(instance)} leads to the private address only, and connections over the public one end.`,
      'Clients inside keep theirs. Who connects cannot be read from AWS: ask the owner for reporting tools, suppliers and offices without VPN.',
      `Security groups (${listed(securityGroups)}) and subnets (${listed(subnets)}) stay: whoever they let in from inside still gets in.`,
      'The database is not restarted. It is modifying for some minutes, and RDS takes no other change of it meanwhile.',
      pendingLine(instance),
      ...clusterLines(instance),
    ],
    rollback: { available: true, summary: 'Gives the database a public address again, a new one (two people).' },
  };
}

function exposing(instance: DbInstance): PlanDraft {
  const { securityGroups } = networkOf(instance);
  return {
    ...frame(instance, true),
    summary: `Give database ${instance.DBInstanceIdentifier} a public address again`,
    blastRadius: [
      `${addressOf(instance)} leads to a public address again, another than before; who gets in is up to ${listed(securityGroups)} alone.`,
      pendingLine(instance),
    ],
    rollback: { available: false, why: 'Ask for the public address to be switched off again instead.' },
  };
}

function frame(
  instance: DbInstance,
  to: boolean,
): Pick<PlanDraft, 'target' | 'changes' | 'before' | 'steps' | 'verify'> {
  const { DBInstanceIdentifier: id, DBInstanceArn: arn } = instance;
  return {
    target: { type: 'AwsRdsDbInstance', id, arn },
    changes: [{ path: `${id} PubliclyAccessible`, before: !to, after: to }],
    before: stateOf(instance),
    steps: [accessStep(instance, to)],
    verify: [isPublic(id, to)],
  };
}

/**
 * "Changes to the PubliclyAccessible parameter are applied immediately regardless of the value of the ApplyImmediately parameter": true would only send out what waits.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
 */
function accessStep(instance: DbInstance, to: boolean): PlanStep {
  const { DBInstanceIdentifier: id, DBInstanceArn: arn } = instance;
  return {
    id: to ? 'enable-public-access' : 'disable-public-access',
    title: to ? 'Switch the public address on' : 'Switch the public address off',
    call: rds('ModifyDBInstance', { DBInstanceIdentifier: id, PubliclyAccessible: to, ApplyImmediately: false }),
    iam: [{ actions: ['rds:ModifyDBInstance'], resources: [arn] }],
    precondition: [isPublic(id, !to), isReady(id), isPending(instance)],
    applied: isPublic(id, to),
  };
}

function isPublic(id: string, expect: boolean): Probe {
  return {
    title: `Database ${id} has ${expect ? 'a' : 'no'} public address`,
    read: describeDbInstance(id),
    query: 'DBInstances[0].PubliclyAccessible',
    expect,
    settleSeconds: SETTLE_SECONDS,
  };
}

function isReady(id: string): Probe {
  const states = READY_STATES.map((state) => `'${state}'`).join(', ');
  return {
    title: `Database ${id} takes changes`,
    read: describeDbInstance(id),
    query: `contains([${states}], DBInstances[0].DBInstanceStatus)`,
    expect: true,
  };
}

function isPending({ DBInstanceIdentifier: id, PendingModifiedValues: expect }: DbInstance): Probe {
  return {
    title: `The changes of database ${id} that wait are those that were shown`,
    read: describeDbInstance(id),
    query: 'DBInstances[0].PendingModifiedValues || `{}`',
    expect,
  };
}

function stateOf(instance: DbInstance): JsonObject {
  return {
    dbInstanceId: instance.DBInstanceIdentifier,
    publiclyAccessible: instance.PubliclyAccessible,
    address: addressOf(instance),
    network: networkOf(instance),
    pending: instance.PendingModifiedValues,
  };
}

function networkOf({ DBSubnetGroup, VpcSecurityGroups }: DbInstance): z.infer<typeof Network> {
  return {
    vpcId: DBSubnetGroup?.VpcId ?? 'its network',
    subnets: (DBSubnetGroup?.Subnets ?? []).map((subnet) => subnet.SubnetIdentifier).sort(),
    securityGroups: VpcSecurityGroups.map((group) => group.VpcSecurityGroupId).sort(),
  };
}

/** The name that clients connect to; an instance that is being made has none yet. */
function addressOf({ Endpoint, DBInstanceIdentifier }: DbInstance): string {
  return Endpoint === undefined || Endpoint.Address === '' ? DBInstanceIdentifier : Endpoint.Address;
}

/** A new master password is hidden by RDS itself. */
function pendingLine({ PendingModifiedValues }: DbInstance): string {
  const waiting = Object.entries(PendingModifiedValues).map(([name, value]) => `${name} ${canonicalJson(value)}`);
  return waiting.length === 0
    ? 'No other change waits for the maintenance window.'
    : `Waits for the maintenance window and goes on waiting, since this call does not ask to apply immediately: ${waiting.join(', ')}.`;
}

function clusterLines({ DBClusterIdentifier: cluster }: DbInstance): readonly string[] {
  return cluster === undefined
    ? []
    : [`It is one instance of the cluster ${cluster}; the others have public addresses of their own, or none.`];
}

function listed(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : ids.join(', ');
}
