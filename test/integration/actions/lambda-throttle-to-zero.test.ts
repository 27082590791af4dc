import { DeleteFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { MINING_FUNCTION, QUIET_FUNCTION } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/lambda/throttle-to-zero.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account, name, role } = MINING_FUNCTION;

actionContract({
  action,
  account,
  params: { functionName: name },
  tagged: { kind: 'functions', id: name },
  drift: { kind: 'functions', id: name, fields: { ReservedConcurrentExecutions: 30 } },
  self: { ...SELF, roleNames: [role] },
  siblings: [
    {
      service: 'lambda',
      operation: 'PutFunctionConcurrency',
      input: { FunctionName: QUIET_FUNCTION.name, ReservedConcurrentExecutions: 0 },
    },
  ],
  otherApi: (client) => new LambdaClient(client).send(new DeleteFunctionConcurrencyCommand({ FunctionName: name })),
  regional: true,
  undoable: true,
});
