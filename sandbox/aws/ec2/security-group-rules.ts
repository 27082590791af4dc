import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, type Operation } from '../operation.ts';
import { ec2Id } from '../state/ids.ts';
import type { SecurityGroup, SecurityGroupRule, Tag } from '../state/kinds.ts';
import { applyFilters, DescribeMembers, describePage, type FilterTable, pickById } from './describe.ts';
import { groupOf, resourceNeed, rowsOf } from './lookup.ts';
import { IpPermission, type RuleTerms, ruleShape, rulesOf, sameTerms, termsOf } from './rule-shapes.ts';
import { creationNeeds, TagSpecifications, tagsFor } from './tag-specifications.ts';

/** EC2's default quota of rules a group may have in one direction. */
const MAX_RULES = 60;

const FILTERS: FilterTable<SecurityGroupRule> = {
  'group-id': (row) => [row.GroupId],
  'security-group-rule-id': (row) => [row.SecurityGroupRuleId],
};

const describeSecurityGroupRules = defineOperation({
  name: 'DescribeSecurityGroupRules',
  input: z.strictObject({ ...DescribeMembers, SecurityGroupRuleIds: z.array(z.string()).optional() }),
  needs: () => [{ action: 'ec2:DescribeSecurityGroupRules', resource: '*' }],
  run(input, call) {
    const picked = pickById(
      rowsOf(call, 'security-group-rules').entries(),
      input.SecurityGroupRuleIds,
      'InvalidSecurityGroupRuleId.NotFound',
      'security group rule ID',
    );
    const { items, rest } = describePage(applyFilters(picked, input.Filters, FILTERS), input);
    return { SecurityGroupRules: items.map((rule) => ruleShape(call, rule)), ...rest };
  },
});

/** The old way to say one rule: members of the call itself. */
const Single = {
  IpProtocol: z.string().optional(),
  FromPort: z.number().int().optional(),
  ToPort: z.number().int().optional(),
  CidrIp: z.string().optional(),
};

const RuleInput = z.strictObject({
  DryRun: z.boolean().optional(),
  GroupId: z.string(),
  IpPermissions: z.array(IpPermission).default([]),
  ...Single,
  TagSpecifications,
});
const RevokeInput = z.strictObject({
  DryRun: z.boolean().optional(),
  GroupId: z.string(),
  IpPermissions: z.array(IpPermission).default([]),
  ...Single,
  SecurityGroupRuleIds: z.array(z.string()).default([]),
});

function requestedTerms(
  input: Pick<z.output<typeof RuleInput>, 'IpPermissions' | 'IpProtocol' | 'FromPort' | 'ToPort' | 'CidrIp'>,
): RuleTerms[] {
  if (input.IpProtocol === undefined) return input.IpPermissions.flatMap(termsOf);
  const ranges = input.CidrIp === undefined ? [] : [{ CidrIp: input.CidrIp }];
  return termsOf({
    IpProtocol: input.IpProtocol,
    FromPort: input.FromPort,
    ToPort: input.ToPort,
    IpRanges: ranges,
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: [],
  });
}

function authorizeOperation(name: string, egress: boolean): Operation {
  return defineOperation({
    name,
    write: true,
    input: RuleInput,
    needs: (input, call) => [
      resourceNeed(call, name, 'security-groups', input.GroupId),
      ...(input.TagSpecifications.length > 0
        ? creationNeeds(call, name, 'security-group-rule', input.TagSpecifications)
        : []),
    ],
    run(input, call) {
      const group = groupOf(call, input.GroupId);
      const terms = requestedTerms(input);
      if (terms.length === 0)
        throw new AwsError('MissingParameter', 'The request must contain the parameter ipPermissions');
      const added = addRules(call, group, egress, terms, tagsFor(input.TagSpecifications, 'security-group-rule'));
      return { Return: true, SecurityGroupRules: added.map((rule) => ruleShape(call, rule)) };
    },
  });
}

/** All or none: a rule that exists already refuses the whole call. */
function addRules(
  call: Call,
  group: SecurityGroup,
  egress: boolean,
  terms: readonly RuleTerms[],
  tags: readonly Tag[],
): SecurityGroupRule[] {
  const present = rulesOf(call, group.GroupId, egress);
  for (const term of terms) {
    if (term.ReferencedGroupId !== undefined) groupOf(call, term.ReferencedGroupId);
    if (present.some((rule) => sameTerms(rule, term))) {
      throw new AwsError(
        'InvalidPermission.Duplicate',
        `the specified rule "peer: ${peerOf(term)}, ${term.IpProtocol}, from port: ${term.FromPort}, to port: ${term.ToPort}, ALLOW" already exists`,
      );
    }
  }
  if (present.length + terms.length > MAX_RULES)
    throw new AwsError(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
  return terms.map((term) => {
    const SecurityGroupRuleId = ec2Id('sgr');
    return rowsOf(call, 'security-group-rules').put(SecurityGroupRuleId, {
      SecurityGroupRuleId,
      GroupId: group.GroupId,
      IsEgress: egress,
      ...term,
      Tags: [...tags],
    });
  });
}

function peerOf(term: RuleTerms): string {
  return term.CidrIpv4 ?? term.CidrIpv6 ?? term.PrefixListId ?? term.ReferencedGroupId ?? '';
}

function revokeOperation(name: string, egress: boolean): Operation {
  return defineOperation({
    name,
    write: true,
    input: RevokeInput,
    needs: (input, call) => [resourceNeed(call, name, 'security-groups', input.GroupId)],
    run(input, call) {
      const group = groupOf(call, input.GroupId);
      const present = rulesOf(call, group.GroupId, egress);
      const byId = input.SecurityGroupRuleIds.map((id) => ruleById(present, id));
      const byTerms = requestedTerms(input).map((term) => ruleByTerms(present, term));
      const revoked = [...new Set([...byId, ...byTerms])];
      if (revoked.length === 0)
        throw new AwsError(
          'MissingParameter',
          'The request must contain the parameter ipPermissions or securityGroupRuleIds',
        );
      for (const rule of revoked) rowsOf(call, 'security-group-rules').delete(rule.SecurityGroupRuleId);
      return { Return: true, RevokedSecurityGroupRules: revoked.map(revokedShape) };
    },
  });
}

function revokedShape(rule: SecurityGroupRule): object {
  const { Tags: _tags, ...terms } = rule;
  return terms;
}

function ruleById(present: readonly SecurityGroupRule[], id: string): SecurityGroupRule {
  const rule = present.find((one) => one.SecurityGroupRuleId === id);
  if (!rule)
    throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
  return rule;
}

/** In a VPC, revoking a rule that is not there is an error. */
function ruleByTerms(present: readonly SecurityGroupRule[], term: RuleTerms): SecurityGroupRule {
  const rule = present.find((one) => sameTerms(one, term));
  if (!rule)
    throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
  return rule;
}

export const securityGroupRuleOperations = [
  describeSecurityGroupRules,
  authorizeOperation('AuthorizeSecurityGroupIngress', false),
  authorizeOperation('AuthorizeSecurityGroupEgress', true),
  revokeOperation('RevokeSecurityGroupIngress', false),
  revokeOperation('RevokeSecurityGroupEgress', true),
];
