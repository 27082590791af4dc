import { z } from 'zod';
import type { PlanDraft, PlanStep, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { arn, ec2, filter, instanceArn, probe, readInstance } from './ec2-instance.ts';
import {
  type Group,
  type Interface,
  readGroupsById,
  readGroupsOfRun,
  readInterfaces,
  readUsersOf,
} from './isolation-state.ts';
import { groupsProbe, isolatedProbe, onlyIsolatedTag, setGroups } from './isolation-steps.ts';
import { refuse } from './refusal.ts';
import { ISOLATED_TAG, RUN_TAG, tagValue } from './tags.ts';

/** What a plan to isolate wrote down as `before`. */
const Before = z.object({
  instanceId: z.string(),
  interfaces: z.array(z.object({ id: z.string(), groups: z.array(z.string()) })),
});

/** The present, with everything that must be put back. */
interface Held {
  readonly instanceId: string;
  /** The run that is undone. */
  readonly runId: string;
  readonly interfaces: readonly (Interface & { readonly former: readonly string[] })[];
  readonly ownGroups: readonly Group[];
  readonly formerGroups: readonly Group[];
  readonly tagged: boolean;
}

/** Plans the release: former groups per interface, then the run's groups and tag go. A run that stopped half-way is released too. */
export async function planRelease(
  context: PlanContext,
  runId: string,
  recorded: unknown,
): Promise<PlanDraft | Refusal> {
  const held = await readHeld(context, runId, Before.parse(recorded));
  return 'refused' in held ? held : release(context, held);
}

async function readHeld(context: PlanContext, runId: string, before: z.infer<typeof Before>): Promise<Held | Refusal> {
  const instance = await readInstance(context, before.instanceId);
  if ('refused' in instance) return instance;
  const interfaces = await readInterfaces(context, before.instanceId);
  if ('refused' in interfaces) return interfaces;
  const ownGroups = await readGroupsOfRun(context, runId);
  const formerIds = [...new Set(before.interfaces.flatMap((it) => it.groups))].sort();
  const formerGroups = await readGroupsById(context, formerIds);
  if (formerGroups.length !== formerIds.length) {
    return drifted('A security group that the instance had before has been deleted.');
  }
  const former = new Map(before.interfaces.map((it) => [it.id, it.groups]));
  const pairs = interfaces.map((it) => ({ ...it, former: former.get(it.id) ?? [] }));
  if (pairs.length !== before.interfaces.length || pairs.some((it) => !isLeftByRun(it, ownGroups))) {
    return drifted('The network interfaces or their security groups are not what the run left.');
  }
  if (await usedByOthers(context, ownGroups, pairs))
    return drifted('Another instance has been put into the groups of this run.');
  const tagged = tagValue(instance.Tags, ISOLATED_TAG) === runId;
  if (!tagged && ownGroups.length === 0) {
    return refuse('nothing-to-do', 'Nothing is left of the isolation.', 'The instance has been released already.');
  }
  return { instanceId: before.instanceId, runId, interfaces: pairs, ownGroups, formerGroups, tagged };
}

/** In exactly one group of the run, or still (or again) where it was before it. */
function isLeftByRun(it: Held['interfaces'][number], ownGroups: readonly Group[]): boolean {
  return isRestored(it) || (it.groups.length === 1 && ownGroups.some((group) => group.id === it.groups[0]));
}

function isRestored(it: Held['interfaces'][number]): boolean {
  return it.groups.join() === it.former.join();
}

async function usedByOthers(
  context: PlanContext,
  groups: readonly Group[],
  interfaces: readonly Interface[],
): Promise<boolean> {
  const ours = new Set(interfaces.map((it) => it.id));
  for (const group of groups) {
    const users = await readUsersOf(context, group.id);
    if (users.some((id) => !ours.has(id))) return true;
  }
  return false;
}

function drifted(why: string): Refusal {
  return refuse('drifted', why, 'Somebody has changed it since the run; set the security groups by hand.');
}

function release(context: PlanContext, held: Held): PlanDraft {
  const moved = held.interfaces.filter((it) => !isRestored(it));
  return {
    summary: `Release ${held.instanceId}: give ${moved.length} network interface(s) their former security groups back`,
    target: { type: 'AwsEc2Instance', id: held.instanceId, arn: instanceArn(context, held.instanceId) },
    changes: moved.map((it) => ({ path: `${it.id} Groups`, before: it.groups, after: it.former })),
    blastRadius: [
      'The instance can be reached, and can reach others, as before it was isolated; so can whoever controls it.',
    ],
    before: {
      instanceId: held.instanceId,
      interfaces: held.interfaces.map(({ id, groups }) => ({ id, groups })),
      groupsOfRun: held.ownGroups.map((group) => group.id),
      tagged: held.tagged,
    },
    steps: [
      ...moved.map((it) => restoreInterface(context, it, held.formerGroups)),
      ...(held.tagged ? [untagInstance(context, held)] : []),
      ...held.ownGroups.map((group) => deleteGroup(context, held, group)),
    ],
    verify: [
      ...held.interfaces.map((it) => groupsProbe(it.id, it.former)),
      probe('No group of the run is left', groupsOf(held.runId), 'length(SecurityGroups || `[]`)', 0),
      isolatedProbe(held.instanceId, null),
    ],
    rollback: { available: false, why: 'Ask for the instance to be isolated again instead.' },
  };
}

function restoreInterface(context: PlanContext, it: Held['interfaces'][number], groups: readonly Group[]): PlanStep {
  const groupArns = groups
    .filter((group) => it.former.includes(group.id))
    .map((group) => `arn:${context.partition}:ec2:${context.region}:${group.ownerId}:security-group/${group.id}`);
  return {
    id: `restore-${it.id}`,
    title: `Give ${it.id} its former security groups back`,
    call: setGroups(it.id, it.former),
    iam: [
      {
        actions: ['ec2:ModifyNetworkInterfaceAttribute'],
        resources: [arn(context, `network-interface/${it.id}`), ...groupArns],
      },
    ],
    precondition: [groupsProbe(it.id, it.groups)],
    applied: groupsProbe(it.id, it.former),
  };
}

function untagInstance(context: PlanContext, held: Held): PlanStep {
  return {
    id: 'untag-instance',
    title: 'Remove the tag of isolation',
    call: ec2('DeleteTags', { Resources: [held.instanceId], Tags: [{ Key: ISOLATED_TAG, Value: held.runId }] }),
    iam: [
      {
        actions: ['ec2:DeleteTags'],
        resources: [instanceArn(context, held.instanceId)],
        condition: onlyIsolatedTag(held.runId),
      },
    ],
    precondition: [isolatedProbe(held.instanceId, held.runId)],
    applied: isolatedProbe(held.instanceId, null),
  };
}

/** AWS itself refuses to delete a group that anything uses. */
function deleteGroup(context: PlanContext, held: Held, group: Group): PlanStep {
  return {
    id: `delete-${group.id}`,
    title: `Delete the ${group.use ?? 'own'} group ${group.id} of the run`,
    call: ec2('DeleteSecurityGroup', { GroupId: group.id }),
    iam: [{ actions: ['ec2:DeleteSecurityGroup'], resources: [arn(context, `security-group/${group.id}`)] }],
    precondition: held.interfaces.map((it) => groupsProbe(it.id, it.former)),
    applied: probe(
      'The group is gone',
      ec2('DescribeSecurityGroups', { Filters: [filter('group-id', group.id)] }),
      'length(SecurityGroups || `[]`)',
      0,
    ),
  };
}

function groupsOf(runId: string) {
  return ec2('DescribeSecurityGroups', { Filters: [filter(`tag:${RUN_TAG}`, runId)] });
}
