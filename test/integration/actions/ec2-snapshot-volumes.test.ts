import { DeleteSnapshotCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DATA_INSTANCE, FLEET, instanceId, volumeId } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/ec2/snapshot-volumes.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account, name } = DATA_INSTANCE;
const target = instanceId(account, name);
const snapshots = (InstanceId: string, run?: string): AwsCall => ({
  service: 'ec2',
  operation: 'CreateSnapshots',
  input: {
    InstanceSpecification: { InstanceId },
    ...(run === undefined
      ? {}
      : { TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'cordon:run', Value: run }] }] }),
  },
});

actionContract({
  action,
  account,
  params: { instanceId: target },
  tagged: { kind: 'instances', id: target },
  drift: { kind: 'volumes', id: volumeId(account, name, 1), fields: { Size: 4096 } },
  self: { ...SELF, instanceIds: [target] },
  siblings: [
    snapshots(instanceId(account, FLEET[0]?.name ?? ''), 'RUN-CNTR2CT7'),
    snapshots(target),
    snapshots(target, 'RUN-AAAA2222'),
  ],
  otherApi: (client) => new EC2Client(client).send(new DeleteSnapshotCommand({ SnapshotId: 'snap-00000000000000001' })),
  regional: true,
  undoable: false,
});
