import { operationMap } from '../operation.ts';
import { instanceOperations } from './instances.ts';
import { snapshotOperations } from './snapshots.ts';
import { tagOperations } from './tags.ts';

export const rdsOperations = operationMap([...instanceOperations, ...snapshotOperations, ...tagOperations]);
