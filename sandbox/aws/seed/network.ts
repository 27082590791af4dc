import { ec2Id } from '../state/ids.ts';
import type { InstanceStateName, SecurityGroupRule, Tag } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import { groupId, instanceId, interfaceId, snapshotId, subnetId, volumeId, vpcId } from './names.ts';

const LAUNCHED = '2026-03-02T08:15:00.000Z';

/** Where seeded resources go. */
export interface SeedPlace {
  readonly state: State;
  readonly account: string;
  readonly region: string;
}

/** A rule of a seeded group: who may reach what. */
export interface SeedRule {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly cidr: string;
  readonly egress?: boolean;
  readonly description?: string;
  readonly tags?: readonly Tag[];
}

const ALL_OUT: SeedRule = { protocol: '-1', from: -1, to: -1, cidr: '0.0.0.0/0', egress: true };

/** Creates a VPC with one subnet and its default group. `index` picks the address range 10.index.0.0/16. */
export function seedVpc(place: SeedPlace, name: string, index: number, isDefault = false): void {
  const { state, account, region } = place;
  const VpcId = vpcId(account, `${region}/${name}`);
  const SubnetId = subnetId(account, `${region}/${name}`);
  state
    .table('vpcs', account, region)
    .put(VpcId, { VpcId, CidrBlock: `10.${index}.0.0/16`, IsDefault: isDefault, Tags: [{ Key: 'Name', Value: name }] });
  state.table('subnets', account, region).put(SubnetId, {
    SubnetId,
    VpcId,
    CidrBlock: `10.${index}.1.0/24`,
    AvailabilityZone: `${region}a`,
    Tags: [{ Key: 'Name', Value: `${name}-a` }],
  });
  seedGroup(place, name, 'default', 'default VPC security group', [ALL_OUT]);
}

/** Creates a group with its rules. */
export function seedGroup(
  place: SeedPlace,
  vpc: string,
  name: string,
  description: string,
  rules: readonly SeedRule[],
): string {
  const { state, account, region } = place;
  const GroupId = groupId(account, `${region}/${vpc}`, name);
  state.table('security-groups', account, region).put(GroupId, {
    GroupId,
    GroupName: name,
    Description: description,
    VpcId: vpcId(account, `${region}/${vpc}`),
    Tags: [],
  });
  rules.forEach((rule, index) => {
    seedRule(place, GroupId, rule, index);
  });
  return GroupId;
}

function seedRule(place: SeedPlace, GroupId: string, rule: SeedRule, index: number): void {
  const SecurityGroupRuleId = ec2Id('sgr', `${GroupId}/${index}`);
  const row: SecurityGroupRule = {
    SecurityGroupRuleId,
    GroupId,
    IsEgress: rule.egress ?? false,
    IpProtocol: rule.protocol,
    FromPort: rule.from,
    ToPort: rule.to,
    ...(rule.cidr.includes(':') ? { CidrIpv6: rule.cidr } : { CidrIpv4: rule.cidr }),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    Tags: [...(rule.tags ?? [])],
  };
  place.state.table('security-group-rules', place.account, place.region).put(SecurityGroupRuleId, row);
}

/** The two groups most instances carry: web traffic, and administration from inside. */
export function seedUsualGroups(place: SeedPlace, vpc: string): string[] {
  return [
    seedGroup(place, vpc, 'service', 'Service traffic', [
      { protocol: 'tcp', from: 443, to: 443, cidr: '0.0.0.0/0', description: 'https' },
      ALL_OUT,
    ]),
    seedGroup(place, vpc, 'administration', 'Administration from the office network', [
      { protocol: 'tcp', from: 22, to: 22, cidr: '192.0.2.0/24', description: 'office' },
      ALL_OUT,
    ]),
  ];
}

export interface SeedInstance {
  readonly name: string;
  readonly vpc: string;
  readonly index: number;
  readonly groups: readonly string[];
  readonly interfaces?: number;
  readonly volumes?: number;
  readonly publicIp?: string;
  readonly state?: InstanceStateName;
  readonly tags?: readonly Tag[];
}

/** Creates a running instance with its interfaces and volumes. */
export function seedInstance(place: SeedPlace, seed: SeedInstance): string {
  const { state, account, region } = place;
  const InstanceId = instanceId(account, seed.name);
  const common = {
    VpcId: vpcId(account, `${region}/${seed.vpc}`),
    SubnetId: subnetId(account, `${region}/${seed.vpc}`),
    AvailabilityZone: `${region}a`,
  };
  state.table('instances', account, region).put(InstanceId, {
    InstanceId,
    InstanceType: 'm6i.large',
    ImageId: 'ami-0a1b2c3d4e5f60718',
    State: seed.state ?? 'running',
    LaunchTime: LAUNCHED,
    ...common,
    DisableApiTermination: false,
    DisableApiStop: false,
    InstanceInitiatedShutdownBehavior: 'stop',
    SourceDestCheck: true,
    EbsOptimized: true,
    MetadataOptions: { HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1, HttpTokens: 'optional' },
    Tags: seed.tags ?? [{ Key: 'Name', Value: seed.name }],
  });
  for (let device = 0; device < (seed.interfaces ?? 1); device++)
    seedInterface(place, seed, InstanceId, device, common);
  for (let device = 0; device < (seed.volumes ?? 1); device++) seedVolume(place, seed, InstanceId, device);
  return InstanceId;
}

function seedInterface(
  place: SeedPlace,
  seed: SeedInstance,
  InstanceId: string,
  device: number,
  common: { VpcId: string; SubnetId: string; AvailabilityZone: string },
): void {
  const NetworkInterfaceId = interfaceId(place.account, seed.name, device);
  const host = 10 + seed.index * 4 + device;
  place.state.table('network-interfaces', place.account, place.region).put(NetworkInterfaceId, {
    NetworkInterfaceId,
    ...common,
    Description: device === 0 ? 'Primary network interface' : 'Replication network',
    PrivateIpAddress: `10.${seed.index}.1.${host % 250}`,
    ...(device === 0 && seed.publicIp !== undefined ? { PublicIp: seed.publicIp } : {}),
    MacAddress: `0a:${NetworkInterfaceId.slice(-10).replace(/(..)(?=.)/g, '$1:')}`,
    SourceDestCheck: true,
    // The second interface carries one group only, so that "back to the former groups" is a different list for each.
    Groups: device === 0 ? [...seed.groups] : seed.groups.slice(0, 1),
    Attachment: {
      AttachmentId: NetworkInterfaceId.replace(/^eni-/, 'eni-attach-'),
      InstanceId,
      DeviceIndex: device,
      DeleteOnTermination: device === 0,
    },
    Tags: [],
  });
}

/** Creates a snapshot of a volume, not encrypted, shared with the given accounts (`all` is everybody). */
export function seedSnapshot(place: SeedPlace, name: string, VolumeId: string, SharedWith: readonly string[]): void {
  const SnapshotId = snapshotId(place.account, name);
  place.state.table('snapshots', place.account, place.region).put(SnapshotId, {
    SnapshotId,
    VolumeId,
    VolumeSize: 200,
    Encrypted: false,
    Description: name,
    StartTime: LAUNCHED,
    CompletesAt: Date.parse(LAUNCHED),
    SharedWith,
    Tags: [{ Key: 'Name', Value: name }],
  });
}

function seedVolume(place: SeedPlace, seed: SeedInstance, InstanceId: string, device: number): void {
  const VolumeId = volumeId(place.account, seed.name, device);
  place.state.table('volumes', place.account, place.region).put(VolumeId, {
    VolumeId,
    Size: device === 0 ? 30 : 200,
    VolumeType: 'gp3',
    Encrypted: true,
    AvailabilityZone: `${place.region}a`,
    CreateTime: LAUNCHED,
    Attachment: {
      InstanceId,
      Device: device === 0 ? '/dev/xvda' : `/dev/sd${'fghij'.charAt(device - 1)}`,
      DeleteOnTermination: device === 0,
    },
    Tags: [{ Key: 'Name', Value: `${seed.name}-${device}` }],
  });
}
