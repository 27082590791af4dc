import { operationMap } from '../operation.ts';

export const rdsOperations = operationMap([]);
