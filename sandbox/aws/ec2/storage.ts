import { z } from 'zod';
import { ec2Arn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, type Need } from '../operation.ts';
import { ec2Id } from '../state/ids.ts';
import type { Snapshot, Tag, Volume } from '../state/kinds.ts';
import {
  applyFilters,
  DescribeMembers,
  describePage,
  type FilterTable,
  notFound,
  pickById,
  tagSet,
} from './describe.ts';
import { instanceOf, resourceNeed, rowsOf } from './lookup.ts';
import { creationNeeds, TagSpecifications, tagsFor } from './tag-specifications.ts';

/** How long a snapshot stays pending; short, so that people need not wait, and long enough to be seen. */
const SNAPSHOT_MS = 1_500;

const VOLUME_FILTERS: FilterTable<Volume> = {
  'volume-id': (row) => [row.VolumeId],
  'attachment.instance-id': (row) => (row.Attachment ? [row.Attachment.InstanceId] : []),
  'attachment.device': (row) => (row.Attachment ? [row.Attachment.Device] : []),
  encrypted: (row) => [String(row.Encrypted)],
  status: (row) => [row.Attachment ? 'in-use' : 'available'],
};

function volumeShape(volume: Volume): object {
  const { VolumeId, Size, VolumeType, Encrypted, AvailabilityZone, CreateTime, Attachment, Tags } = volume;
  return {
    VolumeId,
    Size,
    VolumeType,
    Encrypted,
    AvailabilityZone,
    CreateTime: new Date(CreateTime),
    State: Attachment ? 'in-use' : 'available',
    Attachments: Attachment ? [{ ...Attachment, VolumeId, State: 'attached' }] : [],
    ...tagSet(Tags),
  };
}

const describeVolumes = defineOperation({
  name: 'DescribeVolumes',
  input: z.strictObject({ ...DescribeMembers, VolumeIds: z.array(z.string()).optional() }),
  needs: () => [{ action: 'ec2:DescribeVolumes', resource: '*' }],
  run(input, call) {
    const picked = pickById(rowsOf(call, 'volumes').entries(), input.VolumeIds, 'InvalidVolume.NotFound', 'volume');
    const { items, rest } = describePage(applyFilters(picked, input.Filters, VOLUME_FILTERS), input);
    return { Volumes: items.map(volumeShape), ...rest };
  },
});

function isComplete(call: Call, snapshot: Snapshot): boolean {
  return call.clock.now() >= snapshot.CompletesAt;
}

function snapshotFilters(call: Call): FilterTable<Snapshot> {
  return {
    'snapshot-id': (row) => [row.SnapshotId],
    'volume-id': (row) => [row.VolumeId],
    status: (row) => [isComplete(call, row) ? 'completed' : 'pending'],
    description: (row) => [row.Description],
    'owner-id': () => [call.account],
  };
}

/** CreateSnapshot and CreateSnapshots answer with `State` in different shapes of the same values. */
function snapshotShape(call: Call, snapshot: Snapshot): object {
  const { SnapshotId, VolumeId, VolumeSize, Encrypted, Description, StartTime, Tags } = snapshot;
  const done = isComplete(call, snapshot);
  return {
    SnapshotId,
    VolumeId,
    VolumeSize,
    Encrypted,
    Description,
    StartTime: new Date(StartTime),
    OwnerId: call.account,
    Progress: done ? '100%' : '0%',
    State: done ? 'completed' : 'pending',
    ...tagSet(Tags),
  };
}

const describeSnapshots = defineOperation({
  name: 'DescribeSnapshots',
  input: z.strictObject({
    ...DescribeMembers,
    SnapshotIds: z.array(z.string()).optional(),
    OwnerIds: z.array(z.string()).optional(),
  }),
  needs: () => [{ action: 'ec2:DescribeSnapshots', resource: '*' }],
  run(input, call) {
    const picked = pickById(
      rowsOf(call, 'snapshots').entries(),
      input.SnapshotIds,
      'InvalidSnapshot.NotFound',
      'snapshot',
    );
    const owned =
      input.OwnerIds && !input.OwnerIds.some((owner) => owner === 'self' || owner === call.account) ? [] : picked;
    const { items, rest } = describePage(applyFilters(owned, input.Filters, snapshotFilters(call)), input);
    return { Snapshots: items.map((snapshot) => snapshotShape(call, snapshot)), ...rest };
  },
});

function snapshotNeed(call: Call, action: string, id: string): Need {
  return {
    ...resourceNeed(call, action, 'snapshots', id),
    resource: ec2Arn(call.region, call.account, 'snapshot', id),
  };
}

function snapshotOf(call: Call, id: string): Snapshot {
  const snapshot = rowsOf(call, 'snapshots').get(id);
  if (!snapshot) throw notFound('InvalidSnapshot.NotFound', 'snapshot', id);
  return snapshot;
}

/** The only attribute that the simulator has; product codes belong to marketplace images. */
const SnapshotAttribute = z.literal('createVolumePermission');

const describeSnapshotAttribute = defineOperation({
  name: 'DescribeSnapshotAttribute',
  input: z.strictObject({ DryRun: z.boolean().optional(), SnapshotId: z.string(), Attribute: SnapshotAttribute }),
  needs: (input, call) => [snapshotNeed(call, 'DescribeSnapshotAttribute', input.SnapshotId)],
  run(input, call) {
    const { SnapshotId, SharedWith = [] } = snapshotOf(call, input.SnapshotId);
    const CreateVolumePermissions = SharedWith.map((one) => (one === 'all' ? { Group: one } : { UserId: one }));
    return { SnapshotId, CreateVolumePermissions };
  },
});

/** To add and to remove are two calls. What is there already, or gone already, is no error. */
const modifySnapshotAttribute = defineOperation({
  name: 'ModifySnapshotAttribute',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    SnapshotId: z.string(),
    Attribute: SnapshotAttribute,
    OperationType: z.enum(['add', 'remove']),
    GroupNames: z.array(z.literal('all')).default([]),
    UserIds: z.array(z.string().regex(/^\d{12}$/)).default([]),
  }),
  needs: (input, call) => [snapshotNeed(call, 'ModifySnapshotAttribute', input.SnapshotId)],
  run(input, call) {
    const snapshot = snapshotOf(call, input.SnapshotId);
    const named = [...input.GroupNames, ...input.UserIds];
    if (named.length === 0) throw new AwsError('MissingParameter', 'The request must name a group or an account');
    if (input.OperationType === 'add' && named.includes('all') && snapshot.Encrypted)
      throw new AwsError('OperationNotPermitted', 'Encrypted snapshots cannot be shared publicly');
    const others = (snapshot.SharedWith ?? []).filter((one) => !named.includes(one));
    const SharedWith = input.OperationType === 'add' ? [...others, ...named] : others;
    rowsOf(call, 'snapshots').put(snapshot.SnapshotId, { ...snapshot, SharedWith });
    return {};
  },
});

function takeSnapshot(call: Call, volume: Volume, description: string, tags: readonly Tag[]): Snapshot {
  const SnapshotId = ec2Id('snap');
  return rowsOf(call, 'snapshots').put(SnapshotId, {
    SnapshotId,
    VolumeId: volume.VolumeId,
    VolumeSize: volume.Size,
    Encrypted: volume.Encrypted,
    Description: description,
    StartTime: new Date(call.clock.now()).toISOString(),
    CompletesAt: call.clock.now() + SNAPSHOT_MS,
    Tags: [...tags],
  });
}

const createSnapshot = defineOperation({
  name: 'CreateSnapshot',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    VolumeId: z.string(),
    Description: z.string().max(255).default(''),
    TagSpecifications,
  }),
  needs: (input, call) => [
    ...creationNeeds(call, 'CreateSnapshot', 'snapshot', input.TagSpecifications),
    resourceNeed(call, 'CreateSnapshot', 'volumes', input.VolumeId),
  ],
  run(input, call) {
    const tags = tagsFor(input.TagSpecifications, 'snapshot');
    const volume = rowsOf(call, 'volumes').get(input.VolumeId);
    if (!volume) throw notFound('InvalidVolume.NotFound', 'volume', input.VolumeId);
    return snapshotShape(call, takeSnapshot(call, volume, input.Description, tags));
  },
});

const InstanceSpecification = z.strictObject({
  InstanceId: z.string(),
  ExcludeBootVolume: z.boolean().default(false),
  ExcludeDataVolumeIds: z.array(z.string()).max(127).default([]),
});

function chosenVolumes(call: Call, spec: z.output<typeof InstanceSpecification>): Volume[] {
  const attached = rowsOf(call, 'volumes')
    .list()
    .filter((volume) => volume.Attachment?.InstanceId === spec.InstanceId);
  return attached.filter(
    (volume) =>
      !spec.ExcludeDataVolumeIds.includes(volume.VolumeId) &&
      !(spec.ExcludeBootVolume && volume.Attachment?.Device === '/dev/xvda'),
  );
}

/** Snapshots of all volumes of an instance at one moment. */
const createSnapshots = defineOperation({
  name: 'CreateSnapshots',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    InstanceSpecification,
    Description: z.string().max(255).default(''),
    CopyTagsFromSource: z.literal('volume').optional(),
    TagSpecifications,
  }),
  needs: (input, call) => [
    ...creationNeeds(call, 'CreateSnapshots', 'snapshot', input.TagSpecifications),
    resourceNeed(call, 'CreateSnapshots', 'instances', input.InstanceSpecification.InstanceId),
    ...chosenVolumes(call, input.InstanceSpecification).map((volume) =>
      resourceNeed(call, 'CreateSnapshots', 'volumes', volume.VolumeId),
    ),
  ],
  run(input, call) {
    const tags = tagsFor(input.TagSpecifications, 'snapshot');
    instanceOf(call, input.InstanceSpecification.InstanceId);
    const volumes = chosenVolumes(call, input.InstanceSpecification);
    if (volumes.length === 0) throw new AwsError('InvalidParameterValue', 'The instance has no volumes to snapshot');
    const copied = (volume: Volume): readonly Tag[] =>
      input.CopyTagsFromSource ? volume.Tags.filter(({ Key }) => !tags.some((tag) => tag.Key === Key)) : [];
    return {
      Snapshots: volumes.map((volume) =>
        snapshotShape(call, takeSnapshot(call, volume, input.Description, [...tags, ...copied(volume)])),
      ),
    };
  },
});

const deleteSnapshot = defineOperation({
  name: 'DeleteSnapshot',
  write: true,
  input: z.strictObject({ DryRun: z.boolean().optional(), SnapshotId: z.string() }),
  needs: (input, call) => [snapshotNeed(call, 'DeleteSnapshot', input.SnapshotId)],
  run(input, call) {
    rowsOf(call, 'snapshots').delete(snapshotOf(call, input.SnapshotId).SnapshotId);
    return {};
  },
});

export const storageOperations = [
  describeVolumes,
  describeSnapshots,
  describeSnapshotAttribute,
  modifySnapshotAttribute,
  createSnapshot,
  createSnapshots,
  deleteSnapshot,
];
