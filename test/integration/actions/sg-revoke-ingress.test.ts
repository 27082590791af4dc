import { DeleteSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import { groupId, instanceId, PROBED_INSTANCE } from '../../../sandbox/aws/seed/names.ts';
import { ec2Id } from '../../../sandbox/aws/state/ids.ts';
import action from '../../../src/actions/sg/revoke-ingress.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account, name } = PROBED_INSTANCE;
const target = groupId(account, 'eu-west-1/staging', 'bastion');
const neighbour = groupId(account, 'eu-west-1/staging', 'default');
const call = (operation: string, input: JsonObject): AwsCall => ({ service: 'ec2', operation, input });
const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];

actionContract({
  action,
  account,
  params: { groupId: target, keepPorts: [443] },
  tagged: { kind: 'security-groups', id: target },
  drift: { kind: 'security-group-rules', id: ec2Id('sgr', `${target}/0`), fields: { FromPort: 20 } },
  self: { ...SELF, instanceIds: [instanceId(account, name)] },
  siblings: [
    call('RevokeSecurityGroupIngress', { GroupId: neighbour, IpPermissions: everything }),
    call('AuthorizeSecurityGroupIngress', { GroupId: target, IpPermissions: everything }),
    call('AuthorizeSecurityGroupIngress', { GroupId: neighbour, IpPermissions: everything }),
    call('CreateTags', { Resources: [target], Tags: [{ Key: 'Name', Value: 'x' }] }),
  ],
  otherApi: (client) => new EC2Client(client).send(new DeleteSecurityGroupCommand({ GroupId: target })),
  regional: true,
  undoable: true,
  newIds: /sgr-[0-9a-f]{17}/g,
});
