import { EC2Client, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { DATA_INSTANCE, FLEET, groupId, instanceId, interfaceId, vpcId } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/ec2/isolate-instance.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account, name } = DATA_INSTANCE;
const target = instanceId(account, name);
const neighbour = FLEET[0]?.name ?? '';
const service = groupId(account, 'data', 'service');
const tags = (value: string) => [{ ResourceType: 'security-group', Tags: [{ Key: 'cordon:run', Value: value }] }];
const call = (operation: string, input: JsonObject): AwsCall => ({ service: 'ec2', operation, input });
const create = (GroupName: string, more: JsonObject) =>
  call('CreateSecurityGroup', { GroupName, Description: GroupName, VpcId: vpcId(account, 'eu-west-1/data'), ...more });

actionContract({
  action,
  account,
  params: { instanceId: target },
  tagged: { kind: 'instances', id: target },
  drift: { kind: 'network-interfaces', id: interfaceId(account, name, 1), fields: { Groups: [service] } },
  self: { ...SELF, instanceIds: [target] },
  siblings: [
    call('ModifyNetworkInterfaceAttribute', {
      NetworkInterfaceId: interfaceId(account, neighbour, 0),
      Groups: [groupId(account, neighbour, 'service')],
    }),
    call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: interfaceId(account, name, 0), Groups: [service] }),
    call('CreateTags', { Resources: [instanceId(account, neighbour)], Tags: [{ Key: 'cordon:isolated', Value: 'x' }] }),
    call('CreateTags', { Resources: [target], Tags: [{ Key: 'Name', Value: 'x' }] }),
    call('CreateTags', {
      Resources: [target],
      Tags: [
        { Key: 'cordon:isolated', Value: 'RUN-CNTR2CT7' },
        { Key: 'Name', Value: 'x' },
      ],
    }),
    call('CreateTags', { Resources: [service], Tags: [{ Key: 'cordon:run', Value: 'RUN-CNTR2CT7' }] }),
    create('untagged', {}),
    create('of-another-run', { TagSpecifications: tags('RUN-AAAA2222') }),
    create('elsewhere', {
      TagSpecifications: tags('RUN-CNTR2CT7'),
      VpcId: vpcId(account, `eu-west-1/${neighbour}`),
    }),
    call('DeleteSecurityGroup', { GroupId: service }),
    call('AuthorizeSecurityGroupIngress', {
      GroupId: service,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  ],
  otherApi: (client) =>
    new EC2Client(client).send(
      new ModifyInstanceAttributeCommand({ InstanceId: target, DisableApiTermination: { Value: true } }),
    ),
  regional: true,
  undoable: true,
});
