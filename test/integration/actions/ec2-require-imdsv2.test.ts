import { EC2Client, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { DATA_INSTANCE, FLEET, instanceId } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/ec2/require-imdsv2.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account, name } = DATA_INSTANCE;
const target = instanceId(account, name);

actionContract({
  action,
  account,
  params: { instanceId: target },
  tagged: { kind: 'instances', id: target },
  drift: {
    kind: 'instances',
    id: target,
    fields: { MetadataOptions: { HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 2, HttpTokens: 'optional' } },
  },
  self: { ...SELF, instanceIds: [target] },
  siblings: [
    {
      service: 'ec2',
      operation: 'ModifyInstanceMetadataOptions',
      input: { InstanceId: instanceId(account, FLEET[0]?.name ?? ''), HttpTokens: 'required' },
    },
  ],
  otherApi: (client) =>
    new EC2Client(client).send(
      new ModifyInstanceAttributeCommand({ InstanceId: target, DisableApiTermination: { Value: true } }),
    ),
  regional: true,
  undoable: true,
});
