import { ec2Arn } from '../arn.ts';
import type { ConditionKeys } from '../iam/conditions.ts';
import { type Call, type Need, resourceTagKeys } from '../operation.ts';
import type { Instance, Kinds, NetworkInterface, SecurityGroup, Tag } from '../state/kinds.ts';
import type { Table } from '../state/table.ts';
import { notFound } from './describe.ts';

/** The kinds of EC2 records that carry tags, with their ARN type and id prefix. */
export type TaggedKind =
  | 'instances'
  | 'network-interfaces'
  | 'security-groups'
  | 'security-group-rules'
  | 'volumes'
  | 'snapshots'
  | 'vpcs'
  | 'subnets';

const ARN_TYPES: Readonly<Record<TaggedKind, string>> = {
  instances: 'instance',
  'network-interfaces': 'network-interface',
  'security-groups': 'security-group',
  'security-group-rules': 'security-group-rule',
  volumes: 'volume',
  snapshots: 'snapshot',
  vpcs: 'vpc',
  subnets: 'subnet',
};

const PREFIXES: Readonly<Record<string, TaggedKind>> = {
  i: 'instances',
  eni: 'network-interfaces',
  sg: 'security-groups',
  sgr: 'security-group-rules',
  vol: 'volumes',
  snap: 'snapshots',
  vpc: 'vpcs',
  subnet: 'subnets',
};

/** The kind of an id by its prefix; undefined for what the simulator does not have. */
export function kindOfId(id: string): TaggedKind | undefined {
  const prefix = id.slice(0, id.indexOf('-'));
  return Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
}

/** The word for a kind in ARNs, filters and tag specifications. */
export function arnType(kind: TaggedKind): string {
  return ARN_TYPES[kind];
}

/** The records of a kind in the Region of the call. */
export function rowsOf<K extends TaggedKind>(call: Call, kind: K): Table<Kinds[K]> {
  return call.state.table(kind, call.account, call.region);
}

/** The tags of a record, whatever its kind; none when it is not there. */
export function tagsOf(call: Call, kind: TaggedKind, id: string): readonly Tag[] {
  return rowsOf(call, kind).get(id)?.Tags ?? [];
}

/** What acting on an existing resource needs: the action on its ARN, with its tags as condition keys. */
export function resourceNeed(call: Call, action: string, kind: TaggedKind, id: string, keys: ConditionKeys = {}): Need {
  return {
    action: `ec2:${action}`,
    resource: ec2Arn(call.region, call.account, arnType(kind), id),
    keys: { ...resourceTagKeys(tagsOf(call, kind, id)), ...keys },
  };
}

/** Throws InvalidInstanceID.NotFound. */
export function instanceOf(call: Call, id: string): Instance {
  const instance = rowsOf(call, 'instances').get(id);
  if (!instance) throw notFound('InvalidInstanceID.NotFound', 'instance ID', id);
  return instance;
}

/** Throws InvalidGroup.NotFound. */
export function groupOf(call: Call, id: string): SecurityGroup {
  const group = rowsOf(call, 'security-groups').get(id);
  if (!group) throw notFound('InvalidGroup.NotFound', 'security group', id);
  return group;
}

/** Throws InvalidNetworkInterfaceID.NotFound. */
export function interfaceOf(call: Call, id: string): NetworkInterface {
  const found = rowsOf(call, 'network-interfaces').get(id);
  if (!found) throw notFound('InvalidNetworkInterfaceID.NotFound', 'networkInterface ID', id);
  return found;
}

/** `GroupId` and `GroupName` of each group, as instances and interfaces list them. */
export function groupIdentifiers(call: Call, ids: readonly string[]): Array<{ GroupId: string; GroupName: string }> {
  return ids.map((GroupId) => ({ GroupId, GroupName: rowsOf(call, 'security-groups').get(GroupId)?.GroupName ?? '' }));
}

/** The interfaces of an instance, by device index. */
export function interfacesOfInstance(call: Call, instanceId: string): NetworkInterface[] {
  const all = rowsOf(call, 'network-interfaces')
    .list()
    .filter((eni) => eni.Attachment?.InstanceId === instanceId);
  return all.sort((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0));
}
