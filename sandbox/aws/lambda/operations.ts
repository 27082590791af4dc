import { operationMap } from '../operation.ts';
import { concurrencyOperations } from './concurrency.ts';
import { settingsOperations } from './settings.ts';

export const lambdaOperations = operationMap([...settingsOperations, ...concurrencyOperations]);
