import { DeleteSnapshotCommand, EC2Client } from '@aws-sdk/client-ec2';
import { PUBLIC_SNAPSHOT, snapshotId } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/ebs/make-snapshot-private.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { actionContract } from '../../support/contract/action-contract.ts';

const { account, name } = PUBLIC_SNAPSHOT;
const target = snapshotId(account, name);
const open = (SnapshotId: string): AwsCall => ({
  service: 'ec2',
  operation: 'ModifySnapshotAttribute',
  input: { SnapshotId, Attribute: 'createVolumePermission', OperationType: 'add', GroupNames: ['all'] },
});

actionContract({
  action,
  account,
  params: { snapshotId: target, keepAccounts: ['222222222222'] },
  tagged: { kind: 'snapshots', id: target },
  drift: { kind: 'snapshots', id: target, fields: { SharedWith: ['all', '222222222222'] } },
  siblings: [open('snap-0a1b2c3d4e5f60718')],
  otherApi: (client) => new EC2Client(client).send(new DeleteSnapshotCommand({ SnapshotId: target })),
  regional: true,
  undoable: true,
});
