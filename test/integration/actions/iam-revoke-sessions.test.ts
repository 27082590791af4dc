import { DeleteRolePolicyCommand, DeleteUserPolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { INSTANCE_ROLE, LEAKED_KEY_USER, SERVICE_USERS } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/iam/revoke-sessions.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const statement = { Effect: 'Deny', Action: '*', Resource: '*' };
const policy = {
  PolicyName: 'more',
  PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
};
const onRole = (RoleName: string): AwsCall => ({
  service: 'iam',
  operation: 'PutRolePolicy',
  input: { RoleName, ...policy },
});
const onUser = (UserName: string): AwsCall => ({
  service: 'iam',
  operation: 'PutUserPolicy',
  input: { UserName, ...policy },
});
const { roleName } = INSTANCE_ROLE;
const { userName } = LEAKED_KEY_USER;

actionContract({
  action,
  account: INSTANCE_ROLE.account,
  params: { roleName },
  tagged: { kind: 'roles', id: roleName },
  drift: { kind: 'roles', id: roleName, fields: { MaxSessionDuration: 7200 } },
  self: { ...SELF, roleNames: [...SELF.roleNames, roleName] },
  siblings: [onRole('cordon-read'), onRole('cordon-remediate'), onUser('administrator')],
  otherApi: (client) =>
    new IAMClient(client).send(new DeleteRolePolicyCommand({ RoleName: roleName, PolicyName: 'read-artifacts' })),
  regional: false,
  undoable: true,
});

actionContract({
  action,
  account: LEAKED_KEY_USER.account,
  params: { principalArn: `arn:aws:iam::${LEAKED_KEY_USER.account}:user/service/${userName}` },
  tagged: { kind: 'users', id: userName },
  drift: { kind: 'users', id: userName, fields: { Path: '/moved/' } },
  self: { ...SELF, roleNames: [...SELF.roleNames, userName] },
  siblings: [onUser(SERVICE_USERS[0] ?? ''), onRole('cordon-read')],
  otherApi: (client) =>
    new IAMClient(client).send(new DeleteUserPolicyCommand({ UserName: userName, PolicyName: 'read-artifacts' })),
  regional: false,
  undoable: true,
});
