import { z } from 'zod';
import { ec2Arn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import { ec2Id } from '../state/ids.ts';
import type { SecurityGroup } from '../state/kinds.ts';
import {
  applyFilters,
  DescribeMembers,
  describePage,
  type FilterTable,
  notFound,
  pickById,
  tagSet,
} from './describe.ts';
import { groupOf, resourceNeed, rowsOf } from './lookup.ts';
import { rulesAsPermissions, rulesOf } from './rule-shapes.ts';
import { creationNeeds, TagSpecifications, tagsFor } from './tag-specifications.ts';

const TEXT = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/;
const GroupText = z.string().min(1).max(255).regex(TEXT, 'Character sets beyond ASCII are not supported');

function filterTable(call: Call): FilterTable<SecurityGroup> {
  return {
    'group-id': (row) => [row.GroupId],
    'group-name': (row) => [row.GroupName],
    'vpc-id': (row) => [row.VpcId],
    description: (row) => [row.Description],
    'owner-id': () => [call.account],
    'ip-permission.cidr': (row) => rulesOf(call, row.GroupId, false).flatMap((rule) => rule.CidrIpv4 ?? []),
    'ip-permission.group-id': (row) =>
      rulesOf(call, row.GroupId, false).flatMap((rule) => rule.ReferencedGroupId ?? []),
    'egress.ip-permission.group-id': (row) =>
      rulesOf(call, row.GroupId, true).flatMap((rule) => rule.ReferencedGroupId ?? []),
  };
}

function groupShape(call: Call, group: SecurityGroup): object {
  const { GroupId, GroupName, Description, VpcId, Tags } = group;
  return {
    GroupId,
    GroupName,
    Description,
    VpcId,
    OwnerId: call.account,
    SecurityGroupArn: ec2Arn(call.region, call.account, 'security-group', GroupId),
    IpPermissions: rulesAsPermissions(call, rulesOf(call, GroupId, false)),
    IpPermissionsEgress: rulesAsPermissions(call, rulesOf(call, GroupId, true)),
    ...tagSet(Tags),
  };
}

const describeSecurityGroups = defineOperation({
  name: 'DescribeSecurityGroups',
  input: z.strictObject({
    ...DescribeMembers,
    GroupIds: z.array(z.string()).optional(),
    GroupNames: z.array(z.string()).optional(),
  }),
  needs: () => [{ action: 'ec2:DescribeSecurityGroups', resource: '*' }],
  run(input, call) {
    const byId = pickById(
      rowsOf(call, 'security-groups').entries(),
      input.GroupIds,
      'InvalidGroup.NotFound',
      'security group',
    );
    const picked = input.GroupNames ? byId.filter((group) => input.GroupNames?.includes(group.GroupName)) : byId;
    const { items, rest } = describePage(applyFilters(picked, input.Filters, filterTable(call)), input);
    return { SecurityGroups: items.map((group) => groupShape(call, group)), ...rest };
  },
});

const createSecurityGroup = defineOperation({
  name: 'CreateSecurityGroup',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    GroupName: GroupText,
    Description: GroupText,
    VpcId: z.string().optional(),
    TagSpecifications,
  }),
  needs: (input, call) => [
    ...creationNeeds(call, 'CreateSecurityGroup', 'security-group', input.TagSpecifications),
    resourceNeed(call, 'CreateSecurityGroup', 'vpcs', input.VpcId ?? defaultVpc(call)),
  ],
  run(input, call) {
    const VpcId = input.VpcId ?? defaultVpc(call);
    if (!rowsOf(call, 'vpcs').get(VpcId)) throw notFound('InvalidVpcID.NotFound', 'vpc ID', VpcId);
    const Tags = tagsFor(input.TagSpecifications, 'security-group');
    checkName(call, input.GroupName, VpcId);
    const GroupId = ec2Id('sg');
    rowsOf(call, 'security-groups').put(GroupId, {
      GroupId,
      GroupName: input.GroupName,
      Description: input.Description,
      VpcId,
      Tags,
    });
    allowAllEgress(call, GroupId);
    return { GroupId, SecurityGroupArn: ec2Arn(call.region, call.account, 'security-group', GroupId), ...tagSet(Tags) };
  },
});

function defaultVpc(call: Call): string {
  const found = rowsOf(call, 'vpcs')
    .list()
    .find((vpc) => vpc.IsDefault);
  if (!found) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
  return found.VpcId;
}

function checkName(call: Call, name: string, vpc: string): void {
  if (name.startsWith('sg-'))
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter GroupName is invalid. Cannot start with 'sg-'.`,
    );
  const taken = rowsOf(call, 'security-groups')
    .list()
    .some((group) => group.GroupName === name && group.VpcId === vpc);
  if (taken)
    throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpc}'`);
}

/** A new group lets everything out until that rule is revoked. */
function allowAllEgress(call: Call, GroupId: string): void {
  const SecurityGroupRuleId = ec2Id('sgr');
  rowsOf(call, 'security-group-rules').put(SecurityGroupRuleId, {
    SecurityGroupRuleId,
    GroupId,
    IsEgress: true,
    IpProtocol: '-1',
    FromPort: -1,
    ToPort: -1,
    CidrIpv4: '0.0.0.0/0',
    Tags: [],
  });
}

const deleteSecurityGroup = defineOperation({
  name: 'DeleteSecurityGroup',
  write: true,
  input: z.strictObject({ DryRun: z.boolean().optional(), GroupId: z.string() }),
  needs: (input, call) => [resourceNeed(call, 'DeleteSecurityGroup', 'security-groups', input.GroupId)],
  run(input, call) {
    const group = groupOf(call, input.GroupId);
    if (group.GroupName === 'default')
      throw new AwsError(
        'CannotDelete',
        `the specified group: "${group.GroupId}" name: "default" cannot be deleted by a user`,
      );
    if (isUsed(call, group.GroupId))
      throw new AwsError('DependencyViolation', `resource ${group.GroupId} has a dependent object`);
    const rules = rowsOf(call, 'security-group-rules');
    for (const rule of rules.list()) if (rule.GroupId === group.GroupId) rules.delete(rule.SecurityGroupRuleId);
    rowsOf(call, 'security-groups').delete(group.GroupId);
    return { Return: true, GroupId: group.GroupId };
  },
});

/** In use by an interface, or named by a rule of another group. */
function isUsed(call: Call, id: string): boolean {
  const attached = rowsOf(call, 'network-interfaces')
    .list()
    .some((eni) => eni.Groups.includes(id));
  return (
    attached ||
    rowsOf(call, 'security-group-rules')
      .list()
      .some((rule) => rule.ReferencedGroupId === id && rule.GroupId !== id)
  );
}

export const securityGroupOperations = [describeSecurityGroups, createSecurityGroup, deleteSecurityGroup];
