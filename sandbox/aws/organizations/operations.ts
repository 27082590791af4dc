import { operationMap } from '../operation.ts';
import { policyOperations } from './policy-operations.ts';
import { readOperations } from './read-operations.ts';

export const organizationsOperations = operationMap([...readOperations, ...policyOperations]);
