import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { PlanDraft, PlanStep, Statement } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { arn, ec2 } from '../ec2-instance.ts';
import {
  GroupId,
  noSuchRule,
  type OpenGroup,
  OpenRule,
  portsOf,
  readOpenGroup,
  ruleIsBack,
  ruleStands,
  rulesAreGone,
} from '../ingress-rules.ts';
import { refuse } from '../refusal.ts';

const Port = z.number().int().min(0).max(65_535);
/** `ports`: only rules that let one of these in; none named means all. `keepPorts`: rules that open exactly one of these TCP ports and nothing else stay. */
const Params = z.strictObject({
  groupId: GroupId,
  ports: z.array(Port).max(50).default([]),
  keepPorts: z.array(Port).max(50).default([]),
});
type Params = z.infer<typeof Params>;
const Before = z.object({ groupId: GroupId, rules: z.array(OpenRule) });

/** More open rules than this in one group are a mistake of its own, and a diff that nobody reads. */
const MAX_RULES = 20;

export default defineAction({
  id: 'sg.revoke-ingress',
  version: 1,
  title: 'Close the open rules of the security group',
  risk: 'reversible',
  undoReexposes: true,
  services: ['ec2'],
  docs:
    'Revokes, by rule id, the ingress rules that are open to 0.0.0.0/0 or ::/0. Rules for narrower networks, prefix lists and other groups stay. ' +
    'Undone by the very same rules with their descriptions and tags; they get new ids. Connections that stand go on until they are idle.',
  reads: [
    {
      actions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroupRules', 'ec2:DescribeSecurityGroups'],
      resources: ['*'],
      why: 'The group, its rules and what uses it; these calls know no resources',
    },
  ],
  writes: [
    {
      actions: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'],
      resources: ['arn:{partition}:ec2:{region}:{account}:security-group/*'],
      why: 'Takes the open rules out, and puts them back when the change is undone',
    },
    {
      actions: ['ec2:AuthorizeSecurityGroupIngress'],
      resources: ['arn:{partition}:ec2:{region}:{account}:security-group-rule/*'],
      why: 'Puts a rule back that carried tags: the new rule is a resource of its own then',
    },
    {
      actions: ['ec2:CreateTags'],
      resources: ['arn:{partition}:ec2:{region}:{account}:security-group-rule/*'],
      condition: { StringEquals: { 'ec2:CreateAction': 'AuthorizeSecurityGroupIngress' } },
      why: 'Gives a rule that is put back the tags it had, and at no other time',
    },
  ],
  params: Params,

  async plan(context, params) {
    const group = await readOpenGroup(context, params.groupId);
    if ('refused' in group) return group;
    const rules = group.open.filter((rule) => isMeant(rule, params));
    if (rules.length === 0) {
      return refuse(
        'nothing-to-do',
        'No ingress rule of this group is open to the whole internet on the ports in question.',
        'Look at its other groups, the network ACL, and rules that name wide networks.',
      );
    }
    if (rules.length > MAX_RULES) {
      return refuse(
        'too-large',
        `${rules.length} rules of this group are open; Cordon closes up to ${MAX_RULES} at once.`,
        'Name the ports in the playbook, or revoke them by hand.',
      );
    }
    return closing(context, group, rules);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const group = await readOpenGroup(context, before.groupId);
    if ('refused' in group) return group;
    const back = before.rules.filter((rule) => group.open.some((now) => sameTerms(now, rule)));
    if (back.length === before.rules.length) {
      return refuse('nothing-to-do', 'All of the rules are there again.', 'See CloudTrail for who added them.');
    }
    if (back.length > 0) {
      return refuse(
        'drifted',
        'Some of the rules are there again and some are not.',
        'Somebody has changed the group since; decide by hand.',
      );
    }
    return reopening(context, group, before.rules);
  },
});

function isMeant(rule: OpenRule, { ports, keepPorts }: Params): boolean {
  const lets = (port: number) => rule.protocol === '-1' || (rule.from <= port && port <= rule.to);
  if (rule.protocol === 'tcp' && rule.from === rule.to && keepPorts.includes(rule.from)) return false;
  return ports.length === 0 || ports.some(lets);
}

function sameTerms(a: OpenRule, b: OpenRule): boolean {
  return a.protocol === b.protocol && a.from === b.from && a.to === b.to && a.cidr === b.cidr;
}

const USE: Readonly<Record<OpenGroup['use'], string>> = {
  nothing: 'No network interface uses the group now.',
  private: 'Interfaces use the group; none of them has a public address.',
  public:
    'Interfaces with a public address use the group: whoever comes in from the internet through these rules is shut out.',
};

function closing(context: PlanContext, group: OpenGroup, rules: readonly OpenRule[]): PlanDraft {
  const kept = group.open.filter((rule) => !rules.includes(rule));
  const gone = rulesAreGone(group.groupId, rules);
  return {
    summary: `Revoke ${rules.length} ingress rule(s) of ${group.groupId} (${group.name}) that are open to the internet`,
    target: targetOf(context, group.groupId),
    changes: rules.map((rule) => ({ path: pathOf(group.groupId, rule), before: allowed(rule), after: null })),
    blastRadius: [
      USE[group.use],
      'Connections that are established already go on until they are idle; this does not throw anybody out.',
      ...kept.map((rule) => `${portsOf(rule)} stays open to ${rule.cidr}.`),
      'If a template made these rules, its next run puts them back.',
    ],
    before: stateOf(group, rules),
    steps: [
      {
        id: 'revoke-rules',
        title: `Revoke ${rules.length} rule(s) by id`,
        call: ec2('RevokeSecurityGroupIngress', {
          GroupId: group.groupId,
          SecurityGroupRuleIds: rules.map((rule) => rule.id),
        }),
        iam: [{ actions: ['ec2:RevokeSecurityGroupIngress'], resources: [groupArn(context, group.groupId)] }],
        precondition: rules.map((rule) => ruleStands(group.groupId, rule)),
        applied: gone,
      },
    ],
    verify: [gone, ...rules.map((rule) => noSuchRule(group.groupId, rule))],
    rollback: {
      available: true,
      summary: 'Adds the very same rules again, under new ids; the ports are open to the internet again (two people).',
    },
  };
}

function reopening(context: PlanContext, group: OpenGroup, rules: readonly OpenRule[]): PlanDraft {
  return {
    summary: `Add ${rules.length} revoked ingress rule(s) of ${group.groupId} (${group.name}) again`,
    target: targetOf(context, group.groupId),
    changes: rules.map((rule) => ({ path: pathOf(group.groupId, rule), before: null, after: allowed(rule) })),
    blastRadius: [USE[group.use], ...rules.map((rule) => `${portsOf(rule)} is open to ${rule.cidr} again.`)],
    before: stateOf(group, group.open),
    steps: rules.map((rule, index) => addStep(context, group.groupId, rule, index + 1)),
    verify: rules.map((rule) => ruleIsBack(group.groupId, rule)),
    rollback: { available: false, why: 'Ask for the rules to be revoked again instead.' },
  };
}

/** One call a rule: tags of a call go to all that it adds, and each is found again by itself after a crash. */
function addStep(context: PlanContext, groupId: string, rule: OpenRule, number: number): PlanStep {
  const tags = rule.tags.map((tag) => ({ ...tag }));
  const specifications = [{ ResourceType: 'security-group-rule', Tags: tags }];
  return {
    id: `add-rule-${number}`,
    title: `Add ${portsOf(rule)} from ${rule.cidr} again`,
    call: ec2('AuthorizeSecurityGroupIngress', {
      GroupId: groupId,
      IpPermissions: [permissionOf(rule)],
      ...(tags.length > 0 ? { TagSpecifications: specifications } : {}),
    }),
    iam: addStatements(context, groupId, tags.length > 0),
    precondition: [noSuchRule(groupId, rule)],
    applied: ruleIsBack(groupId, rule),
  };
}

function permissionOf(rule: OpenRule): JsonObject {
  const text = rule.description === null ? {} : { Description: rule.description };
  return {
    IpProtocol: rule.protocol,
    ...(rule.protocol === '-1' ? {} : { FromPort: rule.from, ToPort: rule.to }),
    ...(rule.cidr === '::/0'
      ? { Ipv6Ranges: [{ CidrIpv6: rule.cidr, ...text }] }
      : { IpRanges: [{ CidrIp: rule.cidr, ...text }] }),
  };
}

function addStatements(context: PlanContext, groupId: string, tagged: boolean): readonly Statement[] {
  const rules = arn(context, 'security-group-rule/*');
  const add = { actions: ['ec2:AuthorizeSecurityGroupIngress'], resources: [groupArn(context, groupId)] };
  if (!tagged) return [add];
  return [
    { ...add, resources: [...add.resources, rules] },
    {
      actions: ['ec2:CreateTags'],
      resources: [rules],
      condition: { StringEquals: { 'ec2:CreateAction': 'AuthorizeSecurityGroupIngress' } },
    },
  ];
}

function stateOf(group: OpenGroup, rules: readonly OpenRule[]): JsonObject {
  const { groupId, name, vpcId, use } = group;
  return {
    groupId,
    name,
    vpcId,
    use,
    rules: rules.map((rule) => ({ ...rule, tags: rule.tags.map((it) => ({ ...it })) })),
  };
}

function pathOf(groupId: string, rule: OpenRule): string {
  return `${groupId} ingress ${portsOf(rule)} from ${rule.cidr}`;
}

function allowed(rule: OpenRule): string {
  return rule.description === null ? 'allowed' : `allowed: ${rule.description}`;
}

function targetOf(context: PlanContext, groupId: string): PlanDraft['target'] {
  return { type: 'AwsEc2SecurityGroup', id: groupId, arn: groupArn(context, groupId) };
}

function groupArn(context: PlanContext, groupId: string): string {
  return arn(context, `security-group/${groupId}`);
}
