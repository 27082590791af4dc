import { z } from 'zod';
import type { AwsCall, PlanDraft, PlanStep, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { readAs } from '../answer.ts';
import { arn, describeInstance, ec2, filter, InstanceId, instanceArn, probe, readInstance } from '../ec2-instance.ts';
import { refuse } from '../refusal.ts';
import { RUN_TAG } from '../tags.ts';

const Params = z.strictObject({ instanceId: InstanceId });
const VolumesAnswer = z.object({
  Volumes: z
    .array(z.object({ VolumeId: z.string(), Size: z.number(), Encrypted: z.boolean().default(false) }))
    .default([]),
});

/** More ARNs would not fit one session policy (2,048 characters). */
const MAX_VOLUMES = 12;

interface Volume {
  readonly id: string;
  readonly device: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
}

export default defineAction({
  id: 'ec2.snapshot-volumes',
  version: 1,
  title: 'Snapshot the volumes',
  risk: 'additive',
  undoReexposes: false,
  irreversible: true,
  services: ['ec2'],
  docs:
    'Takes one crash-consistent snapshot set of all EBS volumes of an instance, as evidence, before anything else is done to it. ' +
    'It counts as verified when every snapshot is complete; large volumes may take longer than Cordon waits, and are then reported as changed, unverified.',
  reads: [
    {
      actions: ['ec2:DescribeInstances', 'ec2:DescribeVolumes', 'ec2:DescribeSnapshots'],
      resources: ['*'],
      why: "The instance, its volumes and the snapshots made; EC2's Describe calls know no narrower resource than all",
    },
  ],
  writes: [
    {
      actions: ['ec2:CreateSnapshots'],
      resources: [
        'arn:{partition}:ec2:{region}:{account}:instance/*',
        'arn:{partition}:ec2:{region}:{account}:volume/*',
      ],
      why: 'Reads the volumes of the instance into snapshots',
    },
    {
      actions: ['ec2:CreateSnapshots'],
      resources: ['arn:{partition}:ec2:{region}::snapshot/*'],
      condition: { StringLike: { [`aws:RequestTag/${RUN_TAG}`]: 'RUN-*' } },
      why: 'Creates the snapshots, only with the tag of a run',
    },
    {
      actions: ['ec2:CreateTags'],
      resources: ['arn:{partition}:ec2:{region}::snapshot/*'],
      condition: {
        StringEquals: { 'ec2:CreateAction': 'CreateSnapshots' },
        StringLike: { [`aws:RequestTag/${RUN_TAG}`]: 'RUN-*' },
      },
      why: 'Tags the snapshots while they are created, and at no other time',
    },
  ],
  params: Params,

  async plan(context, { instanceId }) {
    const instance = await readInstance(context, instanceId);
    if ('refused' in instance) return instance;
    const devices = new Map(
      instance.BlockDeviceMappings.flatMap((it) => (it.Ebs ? [[it.Ebs.VolumeId, it.DeviceName]] : [])),
    );
    if (devices.size === 0) {
      return refuse(
        'nothing-to-do',
        'The instance has no EBS volumes.',
        'Instance store is lost when it stops: take a memory and disk image on the host.',
      );
    }
    if (devices.size > MAX_VOLUMES) {
      return refuse(
        'too-large',
        `The instance has ${devices.size} volumes; Cordon takes snapshots of up to ${MAX_VOLUMES} at once.`,
        'Take the snapshots by hand, all in one call of CreateSnapshots.',
      );
    }
    const volumes = await readVolumes(context, devices);
    return snapshotting(context, instanceId, volumes);
  },

  async rollback(): Promise<Refusal> {
    return refuse(
      'irreversible',
      'Snapshots are evidence; Cordon never deletes them.',
      'When the case is closed, delete them by hand: they carry the tag of the run.',
    );
  },
});

async function readVolumes(context: PlanContext, devices: ReadonlyMap<string, string>): Promise<readonly Volume[]> {
  const ids = [...devices.keys()].sort();
  const answer = await readAs(context, ec2('DescribeVolumes', { VolumeIds: ids }), VolumesAnswer);
  return answer.Volumes.map((it) => ({
    id: it.VolumeId,
    device: devices.get(it.VolumeId) ?? 'unknown device',
    sizeGiB: it.Size,
    encrypted: it.Encrypted,
  })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function snapshotting(context: PlanContext, instanceId: string, volumes: readonly Volume[]): PlanDraft {
  const totalGiB = volumes.reduce((sum, volume) => sum + volume.sizeGiB, 0);
  return {
    summary: `Take one snapshot set of the ${volumes.length} volume(s) of ${instanceId}, ${totalGiB} GiB in all`,
    target: { type: 'AwsEc2Instance', id: instanceId, arn: instanceArn(context, instanceId) },
    changes: volumes.map((volume) => ({
      path: `snapshot of ${volume.id} (${volume.device})`,
      before: null,
      after: `${RUN_TAG}=${context.runId}`,
    })),
    blastRadius: [
      'The instance goes on running; nothing about it changes.',
      `Storage for up to ${totalGiB} GiB of snapshots is billed until somebody deletes them.`,
      'The set is crash-consistent: memory and what programs had not yet written is not in it.',
    ],
    before: { instanceId, volumes: volumes.map((volume) => ({ ...volume })) },
    steps: [createStep(context, instanceId, volumes)],
    verify: [
      probe(
        'Every volume has a completed snapshot of this run (a pending one does not count)',
        describeSnapshots(context),
        "sort((Snapshots || `[]`)[?State=='completed'].VolumeId)",
        volumes.map((volume) => volume.id),
      ),
    ],
    rollback: { available: false, why: 'Snapshots are evidence; delete them by hand when the case is closed.' },
  };
}

function createStep(context: PlanContext, instanceId: string, volumes: readonly Volume[]): PlanStep {
  const ids = volumes.map((volume) => volume.id);
  return {
    id: 'create-snapshots',
    title: 'Create the snapshots, tagged with the run',
    call: ec2('CreateSnapshots', {
      InstanceSpecification: { InstanceId: instanceId, ExcludeBootVolume: false },
      Description: `Cordon ${context.incidentId} ${context.runId} evidence of ${instanceId}`,
      TagSpecifications: [
        {
          ResourceType: 'snapshot',
          Tags: [
            { Key: RUN_TAG, Value: context.runId },
            { Key: 'cordon:incident', Value: context.incidentId },
          ],
        },
      ],
    }),
    iam: [
      {
        actions: ['ec2:CreateSnapshots'],
        resources: [instanceArn(context, instanceId), ...ids.map((id) => arn(context, `volume/${id}`))],
      },
      {
        actions: ['ec2:CreateSnapshots'],
        resources: [snapshotArn(context)],
        condition: { StringEquals: { [`aws:RequestTag/${RUN_TAG}`]: context.runId } },
      },
      {
        actions: ['ec2:CreateTags'],
        resources: [snapshotArn(context)],
        condition: {
          StringEquals: { 'ec2:CreateAction': 'CreateSnapshots', [`aws:RequestTag/${RUN_TAG}`]: context.runId },
        },
      },
    ],
    precondition: [
      probe(
        'The instance has the same volumes',
        describeInstance(instanceId),
        'sort(Reservations[0].Instances[0].BlockDeviceMappings[].Ebs.VolumeId)',
        ids,
      ),
      probe('No snapshot of this run exists', describeSnapshots(context), 'length(Snapshots || `[]`)', 0),
    ],
    applied: probe(
      'Each volume has one snapshot of this run, not failed',
      describeSnapshots(context),
      "sort((Snapshots || `[]`)[?State!='error'].VolumeId)",
      ids,
    ),
    outputs: { snapshotIds: 'sort(Snapshots[].SnapshotId)' },
  };
}

function describeSnapshots(context: PlanContext): AwsCall {
  return ec2('DescribeSnapshots', { OwnerIds: ['self'], Filters: [filter(`tag:${RUN_TAG}`, context.runId)] });
}

/** Snapshot ARNs carry no account id. */
function snapshotArn(context: PlanContext): string {
  return `arn:${context.partition}:ec2:${context.region}::snapshot/*`;
}
