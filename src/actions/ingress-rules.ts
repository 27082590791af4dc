import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import type { AwsCall, Probe, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { readAs, readAsOptional } from './answer.ts';
import { ec2, filter, probe } from './ec2-instance.ts';
import { refuse } from './refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from './tags.ts';

/** A security group's id: 8 hex digits in old accounts, else 17. */
export const GroupId = z.string().regex(/^sg-([0-9a-f]{8}|[0-9a-f]{17})$/);

/** One ingress rule that lets the whole internet in, as EC2 answers it; the sources are IPv4 or IPv6, never both. */
export const OpenRule = z.object({
  id: z.string().regex(/^sgr-[0-9a-f]{8,17}$/),
  protocol: z.string().regex(/^(-1|[a-z0-9]{1,16})$/),
  from: z.number().int(),
  to: z.number().int(),
  cidr: z.enum(['0.0.0.0/0', '::/0']),
  description: z.string().nullable(),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
});
export type OpenRule = z.infer<typeof OpenRule>;

const GroupsAnswer = z.object({
  SecurityGroups: z.array(z.object({ GroupId, GroupName: z.string(), VpcId: z.string(), OwnerId: z.string(), Tags })),
});
const RulesAnswer = z.object({
  SecurityGroupRules: z
    .array(
      z.object({
        SecurityGroupRuleId: OpenRule.shape.id,
        IsEgress: z.boolean(),
        IpProtocol: z.string(),
        FromPort: z.number().int().default(-1),
        ToPort: z.number().int().default(-1),
        CidrIpv4: z.string().optional(),
        CidrIpv6: z.string().optional(),
        Description: z.string().optional(),
        Tags,
      }),
    )
    .default([]),
  NextToken: z.string().optional(),
});
const InterfacesAnswer = z.object({
  NetworkInterfaces: z
    .array(
      z.object({
        Association: z.object({ PublicIp: z.string().optional() }).optional(),
        Attachment: z.object({ InstanceId: z.string().optional() }).optional(),
        Ipv6Addresses: z.array(z.unknown()).default([]),
      }),
    )
    .default([]),
});

/** A group with its rules that are open to everybody. */
export interface OpenGroup {
  readonly groupId: string;
  readonly name: string;
  readonly vpcId: string;
  /** Sorted by what they allow, not by id: a rule that is put back has a new id. */
  readonly open: readonly OpenRule[];
  /** Whether anything uses the group, and whether any of that has an address that the internet can reach. */
  readonly use: 'nothing' | 'private' | 'public';
}

/** The group as it is now, or why Cordon leaves it alone: not there, another account's, protected by tag, or on Cordon's own host. */
export async function readOpenGroup(context: PlanContext, groupId: string): Promise<OpenGroup | Refusal> {
  const call = ec2('DescribeSecurityGroups', { GroupIds: [groupId] });
  const answer = await readAsOptional(context, call, GroupsAnswer, ['InvalidGroup.NotFound']);
  const group = answer?.SecurityGroups[0];
  if (group === undefined) {
    return refuse(
      'not-found',
      'The security group does not exist any more in this account and Region.',
      'Nothing is open through it; look for the group that replaced it.',
    );
  }
  if (group.OwnerId !== context.accountId) {
    return refuse(
      'mismatch',
      'The security group belongs to another account that shares its VPC.',
      'Act in the account that owns the group.',
    );
  }
  const rules = await readAs(context, describeRules(groupId), RulesAnswer);
  if (rules.NextToken !== undefined) {
    return refuse('too-large', 'The group has more rules than EC2 lists at once.', 'Revoke the open rules by hand.');
  }
  const ingress = rules.SecurityGroupRules.filter((rule) => !rule.IsEgress);
  const open = ingress.flatMap(openRule);
  if (isProtected(group.Tags) || open.some((rule) => isProtected(rule.tags))) {
    return refuse(
      'protected',
      `The security group, or an open rule of it, carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  const use = await readUse(context, groupId);
  if (typeof use === 'object') return use;
  return { groupId, name: group.GroupName, vpcId: group.VpcId, open: open.sort(byTerms), use };
}

function openRule(rule: z.infer<typeof RulesAnswer>['SecurityGroupRules'][number]): OpenRule[] {
  const parsed = OpenRule.safeParse({
    id: rule.SecurityGroupRuleId,
    protocol: rule.IpProtocol,
    from: rule.FromPort,
    to: rule.ToPort,
    cidr: rule.CidrIpv4 ?? rule.CidrIpv6,
    description: rule.Description ?? null,
    tags: [...rule.Tags].sort((a, b) => (a.Key < b.Key ? -1 : 1)),
  });
  return parsed.success ? [parsed.data] : [];
}

/** By code units, not by the words of a locale: the order stands in the plan, and so in its hash. */
function byTerms(a: OpenRule, b: OpenRule): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

function sortKey({ protocol, from, to, cidr }: OpenRule): string {
  return [protocol, String(from).padStart(6), String(to).padStart(6), cidr].join(' ');
}

/** Coarse on purpose: which interfaces come and go with scaling must not make an approval stale, whether the internet reaches any of them must. */
async function readUse(context: PlanContext, groupId: string): Promise<OpenGroup['use'] | Refusal> {
  const call = ec2('DescribeNetworkInterfaces', { Filters: [filter('group-id', groupId)] });
  const { NetworkInterfaces: interfaces } = await readAs(context, call, InterfacesAnswer);
  const own = context.self.instanceIds;
  if (interfaces.some((it) => it.Attachment?.InstanceId !== undefined && own.includes(it.Attachment.InstanceId))) {
    return refuse(
      'self',
      'Cordon itself runs on an instance behind this group.',
      'Revoke the rule by hand, with another way in at the ready.',
    );
  }
  if (interfaces.length === 0) return 'nothing';
  const isPublic = interfaces.some((it) => it.Association?.PublicIp !== undefined || it.Ipv6Addresses.length > 0);
  return isPublic ? 'public' : 'private';
}

function describeRules(groupId: string): AwsCall {
  return ec2('DescribeSecurityGroupRules', { Filters: [filter('group-id', groupId)] });
}

/** `tcp 22`, `udp 0-65535`, `all traffic`. */
export function portsOf(rule: OpenRule): string {
  if (rule.protocol === '-1') return 'all traffic';
  return `${rule.protocol} ${rule.from === rule.to ? rule.from : `${rule.from}-${rule.to}`}`;
}

/** Holds while the rule of this id allows exactly what the plan says it does: EC2 lets a rule be changed under its id. */
export function ruleStands(groupId: string, rule: OpenRule): Probe {
  return probe(
    `${rule.id} still allows ${portsOf(rule)} from ${rule.cidr}`,
    describeRules(groupId),
    `SecurityGroupRules[?SecurityGroupRuleId=='${rule.id}'] | [0].${TERMS}`,
    termsOf(rule),
  );
}

/** Holds when none of the rules is there. */
export function rulesAreGone(groupId: string, rules: readonly OpenRule[]): Probe {
  const any = rules.map((rule) => `SecurityGroupRuleId=='${rule.id}'`).join(' || ');
  return probe('The rules are gone', describeRules(groupId), `length((SecurityGroupRules || \`[]\`)[?${any}])`, 0);
}

/** Holds when the group has no open rule of these terms, under any id. */
export function noSuchRule(groupId: string, rule: OpenRule): Probe {
  return probe(
    `Nothing allows ${portsOf(rule)} from ${rule.cidr}`,
    describeRules(groupId),
    `length((SecurityGroupRules || \`[]\`)[?${sameTerms(rule)}])`,
    0,
  );
}

/** Holds when the group has the rule, with its description and tags, under any id. */
export function ruleIsBack(groupId: string, rule: OpenRule): Probe {
  return probe(
    `${portsOf(rule)} from ${rule.cidr} is allowed as before`,
    describeRules(groupId),
    `(SecurityGroupRules || \`[]\`)[?${sameTerms(rule)}] | [0].{description: Description, tags: ${TAGS}}`,
    { description: rule.description, tags: rule.tags },
  );
}

const TAGS = 'sort_by(Tags || `[]`, &Key)[].{Key: Key, Value: Value}';
const TERMS =
  '{protocol: IpProtocol, from: FromPort || `-1`, to: ToPort || `-1`, cidr: CidrIpv4 || CidrIpv6, description: Description}';

function termsOf({ protocol, from, to, cidr, description }: OpenRule): JsonObject {
  return { protocol, from, to, cidr, description };
}

function sameTerms(rule: OpenRule): string {
  const ports = rule.protocol === '-1' ? '' : ` && FromPort==\`${rule.from}\` && ToPort==\`${rule.to}\``;
  const source = rule.cidr === '::/0' ? 'CidrIpv6' : 'CidrIpv4';
  return `!IsEgress && IpProtocol=='${rule.protocol}'${ports} && ${source}=='${rule.cidr}'`;
}
