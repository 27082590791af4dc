import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import type { NetworkInterface } from '../state/kinds.ts';
import { applyFilters, DescribeMembers, describePage, type FilterTable, pickById } from './describe.ts';
import { groupIdentifiers, groupOf, interfaceOf, resourceNeed, rowsOf } from './lookup.ts';

/** EC2's default quota of groups an interface may have. */
const MAX_GROUPS = 5;

function filterTable(call: Call): FilterTable<NetworkInterface> {
  return {
    'network-interface-id': (row) => [row.NetworkInterfaceId],
    'group-id': (row) => row.Groups,
    'group-name': (row) => groupIdentifiers(call, row.Groups).map(({ GroupName }) => GroupName),
    'vpc-id': (row) => [row.VpcId],
    'subnet-id': (row) => [row.SubnetId],
    'attachment.instance-id': (row) => (row.Attachment ? [row.Attachment.InstanceId] : []),
    'attachment.attachment-id': (row) => (row.Attachment ? [row.Attachment.AttachmentId] : []),
    'private-ip-address': (row) => [row.PrivateIpAddress],
    'association.public-ip': (row) => (row.PublicIp === undefined ? [] : [row.PublicIp]),
    status: (row) => [row.Attachment ? 'in-use' : 'available'],
    description: (row) => [row.Description],
  };
}

function interfaceShape(call: Call, eni: NetworkInterface): object {
  return {
    NetworkInterfaceId: eni.NetworkInterfaceId,
    VpcId: eni.VpcId,
    SubnetId: eni.SubnetId,
    AvailabilityZone: eni.AvailabilityZone,
    Description: eni.Description,
    OwnerId: call.account,
    InterfaceType: 'interface',
    RequesterManaged: false,
    Status: eni.Attachment ? 'in-use' : 'available',
    MacAddress: eni.MacAddress,
    PrivateIpAddress: eni.PrivateIpAddress,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: eni.PrivateIpAddress }],
    SourceDestCheck: eni.SourceDestCheck,
    Groups: groupIdentifiers(call, eni.Groups),
    ...(eni.PublicIp === undefined ? {} : { Association: { PublicIp: eni.PublicIp, IpOwnerId: 'amazon' } }),
    ...(eni.Attachment ? { Attachment: { ...eni.Attachment, InstanceOwnerId: call.account, Status: 'attached' } } : {}),
    TagSet: eni.Tags,
  };
}

const describeNetworkInterfaces = defineOperation({
  name: 'DescribeNetworkInterfaces',
  input: z.strictObject({ ...DescribeMembers, NetworkInterfaceIds: z.array(z.string()).optional() }),
  needs: () => [{ action: 'ec2:DescribeNetworkInterfaces', resource: '*' }],
  run(input, call) {
    const picked = pickById(
      rowsOf(call, 'network-interfaces').entries(),
      input.NetworkInterfaceIds,
      'InvalidNetworkInterfaceID.NotFound',
      'networkInterface ID',
    );
    const { items, rest } = describePage(applyFilters(picked, input.Filters, filterTable(call)), input);
    return { NetworkInterfaces: items.map((eni) => interfaceShape(call, eni)), ...rest };
  },
});

const modifyNetworkInterfaceAttribute = defineOperation({
  name: 'ModifyNetworkInterfaceAttribute',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    NetworkInterfaceId: z.string(),
    Groups: z.array(z.string()).optional(),
    Description: z.strictObject({ Value: z.string() }).optional(),
    SourceDestCheck: z.strictObject({ Value: z.boolean() }).optional(),
  }),
  needs: (input, call) => [
    resourceNeed(call, 'ModifyNetworkInterfaceAttribute', 'network-interfaces', input.NetworkInterfaceId),
    ...(input.Groups ?? []).map((id) => resourceNeed(call, 'ModifyNetworkInterfaceAttribute', 'security-groups', id)),
  ],
  run(input, call) {
    const eni = interfaceOf(call, input.NetworkInterfaceId);
    const given = [input.Groups, input.Description, input.SourceDestCheck].filter((value) => value !== undefined);
    if (given.length !== 1)
      throw new AwsError('InvalidParameterCombination', 'The parameters for exactly one attribute must be specified');
    if (input.Groups) setGroups(call, eni, input.Groups);
    else
      put(call, {
        ...eni,
        Description: input.Description?.Value ?? eni.Description,
        SourceDestCheck: input.SourceDestCheck?.Value ?? eni.SourceDestCheck,
      });
    return {};
  },
});

function put(call: Call, eni: NetworkInterface): void {
  rowsOf(call, 'network-interfaces').put(eni.NetworkInterfaceId, eni);
}

/** Replaces the groups of an interface. Throws when there are none, too many, unknown ones, or ones of another VPC. */
export function setGroups(call: Call, eni: NetworkInterface, ids: readonly string[]): void {
  const groups = ids.map((id) => groupOf(call, id));
  if (groups.length === 0) throw new AwsError('InvalidParameterValue', 'You must specify at least one security group');
  if (new Set(ids).size < ids.length) throw new AwsError('InvalidParameterValue', 'Duplicate security groups');
  if (groups.length > MAX_GROUPS)
    throw new AwsError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
  const foreign = groups.find((group) => group.VpcId !== eni.VpcId);
  if (foreign)
    throw new AwsError(
      'InvalidParameterValue',
      `You have specified security group '${foreign.GroupId}' of a different VPC than the network interface`,
    );
  put(call, { ...eni, Groups: [...ids] });
}

export const networkInterfaceOperations = [describeNetworkInterfaces, modifyNetworkInterfaceAttribute];
