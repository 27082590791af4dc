import { z } from 'zod';
import { defineOperation, operationMap } from '../operation.ts';
import { assumeRole } from './assume-role.ts';

/** Needs no permission in AWS either. */
const getCallerIdentity = defineOperation({
  name: 'GetCallerIdentity',
  input: z.strictObject({}),
  needs: () => [],
  run: (_input, { principal }) => ({ Account: principal.account, Arn: principal.arn, UserId: principal.userId }),
});

export const stsOperations = operationMap([assumeRole, getCallerIdentity]);
