import { publishGuardDuty } from '../events/publish.ts';
import { guarddutyFinding } from '../guardduty/samples.ts';
import type { Organization } from '../organization.ts';
import type { Tree } from '../wire/schemas.ts';
import type { Fired } from './scenario.ts';

/** What an instance is accused of. */
export interface Accusation {
  readonly account: string;
  readonly region: string;
  readonly instanceId: string;
  readonly type: string;
  readonly severity: number;
  readonly title: string;
  readonly description: string;
  readonly service: Tree;
  readonly id?: string | undefined;
}

/** The instance as GuardDuty describes it, read from what exists. Throws when the instance does not. */
function instanceDetails(organization: Organization, account: string, region: string, instanceId: string): Tree {
  const { state } = organization;
  const instance = state.table('instances', account, region).get(instanceId);
  if (!instance) throw new Error(`there is no instance ${instanceId} in ${account} ${region}`);
  const interfaces = state
    .table('network-interfaces', account, region)
    .list()
    .filter((eni) => eni.Attachment?.InstanceId === instanceId);
  const groups = state.table('security-groups', account, region);
  return {
    instanceId,
    instanceType: instance.InstanceType,
    imageId: instance.ImageId,
    launchTime: instance.LaunchTime,
    instanceState: instance.State,
    availabilityZone: instance.AvailabilityZone,
    platform: null,
    tags: instance.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
    networkInterfaces: interfaces.map((eni) => ({
      networkInterfaceId: eni.NetworkInterfaceId,
      privateIpAddress: eni.PrivateIpAddress,
      privateDnsName: `ip-${eni.PrivateIpAddress.replaceAll('.', '-')}.${region}.compute.internal`,
      vpcId: eni.VpcId,
      subnetId: eni.SubnetId,
      ipv6Addresses: [],
      ...(eni.PublicIp === undefined ? {} : { publicIp: eni.PublicIp }),
      securityGroups: eni.Groups.map((groupId) => ({ groupId, groupName: groups.get(groupId)?.GroupName ?? '' })),
    })),
  };
}

/** Publishes a GuardDuty finding about an instance. */
export function accuseInstance(organization: Organization, accusation: Accusation): Omit<Fired, 'scenario'> {
  const { account, region, instanceId, ...parts } = accusation;
  const resource = {
    resourceType: 'Instance',
    instanceDetails: instanceDetails(organization, account, region, instanceId),
  };
  const finding = publishGuardDuty(
    organization,
    guarddutyFinding(organization, { ...parts, account, region, resource }),
  );
  return { findings: [finding.arn], resource: instanceId, account, region };
}
