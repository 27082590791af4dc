import { operationMap } from '../operation.ts';

export const cloudtrailOperations = operationMap([]);
