import { z } from 'zod';
import { type Call, defineOperation } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { LambdaFunction } from '../state/kinds.ts';
import { arnOf, functionNeed, functionOf, notFound } from './functions.ts';

const Named = z.strictObject({ FunctionName: z.string() });

function configurationShape(call: Call, row: LambdaFunction): object {
  const { Environment, ReservedConcurrentExecutions: _, Policy: _policy, Url: _url, Tags: _tags, ...rest } = row;
  return {
    ...rest,
    FunctionArn: arnOf(call, row),
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    ...(Environment === undefined ? {} : { Environment: { Variables: Environment } }),
  };
}

const getFunctionConfiguration = defineOperation({
  name: 'GetFunctionConfiguration',
  input: Named,
  needs: (input, call) => [functionNeed('GetFunctionConfiguration', call, input.FunctionName)],
  run: (input, call) => configurationShape(call, functionOf(call, input.FunctionName)),
});

const getFunction = defineOperation({
  name: 'GetFunction',
  input: Named,
  needs: (input, call) => [functionNeed('GetFunction', call, input.FunctionName)],
  run(input, call) {
    const row = functionOf(call, input.FunctionName);
    const { ReservedConcurrentExecutions, Tags } = row;
    return {
      Configuration: configurationShape(call, row),
      Code: { RepositoryType: 'S3', Location: 'https://sandbox.invalid/the-code-is-not-simulated' },
      ...(Tags.length > 0 ? { Tags: tagMap(row) } : {}),
      ...(ReservedConcurrentExecutions === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions } }),
    };
  },
});

function tagMap({ Tags }: LambdaFunction): object {
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

const listTags = defineOperation({
  name: 'ListTags',
  input: z.strictObject({ Resource: z.string().startsWith('arn:') }),
  needs: (input, call) => [functionNeed('ListTags', call, input.Resource)],
  run: (input, call) => ({ Tags: tagMap(functionOf(call, input.Resource)) }),
});

const getPolicy = defineOperation({
  name: 'GetPolicy',
  input: Named,
  needs: (input, call) => [functionNeed('GetPolicy', call, input.FunctionName)],
  run(input, call) {
    const { Policy, RevisionId } = functionOf(call, input.FunctionName);
    if (Policy === undefined) throw notFound('The resource you requested does not exist.');
    return { Policy, RevisionId };
  },
});

const getFunctionUrlConfig = defineOperation({
  name: 'GetFunctionUrlConfig',
  input: Named,
  needs: (input, call) => [functionNeed('GetFunctionUrlConfig', call, input.FunctionName)],
  run(input, call) {
    const row = functionOf(call, input.FunctionName);
    if (row.Url === undefined) throw notFound('The resource you requested does not exist.');
    const times = { CreationTime: row.LastModified, LastModifiedTime: row.LastModified };
    return { ...row.Url, ...times, FunctionArn: arnOf(call, row) };
  },
});

/** This call knows no resources. */
const listEventSourceMappings = defineOperation({
  name: 'ListEventSourceMappings',
  input: z.strictObject({
    FunctionName: z.string().optional(),
    Marker: z.string().optional(),
    MaxItems: z.number().int().min(1).max(10_000).default(100),
  }),
  needs: () => [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
  run({ FunctionName, Marker, MaxItems }, call) {
    const only = FunctionName === undefined ? undefined : functionOf(call, FunctionName).FunctionName;
    const rows = call.state
      .table('event-source-mappings', call.account, call.region)
      .list()
      .filter((row) => only === undefined || row.FunctionName === only);
    const { items, next } = pageOf(rows, Math.min(MaxItems, 100), Marker, 'InvalidParameterValueException');
    return {
      EventSourceMappings: items.map(({ FunctionName: name, LastModified, ...row }) => ({
        ...row,
        FunctionArn: arnOf(call, functionOf(call, name)),
        LastModified: new Date(LastModified),
      })),
      ...(next === undefined ? {} : { NextMarker: next }),
    };
  },
});

export const settingsOperations = [
  getFunctionConfiguration,
  getFunction,
  listTags,
  getPolicy,
  getFunctionUrlConfig,
  listEventSourceMappings,
];
