import { operationMap } from '../operation.ts';

export const organizationsOperations = operationMap([]);
