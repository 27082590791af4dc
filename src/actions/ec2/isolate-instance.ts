import { z } from 'zod';
import type { PlanDraft } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { InstanceId, instanceArn, readInstance } from '../ec2-instance.ts';
import { planRelease } from '../isolation-release.ts';
import { type Isolable, readIsolable } from '../isolation-state.ts';
import { isolationProbes, isolationSteps } from '../isolation-steps.ts';
import { ISOLATED_TAG, RUN_TAG } from '../tags.ts';

const Params = z.strictObject({ instanceId: InstanceId });

const GROUPS = 'arn:{partition}:ec2:{region}:{account}:security-group/*';
const ofAnyRun = { [`aws:RequestTag/${RUN_TAG}`]: 'RUN-*' };

export default defineAction({
  id: 'ec2.isolate-instance',
  version: 1,
  title: 'Isolate the instance',
  risk: 'disruptive',
  undoReexposes: false,
  services: ['ec2'],
  docs:
    'Cuts an instance off at its network interfaces, not at the instance: each interface goes through an open security group, ' +
    'which ends connection tracking (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html), into an empty one. ' +
    'The instance keeps running, so memory stays for forensics.',
  reads: [
    {
      actions: [
        'ec2:DescribeInstances',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
      why: "The instance, its interfaces and their groups; EC2's Describe calls know no narrower resource than all",
    },
  ],
  writes: [
    {
      actions: ['ec2:CreateSecurityGroup'],
      resources: [GROUPS],
      condition: { StringLike: ofAnyRun },
      why: 'Creates the two groups of a run, only with the tag of a run',
    },
    {
      actions: ['ec2:CreateSecurityGroup'],
      resources: ['arn:{partition}:ec2:{region}:*:vpc/*'],
      why: 'Creates them in the VPC of the instance, which may be shared by another account',
    },
    {
      actions: ['ec2:CreateTags'],
      resources: [GROUPS],
      condition: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' }, StringLike: ofAnyRun },
      why: 'Tags the groups while they are created, and at no other time',
    },
    {
      actions: [
        'ec2:AuthorizeSecurityGroupEgress',
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:DeleteSecurityGroup',
        'ec2:RevokeSecurityGroupEgress',
      ],
      resources: [GROUPS],
      condition: { StringLike: { [`aws:ResourceTag/${RUN_TAG}`]: 'RUN-*' } },
      why: 'Changes and deletes groups that a run created, no others',
    },
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'],
      resources: [
        'arn:{partition}:ec2:{region}:{account}:network-interface/*',
        'arn:{partition}:ec2:{region}:*:security-group/*',
      ],
      why: 'Puts an interface into the groups of a run, and back into its former ones',
    },
    {
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: ['arn:{partition}:ec2:{region}:{account}:instance/*'],
      condition: {
        StringLike: { [`aws:RequestTag/${ISOLATED_TAG}`]: 'RUN-*' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ISOLATED_TAG },
      },
      why: `Sets and removes the tag ${ISOLATED_TAG}, no other`,
    },
  ],
  params: Params,

  async plan(context, { instanceId }) {
    const instance = await readInstance(context, instanceId);
    if ('refused' in instance) return instance;
    const target = await readIsolable(context, instance);
    return 'refused' in target ? target : isolation(context, target);
  },

  rollback: (context, { plan }) => planRelease(context, plan.runId, plan.before),
});

function isolation(context: PlanContext, target: Isolable): PlanDraft {
  const { instanceId, interfaces } = target;
  return {
    summary: `Isolate ${instanceId}: ${interfaces.length} network interface(s) into an empty security group`,
    target: { type: 'AwsEc2Instance', id: instanceId, arn: instanceArn(context, instanceId) },
    changes: [
      ...interfaces.map((it) => ({
        path: `${it.id} Groups`,
        before: it.groups,
        after: [`cordon-quarantine-${context.runId}`],
      })),
      { path: `${instanceId} tag ${ISOLATED_TAG}`, before: null, after: context.runId },
    ],
    blastRadius: blastRadius(target),
    before: { ...target, interfaces: interfaces.map((it) => ({ ...it })) },
    steps: isolationSteps(context, target),
    verify: isolationProbes(context, target),
    rollback: {
      available: true,
      summary: 'Gives each interface its former security groups back and deletes what the run created.',
    },
  };
}

function blastRadius(target: Isolable): readonly string[] {
  return [
    'All traffic from and to the instance stops, Session Manager and monitoring agents included; established connections are cut too.',
    'For a few seconds in between each interface is in a group that lets everything in and out; without that, established connections would live on.',
    ...(target.autoScaled
      ? [
          'It belongs to an Auto Scaling group, which may find it unhealthy and terminate it: put it into standby first to keep the evidence.',
        ]
      : []),
    ...(target.loadBalancersInVpc
      ? ['A load balancer shares its security groups; targets behind it will find this instance unhealthy.']
      : []),
  ];
}
