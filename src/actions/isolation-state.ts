import { z } from 'zod';
import type { AwsCall, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { readAs } from './answer.ts';
import { ec2, filter, type Instance } from './ec2-instance.ts';
import { refuse } from './refusal.ts';
import { ISOLATED_TAG, RUN_TAG, Tags, tagValue, USE_TAG } from './tags.ts';

/** More would not fit one session policy (2,048 characters) with exact ARNs: that of the run, or that of its undo, which names every former group. */
const MAX_INTERFACES = 4;
const MAX_GROUPS = 8;

const GroupId = z.string().regex(/^sg-[0-9a-f]{8,17}$/);
const InterfaceId = z.string().regex(/^eni-[0-9a-f]{8,17}$/);
const InterfacesAnswer = z.object({
  NetworkInterfaces: z
    .array(
      z.object({
        NetworkInterfaceId: InterfaceId,
        RequesterManaged: z.boolean().default(false),
        Description: z.string().default(''),
        Groups: z.array(z.object({ GroupId })).default([]),
      }),
    )
    .default([]),
});
const GroupsAnswer = z.object({
  SecurityGroups: z
    .array(
      z.object({
        GroupId,
        OwnerId: z.string().optional(),
        IpPermissions: z.array(z.unknown()).default([]),
        IpPermissionsEgress: z.array(z.unknown()).default([]),
        Tags,
      }),
    )
    .default([]),
});
const VpcsAnswer = z.object({
  Vpcs: z
    .array(
      z.object({
        OwnerId: z.string().optional(),
        Ipv6CidrBlockAssociationSet: z
          .array(z.object({ Ipv6CidrBlockState: z.object({ State: z.string() }).optional() }))
          .default([]),
      }),
    )
    .default([]),
});

export interface Interface {
  readonly id: string;
  /** Ids of its security groups, sorted. */
  readonly groups: readonly string[];
}

export interface Group {
  readonly id: string;
  readonly ownerId: string;
  readonly use: string | null;
  readonly empty: boolean;
}

/** All that a plan to isolate depends on, and so all that it must go stale with. */
export interface Isolable {
  readonly instanceId: string;
  readonly state: string;
  readonly vpcId: string;
  /** A shared VPC belongs to another account than the instance in it. */
  readonly vpcOwnerId: string;
  readonly vpcHasIpv6: boolean;
  readonly interfaces: readonly Interface[];
  readonly autoScaled: boolean;
  readonly loadBalancersInVpc: boolean;
}

export async function readIsolable(context: PlanContext, instance: Instance): Promise<Isolable | Refusal> {
  if (instance.VpcId === undefined) {
    return refuse('unsupported', 'The instance is in no VPC.', 'Stop it instead.');
  }
  const interfaces = await readInterfaces(context, instance.InstanceId);
  if ('refused' in interfaces) return interfaces;
  const groups = new Set(interfaces.flatMap((it) => it.groups)).size;
  if (groups > MAX_GROUPS) {
    return refuse(
      'too-large',
      `Its interfaces are in ${groups} different security groups; Cordon can give back up to ${MAX_GROUPS}.`,
      'Isolate it by hand, and write the groups down first.',
    );
  }
  const already = await refuseIsolated(context, instance, interfaces);
  if (already !== undefined) return already;
  const vpc = (await readAs(context, ec2('DescribeVpcs', { VpcIds: [instance.VpcId] }), VpcsAnswer)).Vpcs[0];
  return {
    instanceId: instance.InstanceId,
    state: instance.State.Name,
    vpcId: instance.VpcId,
    vpcOwnerId: vpc?.OwnerId ?? context.accountId,
    vpcHasIpv6: vpc?.Ipv6CidrBlockAssociationSet.some((it) => it.Ipv6CidrBlockState?.State === 'associated') ?? false,
    interfaces,
    autoScaled: tagValue(instance.Tags, 'aws:autoscaling:groupName') !== null,
    loadBalancersInVpc: await hasLoadBalancers(context, interfaces),
  };
}

/** The network interfaces of the instance, by id; refused when there are none, too many, or one that AWS itself manages. */
export async function readInterfaces(
  context: PlanContext,
  instanceId: string,
): Promise<readonly Interface[] | Refusal> {
  const { NetworkInterfaces: found } = await readAs(context, interfacesOf(instanceId), InterfacesAnswer);
  if (found.length === 0) {
    return refuse(
      'nothing-to-do',
      'The instance has no network interface.',
      'It cannot reach anything; snapshot its volumes.',
    );
  }
  if (found.length > MAX_INTERFACES) {
    return refuse(
      'too-large',
      `The instance has ${found.length} network interfaces; Cordon isolates up to ${MAX_INTERFACES}.`,
      'Stop it instead, or isolate it by hand.',
    );
  }
  if (found.some((it) => it.RequesterManaged)) {
    return refuse(
      'unsupported',
      'One of its network interfaces is managed by an AWS service.',
      'Isolate it in the service that manages it.',
    );
  }
  return found
    .map((it) => ({ id: it.NetworkInterfaceId, groups: it.Groups.map((group) => group.GroupId).sort() }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Security groups that a run created and that are still there. */
export async function readGroupsOfRun(context: PlanContext, runId: string): Promise<readonly Group[]> {
  return readGroups(context, ec2('DescribeSecurityGroups', { Filters: [filter(`tag:${RUN_TAG}`, runId)] }));
}

/** Those of the named groups that exist. */
export async function readGroupsById(context: PlanContext, ids: readonly string[]): Promise<readonly Group[]> {
  return readGroups(context, ec2('DescribeSecurityGroups', { Filters: [{ Name: 'group-id', Values: [...ids] }] }));
}

async function readGroups(context: PlanContext, call: AwsCall): Promise<readonly Group[]> {
  const { SecurityGroups: groups } = await readAs(context, call, GroupsAnswer);
  return groups
    .map((it) => ({
      id: it.GroupId,
      ownerId: it.OwnerId ?? context.accountId,
      use: tagValue(it.Tags, USE_TAG),
      empty: it.IpPermissions.length === 0 && it.IpPermissionsEgress.length === 0,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Ids of the interfaces that use a group now. */
export async function readUsersOf(context: PlanContext, groupId: string): Promise<readonly string[]> {
  const answer = await readAs(context, interfacesIn(groupId), InterfacesAnswer);
  return answer.NetworkInterfaces.map((it) => it.NetworkInterfaceId).sort();
}

async function refuseIsolated(
  context: PlanContext,
  instance: Instance,
  interfaces: readonly Interface[],
): Promise<Refusal | undefined> {
  const groups = [...new Set(interfaces.flatMap((it) => it.groups))];
  const known = groups.length === 1 ? await readGroupsById(context, groups) : [];
  if (known[0]?.empty && known[0].use === 'quarantine') {
    return refuse('nothing-to-do', 'The instance is isolated already.', 'Roll the earlier run back to release it.');
  }
  const by = tagValue(instance.Tags, ISOLATED_TAG);
  if (by === null) return undefined;
  return refuse(
    'mismatch',
    `The instance carries the tag ${ISOLATED_TAG}, but its interfaces are not in quarantine.`,
    'Finish or roll back the run that the tag names, or remove the tag.',
  );
}

/** Load balancers' interfaces are described as `ELB …`; only whether there are any is used, since they come and go with the load. */
async function hasLoadBalancers(context: PlanContext, interfaces: readonly Interface[]): Promise<boolean> {
  const groups = [...new Set(interfaces.flatMap((it) => it.groups))].sort();
  for (const group of groups) {
    const answer = await readAs(context, interfacesIn(group), InterfacesAnswer);
    if (answer.NetworkInterfaces.some((it) => it.Description.startsWith('ELB '))) return true;
  }
  return false;
}

function interfacesOf(instanceId: string): AwsCall {
  return ec2('DescribeNetworkInterfaces', { Filters: [filter('attachment.instance-id', instanceId)] });
}

function interfacesIn(groupId: Parameters<typeof filter>[1]): AwsCall {
  return ec2('DescribeNetworkInterfaces', { Filters: [filter('group-id', groupId)] });
}
