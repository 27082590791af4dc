import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import type { Instance, InstanceStateName, MetadataOptions, NetworkInterface } from '../state/kinds.ts';
import { applyFilters, DescribeMembers, describePage, type FilterTable, pickById, tagSet } from './describe.ts';
import { groupIdentifiers, groupOf, instanceOf, interfacesOfInstance, resourceNeed, rowsOf } from './lookup.ts';
import { setGroups } from './network-interfaces.ts';

const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

function filterTable(call: Call): FilterTable<Instance> {
  const groups = (row: Instance): string[] => interfacesOfInstance(call, row.InstanceId).flatMap((eni) => eni.Groups);
  return {
    'instance-id': (row) => [row.InstanceId],
    'vpc-id': (row) => [row.VpcId],
    'subnet-id': (row) => [row.SubnetId],
    'instance-state-name': (row) => [row.State],
    'instance-type': (row) => [row.InstanceType],
    'image-id': (row) => [row.ImageId],
    'availability-zone': (row) => [row.AvailabilityZone],
    'instance.group-id': groups,
    'network-interface.group-id': groups,
    'network-interface.network-interface-id': (row) =>
      interfacesOfInstance(call, row.InstanceId).map((eni) => eni.NetworkInterfaceId),
  };
}

function attachedInterface(call: Call, eni: NetworkInterface): object {
  return {
    NetworkInterfaceId: eni.NetworkInterfaceId,
    VpcId: eni.VpcId,
    SubnetId: eni.SubnetId,
    OwnerId: call.account,
    Status: 'in-use',
    MacAddress: eni.MacAddress,
    PrivateIpAddress: eni.PrivateIpAddress,
    SourceDestCheck: eni.SourceDestCheck,
    Groups: groupIdentifiers(call, eni.Groups),
    ...(eni.PublicIp === undefined ? {} : { Association: { PublicIp: eni.PublicIp, IpOwnerId: 'amazon' } }),
    ...(eni.Attachment
      ? {
          Attachment: {
            AttachmentId: eni.Attachment.AttachmentId,
            DeviceIndex: eni.Attachment.DeviceIndex,
            Status: 'attached',
            DeleteOnTermination: eni.Attachment.DeleteOnTermination,
          },
        }
      : {}),
  };
}

function instanceShape(call: Call, instance: Instance): object {
  const interfaces = interfacesOfInstance(call, instance.InstanceId);
  const [primary] = interfaces;
  const volumes = rowsOf(call, 'volumes')
    .list()
    .filter((volume) => volume.Attachment?.InstanceId === instance.InstanceId);
  return {
    InstanceId: instance.InstanceId,
    InstanceType: instance.InstanceType,
    ImageId: instance.ImageId,
    State: { Name: instance.State, Code: STATE_CODES[instance.State] },
    LaunchTime: new Date(instance.LaunchTime),
    VpcId: instance.VpcId,
    SubnetId: instance.SubnetId,
    Placement: { AvailabilityZone: instance.AvailabilityZone, Tenancy: 'default' },
    EbsOptimized: instance.EbsOptimized,
    SourceDestCheck: instance.SourceDestCheck,
    MetadataOptions: metadataShape(instance),
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    Architecture: 'x86_64',
    ...(instance.KeyName === undefined ? {} : { KeyName: instance.KeyName }),
    ...(instance.IamInstanceProfile === undefined ? {} : { IamInstanceProfile: { Arn: instance.IamInstanceProfile } }),
    ...(primary === undefined
      ? {}
      : { PrivateIpAddress: primary.PrivateIpAddress, SecurityGroups: groupIdentifiers(call, primary.Groups) }),
    ...(primary?.PublicIp === undefined ? {} : { PublicIpAddress: primary.PublicIp }),
    NetworkInterfaces: interfaces.map((eni) => attachedInterface(call, eni)),
    BlockDeviceMappings: volumes.flatMap((volume) =>
      volume.Attachment
        ? [
            {
              DeviceName: volume.Attachment.Device,
              Ebs: {
                VolumeId: volume.VolumeId,
                Status: 'attached',
                DeleteOnTermination: volume.Attachment.DeleteOnTermination,
              },
            },
          ]
        : [],
    ),
    ...tagSet(instance.Tags),
  };
}

function metadataShape(instance: Instance): object {
  return {
    ...instance.MetadataOptions,
    State: 'applied',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: 'disabled',
  };
}

const modifyInstanceMetadataOptions = defineOperation({
  name: 'ModifyInstanceMetadataOptions',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    InstanceId: z.string(),
    HttpTokens: z.enum(['optional', 'required']).optional(),
    HttpPutResponseHopLimit: z.number().int().min(1).max(64).optional(),
    HttpEndpoint: z.enum(['enabled', 'disabled']).optional(),
  }),
  needs: (input, call) => [resourceNeed(call, 'ModifyInstanceMetadataOptions', 'instances', input.InstanceId)],
  run(input, call) {
    const instance = instanceOf(call, input.InstanceId);
    const now = instance.MetadataOptions;
    const MetadataOptions: MetadataOptions = {
      HttpEndpoint: input.HttpEndpoint ?? now.HttpEndpoint,
      HttpPutResponseHopLimit: input.HttpPutResponseHopLimit ?? now.HttpPutResponseHopLimit,
      HttpTokens: input.HttpTokens ?? now.HttpTokens,
    };
    const changed = { ...instance, MetadataOptions };
    rowsOf(call, 'instances').put(instance.InstanceId, changed);
    return { InstanceId: instance.InstanceId, InstanceMetadataOptions: metadataShape(changed) };
  },
});

const describeInstances = defineOperation({
  name: 'DescribeInstances',
  input: z.strictObject({ ...DescribeMembers, InstanceIds: z.array(z.string()).optional() }),
  needs: () => [{ action: 'ec2:DescribeInstances', resource: '*' }],
  run(input, call) {
    const picked = pickById(
      rowsOf(call, 'instances').entries(),
      input.InstanceIds,
      'InvalidInstanceID.NotFound',
      'instance ID',
    );
    const { items, rest } = describePage(applyFilters(picked, input.Filters, filterTable(call)), input);
    const reservations = items.map((instance) => ({
      ReservationId: instance.InstanceId.replace(/^i-/, 'r-'),
      OwnerId: call.account,
      Instances: [instanceShape(call, instance)],
    }));
    return { Reservations: reservations, ...rest };
  },
});

/** Each attribute of DescribeInstanceAttribute, as it is answered. */
const ATTRIBUTES: Readonly<Record<string, (call: Call, instance: Instance) => object>> = {
  instanceType: (_call, instance) => ({ InstanceType: { Value: instance.InstanceType } }),
  disableApiTermination: (_call, instance) => ({ DisableApiTermination: { Value: instance.DisableApiTermination } }),
  disableApiStop: (_call, instance) => ({ DisableApiStop: { Value: instance.DisableApiStop } }),
  instanceInitiatedShutdownBehavior: (_call, instance) => ({
    InstanceInitiatedShutdownBehavior: { Value: instance.InstanceInitiatedShutdownBehavior },
  }),
  sourceDestCheck: (_call, instance) => ({ SourceDestCheck: { Value: instance.SourceDestCheck } }),
  ebsOptimized: (_call, instance) => ({ EbsOptimized: { Value: instance.EbsOptimized } }),
  userData: (_call, instance) => ({ UserData: instance.UserData === undefined ? {} : { Value: instance.UserData } }),
  rootDeviceName: () => ({ RootDeviceName: { Value: '/dev/xvda' } }),
  groupSet: (call, instance) => ({
    Groups: groupIdentifiers(call, interfacesOfInstance(call, instance.InstanceId)[0]?.Groups ?? []),
  }),
};

const describeInstanceAttribute = defineOperation({
  name: 'DescribeInstanceAttribute',
  input: z.strictObject({ DryRun: z.boolean().optional(), InstanceId: z.string(), Attribute: z.string() }),
  needs: (input, call) => [resourceNeed(call, 'DescribeInstanceAttribute', 'instances', input.InstanceId)],
  run(input, call) {
    const instance = instanceOf(call, input.InstanceId);
    const read = Object.hasOwn(ATTRIBUTES, input.Attribute) ? ATTRIBUTES[input.Attribute] : undefined;
    if (!read)
      throw new AwsError('InvalidParameterValue', `Value (${input.Attribute}) for parameter attribute is invalid.`);
    return { InstanceId: instance.InstanceId, ...read(call, instance) };
  },
});

const Flag = z.strictObject({ Value: z.boolean() });
const Text = z.strictObject({ Value: z.string().min(1) });

const ModifyInput = z.strictObject({
  DryRun: z.boolean().optional(),
  InstanceId: z.string(),
  DisableApiTermination: Flag.optional(),
  DisableApiStop: Flag.optional(),
  SourceDestCheck: Flag.optional(),
  EbsOptimized: Flag.optional(),
  InstanceInitiatedShutdownBehavior: z.strictObject({ Value: z.enum(['stop', 'terminate']) }).optional(),
  InstanceType: Text.optional(),
  Groups: z.array(z.string()).min(1).optional(),
});

const modifyInstanceAttribute = defineOperation({
  name: 'ModifyInstanceAttribute',
  write: true,
  input: ModifyInput,
  needs: (input, call) => [
    resourceNeed(call, 'ModifyInstanceAttribute', 'instances', input.InstanceId),
    ...(input.Groups ?? []).map((id) => resourceNeed(call, 'ModifyInstanceAttribute', 'security-groups', id)),
  ],
  run(input, call) {
    const instance = instanceOf(call, input.InstanceId);
    const given = Object.keys(input).filter((key) => key !== 'InstanceId' && key !== 'DryRun');
    if (given.length !== 1)
      throw new AwsError('InvalidParameterCombination', 'Fields for multiple attribute types specified');
    if (input.Groups) changeGroups(call, instance, input.Groups);
    else rowsOf(call, 'instances').put(instance.InstanceId, changed(instance, input));
    return {};
  },
});

function changed(instance: Instance, input: z.output<typeof ModifyInput>): Instance {
  return {
    ...instance,
    DisableApiTermination: input.DisableApiTermination?.Value ?? instance.DisableApiTermination,
    DisableApiStop: input.DisableApiStop?.Value ?? instance.DisableApiStop,
    SourceDestCheck: input.SourceDestCheck?.Value ?? instance.SourceDestCheck,
    EbsOptimized: input.EbsOptimized?.Value ?? instance.EbsOptimized,
    InstanceType: stoppedOnly(instance, input.InstanceType?.Value),
    InstanceInitiatedShutdownBehavior:
      input.InstanceInitiatedShutdownBehavior?.Value ?? instance.InstanceInitiatedShutdownBehavior,
  };
}

function stoppedOnly(instance: Instance, type: string | undefined): string {
  if (type === undefined) return instance.InstanceType;
  if (instance.State !== 'stopped')
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${instance.InstanceId}' is not in the 'stopped' state.`,
    );
  return type;
}

/** Only for instances with one interface; with more, each is modified by itself. */
function changeGroups(call: Call, instance: Instance, groups: readonly string[]): void {
  const [only, ...others] = interfacesOfInstance(call, instance.InstanceId);
  if (!only || others.length > 0) {
    throw new AwsError(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance.InstanceId}'. Please specify an interface ID for the operation instead.`,
    );
  }
  for (const id of groups) groupOf(call, id);
  setGroups(call, only, groups);
}

export const instanceOperations = [
  describeInstances,
  describeInstanceAttribute,
  modifyInstanceAttribute,
  modifyInstanceMetadataOptions,
];
