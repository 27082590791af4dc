import { operationMap } from '../operation.ts';

export const lambdaOperations = operationMap([]);
