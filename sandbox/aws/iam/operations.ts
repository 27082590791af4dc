import { operationMap } from '../operation.ts';
import { accessKeyOperations } from './access-keys.ts';
import { roleOperations } from './roles.ts';
import { userOperations } from './users.ts';

export const iamOperations = operationMap([...userOperations, ...accessKeyOperations, ...roleOperations]);
