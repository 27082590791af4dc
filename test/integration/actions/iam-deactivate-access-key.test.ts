import { IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { accessKeyId, LEAKED_KEY_USER, SERVICE_USERS } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/iam/deactivate-access-key.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account, userName } = LEAKED_KEY_USER;
const key = accessKeyId(account, userName);
const other = SERVICE_USERS[0] ?? '';

actionContract({
  action,
  account,
  params: { accessKeyId: key },
  tagged: { kind: 'users', id: userName },
  drift: { kind: 'users', id: userName, fields: { Path: '/moved/' } },
  self: { ...SELF, roleNames: [...SELF.roleNames, userName] },
  siblings: [
    {
      service: 'iam',
      operation: 'UpdateAccessKey',
      input: { UserName: other, AccessKeyId: accessKeyId(account, other), Status: 'Inactive' },
    },
  ],
  otherApi: (client) =>
    new IAMClient(client).send(
      new PutUserPolicyCommand({ UserName: userName, PolicyName: 'more', PolicyDocument: '{}' }),
    ),
  regional: false,
  undoable: true,
});
