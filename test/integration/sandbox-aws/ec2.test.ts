import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ModifySnapshotAttributeCommand,
  paginateDescribeInstances,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupId, instanceId, interfaceId, snapshotId, vpcId } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, control, startTestAws } from './harness.ts';

const ACCOUNT = '333333333333';
const INSTANCE = instanceId(ACCOUNT, 'etl-runner');
let aws: RunningAws;
let ec2: ReturnType<typeof adminClients>['ec2'];

beforeAll(async () => {
  aws = await startTestAws();
  ec2 = adminClients(aws, ACCOUNT).ec2;
});

afterAll(() => aws.close());

async function newGroup(name: string, vpc = 'data'): Promise<string> {
  const made = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: name, Description: 'test', VpcId: vpcId(ACCOUNT, `eu-west-1/${vpc}`) }),
  );
  return made.GroupId ?? '';
}

const HTTPS = {
  IpProtocol: 'tcp',
  FromPort: 443,
  ToPort: 443,
  IpRanges: [{ CidrIp: '192.0.2.0/24', Description: 'office' }],
};

test('the instance of the command-and-control finding has two interfaces, two groups and two volumes', async () => {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [INSTANCE] }));
  const instance = Reservations?.[0]?.Instances?.[0];
  expect(instance?.InstanceId).toMatch(/^i-0[0-9a-f]{16}$/);
  expect(instance?.NetworkInterfaces).toHaveLength(2);
  expect(instance?.SecurityGroups).toHaveLength(2);
  expect(instance?.BlockDeviceMappings).toHaveLength(2);
  const volumes = await ec2.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [INSTANCE] }] }),
  );
  expect(volumes.Volumes?.map(({ State }) => State)).toEqual(['in-use', 'in-use']);
});

test('filters, ids and pages', async () => {
  const pages: number[] = [];
  for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {}))
    pages.push(page.Reservations?.length ?? 0);
  expect(pages.slice(0, -1).every((size) => size === 5)).toBe(true);
  expect(pages.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(13);
  const named = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: ['worker-0*'] }] }),
  );
  expect(named.Reservations).toHaveLength(9);
  const interfaces = await ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [INSTANCE] }] }),
  );
  expect(interfaces.NetworkInterfaces).toHaveLength(2);
  await expect(
    ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] }))).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
  });
  await expect(ec2.send(new DescribeInstancesCommand({ InstanceIds: ['worker'] }))).rejects.toMatchObject({
    name: 'InvalidInstanceID.Malformed',
  });
  await expect(ec2.send(new DescribeInstancesCommand({ MaxResults: 2 }))).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  await expect(ec2.send(new DescribeVpcsCommand({ NextToken: 'garbage' }))).rejects.toMatchObject({
    name: 'InvalidNextToken',
  });
});

test('a new group lets everything out until that is revoked, and its name is taken in that VPC', async () => {
  const id = await newGroup('fresh');
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  expect(SecurityGroups?.[0]).toMatchObject({
    IpPermissions: [],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  await expect(newGroup('fresh')).rejects.toMatchObject({ name: 'InvalidGroup.Duplicate' });
  await expect(newGroup('fresh', 'worker-01')).resolves.toMatch(/^sg-/);
  await ec2.send(
    new RevokeSecurityGroupEgressCommand({
      GroupId: id,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  );
  const after = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  expect(after.SecurityGroups?.[0]?.IpPermissionsEgress).toEqual([]);
});

test('rules are added once, found, and revoked by id and by their terms', async () => {
  const id = await newGroup('rules');
  const added = await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [HTTPS] }));
  const ruleId = added.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '';
  await expect(
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [HTTPS] })),
  ).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' });
  const found = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [id] }] }),
  );
  expect(found.SecurityGroupRules?.map(({ IsEgress }) => IsEgress).sort()).toEqual([false, true]);
  const revoked = await ec2.send(
    new RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: [ruleId] }),
  );
  expect(revoked.RevokedSecurityGroupRules?.[0]).toMatchObject({ SecurityGroupRuleId: ruleId, Description: 'office' });
  await expect(
    ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [HTTPS] })),
  ).rejects.toMatchObject({ name: 'InvalidPermission.NotFound' });
  await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [HTTPS] }));
  await expect(
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [{ ...HTTPS, FromPort: 500 }] })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('a group in use, or named by another, cannot be deleted', async () => {
  const used = groupId(ACCOUNT, 'eu-west-1/data', 'service');
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: used }))).rejects.toMatchObject({
    name: 'DependencyViolation',
  });
  const [a, b] = [await newGroup('named'), await newGroup('naming')];
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: b,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: a }] }],
    }),
  );
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: a }))).rejects.toMatchObject({
    name: 'DependencyViolation',
  });
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId: b }));
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId: a }));
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: a }))).rejects.toMatchObject({
    name: 'InvalidGroup.NotFound',
  });
});

test('the groups of an interface are replaced, within its VPC', async () => {
  const eni = interfaceId(ACCOUNT, 'etl-runner', 1);
  const before = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
  const quarantine = await newGroup('quarantine');
  await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: [quarantine] }));
  const after = await ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'group-id', Values: [quarantine] }] }),
  );
  expect(after.NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).toEqual([eni]);
  const foreign = await newGroup('foreign', 'worker-02');
  for (const Groups of [[foreign], [], ['sg-0123456789abcdef0']]) {
    await expect(
      ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups })),
    ).rejects.toThrow();
  }
  const former = before.NetworkInterfaces?.[0]?.Groups?.flatMap(({ GroupId }) => GroupId ?? []) ?? [];
  await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: former }));
});

test('snapshots of all volumes at once go from pending to completed and can be found by tag', async () => {
  const Tags = [{ Key: 'cordon:run', Value: 'run-7' }];
  const made = await ec2.send(
    new CreateSnapshotsCommand({
      InstanceSpecification: { InstanceId: INSTANCE },
      Description: 'before',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
    }),
  );
  expect(made.Snapshots?.map(({ State }) => State)).toEqual(['pending', 'pending']);
  const filter = { Filters: [{ Name: 'tag:cordon:run', Values: ['run-7'] }], OwnerIds: ['self'] };
  expect((await ec2.send(new DescribeSnapshotsCommand(filter))).Snapshots).toHaveLength(2);
  await control(aws, 'POST', '/clock', { advanceMs: 2000 });
  const done = await ec2.send(new DescribeSnapshotsCommand(filter));
  expect(done.Snapshots?.map(({ State, Progress }) => `${State} ${Progress}`)).toEqual([
    'completed 100%',
    'completed 100%',
  ]);
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId: done.Snapshots?.[0]?.SnapshotId }));
  expect((await ec2.send(new DescribeSnapshotsCommand(filter))).Snapshots).toHaveLength(1);
  await expect(
    ec2.send(
      new CreateSnapshotsCommand({
        InstanceSpecification: { InstanceId: INSTANCE },
        TagSpecifications: [{ ResourceType: 'volume', Tags }],
      }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('tags are set, replaced, listed and deleted', async () => {
  await ec2.send(
    new CreateTagsCommand({
      Resources: [INSTANCE],
      Tags: [
        { Key: 'cordon:isolated', Value: '1' },
        { Key: 'Name', Value: 'etl-runner' },
      ],
    }),
  );
  const { Tags } = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [INSTANCE] }] }));
  expect(Tags).toEqual([
    { Key: 'cordon:isolated', Value: '1', ResourceId: INSTANCE, ResourceType: 'instance' },
    { Key: 'Name', Value: 'etl-runner', ResourceId: INSTANCE, ResourceType: 'instance' },
  ]);
  await ec2.send(
    new DeleteTagsCommand({ Resources: [INSTANCE], Tags: [{ Key: 'cordon:isolated', Value: 'another' }] }),
  );
  expect(
    (await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'key', Values: ['cordon:*'] }] }))).Tags?.some(
      ({ ResourceId }) => ResourceId === INSTANCE,
    ),
  ).toBe(true);
  await ec2.send(new DeleteTagsCommand({ Resources: [INSTANCE], Tags: [{ Key: 'cordon:isolated' }] }));
  expect(
    (await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [INSTANCE] }] }))).Tags,
  ).toHaveLength(1);
});

test('attributes of an instance are read and changed', async () => {
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: INSTANCE, DisableApiTermination: { Value: true } }));
  const read = await ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: INSTANCE, Attribute: 'disableApiTermination' }),
  );
  expect(read.DisableApiTermination?.Value).toBe(true);
  const group = await newGroup('one');
  await expect(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: INSTANCE, Groups: [group] }))).rejects.toThrow(
    'multiple interfaces',
  );
});

test('a dry run asks for the permission and changes nothing', async () => {
  const name = { GroupName: 'dry', Description: 'x', VpcId: vpcId(ACCOUNT, 'eu-west-1/data') };
  await expect(ec2.send(new CreateSecurityGroupCommand({ ...name, DryRun: true }))).rejects.toMatchObject({
    name: 'DryRunOperation',
  });
  expect(
    (await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['dry'] }] })))
      .SecurityGroups,
  ).toEqual([]);
});

test('Regions, subnets and the other Region', async () => {
  expect((await ec2.send(new DescribeRegionsCommand({}))).Regions?.map(({ RegionName }) => RegionName)).toEqual([
    'eu-west-1',
    'us-east-1',
  ]);
  expect(
    (
      await ec2.send(
        new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId(ACCOUNT, 'eu-west-1/data')] }] }),
      )
    ).Subnets,
  ).toHaveLength(1);
  const american = await adminClients(aws, ACCOUNT, 'us-east-1').ec2.send(new DescribeInstancesCommand({}));
  expect(american.Reservations).toHaveLength(1);
});

test('a member of the input that is not simulated is named, not ignored', async () => {
  await expect(ec2.send(new DescribeInstancesCommand({ IncludeManagedResources: true }))).rejects.toThrow(
    'DescribeInstances does not know IncludeManagedResources',
  );
});

test('who may make volumes of a snapshot is added and removed, never both at once', async () => {
  const [SnapshotId, Attribute] = [snapshotId(ACCOUNT, 'etl-export'), 'createVolumePermission' as const];
  const modify = (OperationType: 'add' | 'remove', who: { GroupNames?: string[]; UserIds?: string[] }) =>
    ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, Attribute, OperationType, ...who }));
  const shares = async () =>
    (await ec2.send(new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute }))).CreateVolumePermissions;
  expect(await shares()).toEqual([{ Group: 'all' }, { UserId: '999999999999' }, { UserId: '222222222222' }]);
  await modify('remove', { GroupNames: ['all'], UserIds: ['222222222222', '111111111111'] });
  expect(await shares()).toEqual([{ UserId: '999999999999' }]);
  await modify('remove', { UserIds: ['999999999999'] });
  expect((await shares()) ?? []).toEqual([]);
  await modify('add', { GroupNames: ['all'] });
  expect(await shares()).toEqual([{ Group: 'all' }]);
  await expect(modify('add', {})).rejects.toThrow('must name');
});

test('an encrypted snapshot cannot be shared with everybody', async () => {
  const { Snapshots } = await ec2.send(
    new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: INSTANCE, ExcludeBootVolume: true } }),
  );
  const order = { SnapshotId: Snapshots?.[0]?.SnapshotId, OperationType: 'add' as const, GroupNames: ['all'] };
  await expect(
    ec2.send(new ModifySnapshotAttributeCommand({ ...order, Attribute: 'createVolumePermission' })),
  ).rejects.toThrow('cannot be shared publicly');
});

test('metadata options change one by one', async () => {
  const modify = (HttpTokens: 'optional' | 'required' | undefined, HttpPutResponseHopLimit?: number) =>
    ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: INSTANCE, HttpTokens, HttpPutResponseHopLimit }));
  await modify('required');
  const { InstanceMetadataOptions } = await modify(undefined, 2);
  expect(InstanceMetadataOptions).toMatchObject({
    State: 'applied',
    HttpTokens: 'required',
    HttpPutResponseHopLimit: 2,
    HttpEndpoint: 'enabled',
  });
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [INSTANCE] }));
  expect(Reservations?.[0]?.Instances?.[0]?.MetadataOptions).toEqual(InstanceMetadataOptions);
});
