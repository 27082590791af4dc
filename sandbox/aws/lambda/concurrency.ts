import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import { functionNeed, functionOf, saveFunction } from './functions.ts';

/** Concurrent executions of an account in a Region, and how many of them must stay for functions without a reservation. */
const ACCOUNT_LIMIT = 1_000;
const UNRESERVED_MINIMUM = 100;

const Named = z.strictObject({ FunctionName: z.string() });

/** Nothing at all when there is no reservation, which is not the same as one of zero. */
const getFunctionConcurrency = defineOperation({
  name: 'GetFunctionConcurrency',
  input: Named,
  needs: (input, call) => [functionNeed('GetFunctionConcurrency', call, input.FunctionName)],
  run(input, call) {
    const { ReservedConcurrentExecutions } = functionOf(call, input.FunctionName);
    return ReservedConcurrentExecutions === undefined ? {} : { ReservedConcurrentExecutions };
  },
});

const putFunctionConcurrency = defineOperation({
  name: 'PutFunctionConcurrency',
  write: true,
  input: z.strictObject({ FunctionName: z.string(), ReservedConcurrentExecutions: z.number().int().min(0) }),
  needs: (input, call) => [functionNeed('PutFunctionConcurrency', call, input.FunctionName)],
  run({ FunctionName, ReservedConcurrentExecutions }, call) {
    const row = functionOf(call, FunctionName);
    const unreserved = ACCOUNT_LIMIT - reservedByOthers(call, row.FunctionName) - ReservedConcurrentExecutions;
    if (ReservedConcurrentExecutions > 0 && unreserved < UNRESERVED_MINIMUM)
      throw new AwsError(
        'InvalidParameterValueException',
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MINIMUM}].`,
      );
    saveFunction(call, { ...row, ReservedConcurrentExecutions });
    return { ReservedConcurrentExecutions };
  },
});

/** One that is not there may be deleted; that is no error. */
const deleteFunctionConcurrency = defineOperation({
  name: 'DeleteFunctionConcurrency',
  write: true,
  input: Named,
  needs: (input, call) => [functionNeed('DeleteFunctionConcurrency', call, input.FunctionName)],
  run(input, call) {
    const { ReservedConcurrentExecutions: _, ...row } = functionOf(call, input.FunctionName);
    saveFunction(call, row);
    return {};
  },
});

function reservedByOthers(call: Call, name: string): number {
  const others = call.state
    .table('functions', call.account, call.region)
    .list()
    .filter((row) => row.FunctionName !== name);
  return others.reduce((sum, row) => sum + (row.ReservedConcurrentExecutions ?? 0), 0);
}

export const concurrencyOperations = [getFunctionConcurrency, putFunctionConcurrency, deleteFunctionConcurrency];
