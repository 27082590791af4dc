import type { Json } from '../domain/json.ts';
import type { AwsCall, PlanStep, Probe, Statement } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { arn, describeInstance, ec2, filter, instanceArn, probe } from './ec2-instance.ts';
import type { Interface, Isolable } from './isolation-state.ts';
import { ISOLATED_TAG, RUN_TAG, USE_TAG } from './tags.ts';

/** The open group is passed through only: it makes tracked connections untracked, so that the empty group cuts them too. */
type Use = 'untrack' | 'quarantine';

const UNTRACK: Json = { $out: 'create-untrack-group.groupId' };
const QUARANTINE: Json = { $out: 'create-quarantine-group.groupId' };
const ANY_IPV4 = { CidrIp: '0.0.0.0/0' };
const ANY_IPV6 = { CidrIpv6: '::/0' };

/** What a group lets through, by direction: protocols (`-1` is all of them), IPv4 and IPv6 ranges. No protocol means no rule at all. */
const RULES = `SecurityGroups[0].{${[direction('in', 'IpPermissions'), direction('out', 'IpPermissionsEgress')].join(', ')}}`;

function direction(name: string, member: string): string {
  const rules = `(${member} || \`[]\`)[]`;
  return `${name}: ${rules}.IpProtocol, ${name}4: ${rules}.IpRanges[].CidrIp, ${name}6: ${rules}.Ipv6Ranges[].CidrIpv6`;
}

/** The whole isolation, in order: both groups ready first, then the interfaces through the open one into the empty one, then tidying up. */
export function isolationSteps(context: PlanContext, target: Isolable): readonly PlanStep[] {
  return [
    createGroup(context, target, 'untrack'),
    createGroup(context, target, 'quarantine'),
    openInbound(context, target),
    // A new group lets IPv4 out, and IPv6 only where the VPC has an IPv6 block: AWS adds that rule itself then.
    ...(target.vpcHasIpv6 ? [] : [openOutboundIpv6(context)]),
    emptyQuarantine(context),
    ...target.interfaces.map((it) => untrackInterface(context, it)),
    ...target.interfaces.map((it) => quarantineInterface(context, it)),
    tagInstance(context, target.instanceId),
    deleteUntrackGroup(context, target),
  ];
}

/** Asked after the last step: every interface in the empty group only, the open group gone, the tag there. */
export function isolationProbes(context: PlanContext, target: Isolable): readonly Probe[] {
  return [
    ...target.interfaces.map((it) => groupsProbe(it.id, [QUARANTINE])),
    rulesProbe(context, 'quarantine', 'The quarantine group lets nothing in or out', closed()),
    absentGroup(context, 'untrack'),
    isolatedProbe(target.instanceId, context.runId),
  ];
}

function createGroup(context: PlanContext, target: Isolable, use: Use): PlanStep {
  const description = use === 'untrack' ? 'open for a moment, to end connection tracking' : 'empty, nothing in or out';
  return {
    id: `create-${use}-group`,
    title: `Create the ${use} security group (${description})`,
    call: ec2('CreateSecurityGroup', {
      GroupName: `cordon-${use}-${context.runId}`,
      Description: `Cordon ${context.incidentId} ${context.runId}: ${description}`,
      VpcId: target.vpcId,
      TagSpecifications: [
        {
          ResourceType: 'security-group',
          Tags: [
            { Key: RUN_TAG, Value: context.runId },
            { Key: USE_TAG, Value: use },
          ],
        },
      ],
    }),
    iam: createStatements(context, target),
    precondition: [absentGroup(context, use), ...target.interfaces.map((it) => groupsProbe(it.id, it.groups))],
    applied: probe(`The ${use} group exists`, groupOfRun(context, use), 'length(SecurityGroups || `[]`)', 1),
    outputs: { groupId: 'SecurityGroups[0].GroupId', outbound: 'SecurityGroups[0].IpPermissionsEgress' },
  };
}

function openInbound(context: PlanContext, target: Isolable): PlanStep {
  const out6 = target.vpcHasIpv6 ? [ANY_IPV6.CidrIpv6] : [];
  return {
    id: 'open-untrack-inbound',
    title: 'Let everything into the untrack group, IPv4 and IPv6',
    call: ec2('AuthorizeSecurityGroupIngress', {
      GroupId: UNTRACK,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [ANY_IPV4], Ipv6Ranges: [ANY_IPV6] }],
    }),
    iam: ownGroup(context, 'ec2:AuthorizeSecurityGroupIngress'),
    precondition: [
      rulesProbe(context, 'untrack', 'The untrack group is as AWS made it', { ...closed(), ...outbound(out6) }),
    ],
    applied: rulesProbe(context, 'untrack', 'Everything may come in', { ...inbound(), ...outbound(out6) }),
  };
}

function openOutboundIpv6(context: PlanContext): PlanStep {
  return {
    id: 'open-untrack-outbound-ipv6',
    title: 'Let IPv6 out of the untrack group (IPv4 may go out already)',
    call: ec2('AuthorizeSecurityGroupEgress', {
      GroupId: UNTRACK,
      IpPermissions: [{ IpProtocol: '-1', Ipv6Ranges: [ANY_IPV6] }],
    }),
    iam: ownGroup(context, 'ec2:AuthorizeSecurityGroupEgress'),
    precondition: [rulesProbe(context, 'untrack', 'Only IPv4 may go out', { ...inbound(), ...outbound([]) })],
    applied: openProbe(context),
  };
}

function emptyQuarantine(context: PlanContext): PlanStep {
  return {
    id: 'empty-quarantine-group',
    title: 'Remove the outbound rules that AWS put into the quarantine group',
    call: ec2('RevokeSecurityGroupEgress', {
      GroupId: QUARANTINE,
      IpPermissions: { $out: 'create-quarantine-group.outbound' },
    }),
    iam: ownGroup(context, 'ec2:RevokeSecurityGroupEgress'),
    precondition: [
      probe(
        'Nothing may come into the quarantine group',
        groupOfRun(context, 'quarantine'),
        'length(SecurityGroups[0].IpPermissions || `[]`)',
        0,
      ),
    ],
    applied: rulesProbe(context, 'quarantine', 'Nothing may come in or go out', closed()),
  };
}

function untrackInterface(context: PlanContext, it: Interface): PlanStep {
  return {
    id: `untrack-${it.id}`,
    title: `Put ${it.id} into the untrack group, for a moment`,
    call: setGroups(it.id, [UNTRACK]),
    iam: moveStatements(context, it.id),
    precondition: [groupsProbe(it.id, it.groups), openProbe(context)],
    applied: groupsProbe(it.id, [UNTRACK]),
  };
}

function quarantineInterface(context: PlanContext, it: Interface): PlanStep {
  return {
    id: `quarantine-${it.id}`,
    title: `Put ${it.id} into the quarantine group`,
    call: setGroups(it.id, [QUARANTINE]),
    iam: moveStatements(context, it.id),
    precondition: [
      groupsProbe(it.id, [UNTRACK]),
      rulesProbe(context, 'quarantine', 'The quarantine group is empty', closed()),
    ],
    applied: groupsProbe(it.id, [QUARANTINE]),
  };
}

function tagInstance(context: PlanContext, instanceId: string): PlanStep {
  return {
    id: 'tag-instance',
    title: 'Tag the instance with the run that isolated it',
    call: ec2('CreateTags', { Resources: [instanceId], Tags: [{ Key: ISOLATED_TAG, Value: context.runId }] }),
    iam: [
      {
        actions: ['ec2:CreateTags'],
        resources: [instanceArn(context, instanceId)],
        condition: onlyIsolatedTag(context.runId),
      },
    ],
    precondition: [isolatedProbe(instanceId, null)],
    applied: isolatedProbe(instanceId, context.runId),
  };
}

/** AWS itself refuses to delete a group that anything uses. */
function deleteUntrackGroup(context: PlanContext, target: Isolable): PlanStep {
  return {
    id: 'delete-untrack-group',
    title: 'Delete the untrack group with its rules',
    call: ec2('DeleteSecurityGroup', { GroupId: UNTRACK }),
    iam: ownGroup(context, 'ec2:DeleteSecurityGroup'),
    precondition: target.interfaces.map((it) => groupsProbe(it.id, [QUARANTINE])),
    applied: absentGroup(context, 'untrack'),
  };
}

/** The tag of isolation with this value, and no other tag beside it. */
export function onlyIsolatedTag(runId: string) {
  return {
    StringEquals: { [`aws:RequestTag/${ISOLATED_TAG}`]: runId },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ISOLATED_TAG },
  };
}

/** Sets exactly these security groups on one interface. */
export function setGroups(interfaceId: string, groups: readonly Json[]): AwsCall {
  return ec2('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: interfaceId, Groups: [...groups] });
}

export function groupsProbe(interfaceId: string, groups: readonly Json[]): Probe {
  return probe(
    `${interfaceId} is in exactly the expected groups`,
    ec2('DescribeNetworkInterfaces', { NetworkInterfaceIds: [interfaceId] }),
    'sort(NetworkInterfaces[0].Groups[].GroupId)',
    [...groups],
  );
}

/** The tag of isolation holds this run, or is not there (null). */
export function isolatedProbe(instanceId: string, runId: string | null): Probe {
  const title =
    runId === null ? 'The instance carries no tag of isolation' : 'The instance carries the tag of isolation';
  return probe(
    title,
    describeInstance(instanceId),
    `(Reservations[0].Instances[0].Tags || \`[]\`)[?Key=='${ISOLATED_TAG}'].Value | [0]`,
    runId,
  );
}

function groupOfRun(context: PlanContext, use: Use): AwsCall {
  return ec2('DescribeSecurityGroups', {
    Filters: [filter(`tag:${RUN_TAG}`, context.runId), filter(`tag:${USE_TAG}`, use)],
  });
}

function absentGroup(context: PlanContext, use: Use): Probe {
  return probe(`There is no ${use} group of this run`, groupOfRun(context, use), 'length(SecurityGroups || `[]`)', 0);
}

function rulesProbe(context: PlanContext, use: Use, title: string, expect: Json): Probe {
  return probe(title, groupOfRun(context, use), RULES, expect);
}

function openProbe(context: PlanContext): Probe {
  return rulesProbe(context, 'untrack', 'The untrack group is open both ways, IPv4 and IPv6', {
    ...inbound(),
    ...outbound([ANY_IPV6.CidrIpv6]),
  });
}

function closed() {
  return { in: [], in4: [], in6: [], out: [], out4: [], out6: [] };
}

function inbound() {
  return { in: ['-1'], in4: [ANY_IPV4.CidrIp], in6: [ANY_IPV6.CidrIpv6] };
}

function outbound(out6: readonly string[]) {
  return { out: ['-1'], out4: [ANY_IPV4.CidrIp], out6: [...out6] };
}

function createStatements(context: PlanContext, target: Isolable): readonly Statement[] {
  const anyGroup = arn(context, 'security-group/*');
  const ofRun = { [`aws:RequestTag/${RUN_TAG}`]: context.runId };
  return [
    { actions: ['ec2:CreateSecurityGroup'], resources: [anyGroup], condition: { StringEquals: ofRun } },
    {
      actions: ['ec2:CreateSecurityGroup'],
      resources: [`arn:${context.partition}:ec2:${context.region}:${target.vpcOwnerId}:vpc/${target.vpcId}`],
    },
    {
      actions: ['ec2:CreateTags'],
      resources: [anyGroup],
      condition: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup', ...ofRun } },
    },
  ];
}

/** A right on the groups of this run, which have no ARN before they exist. */
function ownGroup(context: PlanContext, action: string): readonly Statement[] {
  return [
    {
      actions: [action],
      resources: [arn(context, 'security-group/*')],
      condition: { StringEquals: { [`aws:ResourceTag/${RUN_TAG}`]: context.runId } },
    },
  ];
}

function moveStatements(context: PlanContext, interfaceId: string): readonly Statement[] {
  const action = 'ec2:ModifyNetworkInterfaceAttribute';
  return [
    { actions: [action], resources: [arn(context, `network-interface/${interfaceId}`)] },
    ...ownGroup(context, action),
  ];
}
