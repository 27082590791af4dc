import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { functionArn } from '../../../sandbox/aws/arn.ts';
import { MINING_FUNCTION, QUIET_FUNCTION } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, control, startTestAws } from './harness.ts';

const { account, name: FunctionName } = MINING_FUNCTION;
const ARN = functionArn('eu-west-1', account, FunctionName);
const NOT_FOUND = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
const SECRET = 'sandbox-not-a-real-password';
let aws: RunningAws;
let lambda: ReturnType<typeof adminClients>['lambda'];

beforeAll(async () => {
  aws = await startTestAws();
  lambda = adminClients(aws, account).lambda;
});

afterAll(() => aws.close());

const reserved = async (name: string) =>
  (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: name }))).ReservedConcurrentExecutions;
const reserve = (name: string, count: number) =>
  lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: count }));

test('concurrency is reserved, set to zero, and taken away; no reservation is not one of zero', async () => {
  expect(await reserved(FunctionName)).toBe(25);
  expect((await reserve(FunctionName, 0)).ReservedConcurrentExecutions).toBe(0);
  expect(await reserved(FunctionName)).toBe(0);
  for (let time = 0; time < 2; time += 1)
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: ARN }));
  expect(await reserved(FunctionName)).toBeUndefined();
  await reserve(FunctionName, 25);
});

test('a hundred runs must stay for the other functions, but zero can always be reserved', async () => {
  await reserve(QUIET_FUNCTION.name, 875);
  await expect(reserve(FunctionName, 26)).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining('below its minimum value of [100]'),
  });
  await reserve(FunctionName, 0);
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: QUIET_FUNCTION.name }));
  await reserve(FunctionName, 25);
});

test('a function by its name or ARN, with its tags, URL, policy and mappings', async () => {
  const configuration = { FunctionName, FunctionArn: ARN, Timeout: 120, Version: '$LATEST' };
  for (const name of [FunctionName, ARN, `${account}:function:${FunctionName}`]) {
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(found).toMatchObject(configuration);
    expect(found).not.toHaveProperty('Tags');
  }
  expect(await lambda.send(new GetFunctionCommand({ FunctionName }))).toMatchObject({
    Configuration: configuration,
    Tags: { team: 'web' },
    Concurrency: { ReservedConcurrentExecutions: 25 },
  });
  expect((await lambda.send(new ListTagsCommand({ Resource: ARN }))).Tags).toEqual({ team: 'web' });
  expect(await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).toMatchObject({ AuthType: 'NONE' });
  expect((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy).toContain('s3.amazonaws.com');
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  expect(EventSourceMappings).toMatchObject([{ FunctionArn: ARN, State: 'Enabled' }]);
});

test('what is not there is not found, and a function of another account is not there', async () => {
  const bare = { FunctionName: QUIET_FUNCTION.name };
  await expect(lambda.send(new GetPolicyCommand(bare))).rejects.toMatchObject(NOT_FOUND);
  await expect(lambda.send(new GetFunctionUrlConfigCommand(bare))).rejects.toMatchObject(NOT_FOUND);
  expect((await lambda.send(new ListEventSourceMappingsCommand(bare))).EventSourceMappings).toEqual([]);
  for (const name of ['nobody', ARN.replace(account, '444444444441'), ARN.replace('eu-west-1', 'us-east-1')])
    await expect(reserve(name, 0), name).rejects.toMatchObject(NOT_FOUND);
  await expect(lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: '7' }))).rejects.toThrow(
    'does not know Qualifier',
  );
});

test('the environment is answered to whoever may read it, and stands in no log', async () => {
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(Environment?.Variables?.['DB_PASSWORD']).toBe(SECRET);
  const log = JSON.stringify((await control(aws, 'GET', '/log')).body);
  expect(log).toContain('GetFunctionConfiguration');
  expect(log).not.toContain(SECRET);
});
