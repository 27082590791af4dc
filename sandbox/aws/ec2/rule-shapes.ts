import { z } from 'zod';
import { ec2Arn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { SecurityGroupRule } from '../state/kinds.ts';
import { tagSet } from './describe.ts';
import { rowsOf } from './lookup.ts';

const Description = z.string().max(255).optional();

/** `IpPermission` as Authorize and Revoke take it. */
export const IpPermission = z.strictObject({
  IpProtocol: z.string(),
  FromPort: z.number().int().min(-1).max(65_535).optional(),
  ToPort: z.number().int().min(-1).max(65_535).optional(),
  IpRanges: z.array(z.strictObject({ CidrIp: z.string(), Description })).default([]),
  Ipv6Ranges: z.array(z.strictObject({ CidrIpv6: z.string(), Description })).default([]),
  PrefixListIds: z.array(z.strictObject({ PrefixListId: z.string(), Description })).default([]),
  UserIdGroupPairs: z
    .array(z.strictObject({ GroupId: z.string(), UserId: z.string().optional(), Description }))
    .default([]),
});
type Permission = z.output<typeof IpPermission>;

/** A rule before it has an id and a group. */
export type RuleTerms = Pick<
  SecurityGroupRule,
  'IpProtocol' | 'FromPort' | 'ToPort' | 'CidrIpv4' | 'CidrIpv6' | 'PrefixListId' | 'ReferencedGroupId' | 'Description'
>;

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6', all: '-1' };

function withDescription(text: string | undefined): { Description?: string } {
  return text === undefined ? {} : { Description: text };
}

/** The single rules of a permission. Throws when it names no peer, or ports where the protocol has none. */
export function termsOf(permission: Permission): RuleTerms[] {
  const IpProtocol = PROTOCOLS[permission.IpProtocol.toLowerCase()] ?? permission.IpProtocol.toLowerCase();
  const ports = portsOf(IpProtocol, permission);
  const terms: RuleTerms[] = [
    ...permission.IpRanges.map((range) => ({
      IpProtocol,
      ...ports,
      CidrIpv4: checkedCidr(range.CidrIp),
      ...withDescription(range.Description),
    })),
    ...permission.Ipv6Ranges.map((range) => ({
      IpProtocol,
      ...ports,
      CidrIpv6: range.CidrIpv6,
      ...withDescription(range.Description),
    })),
    ...permission.PrefixListIds.map((list) => ({
      IpProtocol,
      ...ports,
      PrefixListId: list.PrefixListId,
      ...withDescription(list.Description),
    })),
    ...permission.UserIdGroupPairs.map((pair) => ({
      IpProtocol,
      ...ports,
      ReferencedGroupId: pair.GroupId,
      ...withDescription(pair.Description),
    })),
  ];
  if (terms.length === 0) throw new AwsError('MissingParameter', 'Source group ID, or IP range, missing.');
  return terms;
}

function portsOf(protocol: string, permission: Permission): { FromPort: number; ToPort: number } {
  if (protocol === '-1') return { FromPort: -1, ToPort: -1 };
  const { FromPort, ToPort } = permission;
  if (FromPort === undefined || ToPort === undefined)
    throw new AwsError(
      'InvalidParameterValue',
      'Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
    );
  if ((protocol === 'tcp' || protocol === 'udp') && (FromPort > ToPort || FromPort < 0))
    throw new AwsError('InvalidParameterValue', `Invalid TCP/UDP port range (${FromPort}:${ToPort})`);
  return { FromPort, ToPort };
}

function checkedCidr(cidr: string): string {
  if (!/^(\d{1,3}\.){3}\d{1,3}\/(\d|[12]\d|3[0-2])$/.test(cidr))
    throw new AwsError('InvalidParameterValue', `CIDR block ${cidr} is malformed`);
  return cidr;
}

/** Whether two rules allow the same; the description does not count. */
export function sameTerms(a: RuleTerms, b: RuleTerms): boolean {
  return (
    a.IpProtocol === b.IpProtocol &&
    a.FromPort === b.FromPort &&
    a.ToPort === b.ToPort &&
    a.CidrIpv4 === b.CidrIpv4 &&
    a.CidrIpv6 === b.CidrIpv6 &&
    a.PrefixListId === b.PrefixListId &&
    a.ReferencedGroupId === b.ReferencedGroupId
  );
}

/** The rules of a group in one direction. */
export function rulesOf(call: Call, groupId: string, egress: boolean): SecurityGroupRule[] {
  return rowsOf(call, 'security-group-rules')
    .list()
    .filter((rule) => rule.GroupId === groupId && rule.IsEgress === egress);
}

/** Rules folded into permissions by protocol and ports, as DescribeSecurityGroups lists them. */
export function rulesAsPermissions(call: Call, rules: readonly SecurityGroupRule[]): object[] {
  const folded = new Map<string, SecurityGroupRule[]>();
  for (const rule of rules) {
    const key = `${rule.IpProtocol}/${rule.FromPort}/${rule.ToPort}`;
    folded.set(key, [...(folded.get(key) ?? []), rule]);
  }
  return [...folded.values()].map((group) => permissionShape(call, group));
}

function permissionShape(call: Call, rules: readonly SecurityGroupRule[]): object {
  const [first] = rules;
  const ports = first && first.IpProtocol !== '-1' ? { FromPort: first.FromPort, ToPort: first.ToPort } : {};
  return {
    IpProtocol: first?.IpProtocol ?? '-1',
    ...ports,
    IpRanges: rules.flatMap((rule) =>
      rule.CidrIpv4 === undefined ? [] : [{ CidrIp: rule.CidrIpv4, ...withDescription(rule.Description) }],
    ),
    Ipv6Ranges: rules.flatMap((rule) =>
      rule.CidrIpv6 === undefined ? [] : [{ CidrIpv6: rule.CidrIpv6, ...withDescription(rule.Description) }],
    ),
    PrefixListIds: rules.flatMap((rule) =>
      rule.PrefixListId === undefined
        ? []
        : [{ PrefixListId: rule.PrefixListId, ...withDescription(rule.Description) }],
    ),
    UserIdGroupPairs: rules.flatMap((rule) =>
      rule.ReferencedGroupId === undefined
        ? []
        : [{ GroupId: rule.ReferencedGroupId, UserId: call.account, ...withDescription(rule.Description) }],
    ),
  };
}

/** A rule as DescribeSecurityGroupRules and Authorize answer it. */
export function ruleShape(call: Call, rule: SecurityGroupRule): object {
  const { ReferencedGroupId, Tags, ...terms } = rule;
  return {
    ...terms,
    GroupOwnerId: call.account,
    SecurityGroupRuleArn: ec2Arn(call.region, call.account, 'security-group-rule', rule.SecurityGroupRuleId),
    ...(ReferencedGroupId === undefined
      ? {}
      : { ReferencedGroupInfo: { GroupId: ReferencedGroupId, UserId: call.account } }),
    ...tagSet(Tags),
  };
}
