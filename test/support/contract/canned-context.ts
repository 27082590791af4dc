import type { PlanContext } from '../../../src/actions/action.ts';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';

/** What the tests' AWS answers: by operation, a value, an AWS error code (`!NoSuchBucket`), or a function of the input that gives either. */
export type Answers = { readonly [operation: string]: Json | ((input: JsonObject) => Json) };

const ACCOUNT = '333333333331';
export const REGION = 'eu-west-1';
export const RUN_ID = 'RUN-7K3F9T2M';

/** A planning context over canned answers, for what an action makes of them. `calls` is what it asked. */
export function cannedContext(answers: Answers, over: Partial<PlanContext> = {}): PlanContext & { calls: AwsCall[] } {
  const calls: AwsCall[] = [];
  const read = async (call: AwsCall): Promise<Json> => {
    calls.push(call);
    const answer = answers[call.operation];
    if (answer === undefined) throw new Error(`the test has no answer to ${call.operation}`);
    const value = typeof answer === 'function' ? answer(call.input) : answer;
    if (typeof value === 'string' && value.startsWith('!')) throw awsError(value.slice(1));
    return value;
  };
  return {
    accountId: ACCOUNT,
    region: REGION,
    partition: 'aws',
    runId: RUN_ID,
    incidentId: 'INC-2026-0001',
    plannedAt: '2026-11-22T07:50:00.000Z',
    self: { accountId: '222222222222', roleNames: ['cordon-hub'], instanceIds: [] },
    calls,
    read,
    async readOptional(call, absentOn) {
      try {
        return await read(call);
      } catch (error) {
        if (error instanceof AwsCallError && absentOn.includes(error.awsCode)) return undefined;
        throw error;
      }
    },
    ...over,
  };
}

function awsError(code: string): AwsCallError {
  return new AwsCallError(code, `refused with ${code}`, { hint: 'a test', status: 400 });
}
