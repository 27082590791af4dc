import { operationMap } from '../operation.ts';
import { bucketOperations } from './bucket-settings.ts';
import { objectOperations } from './objects.ts';

export const s3Operations = operationMap([...bucketOperations, ...objectOperations]);
