import { cloudtrailOperations } from './cloudtrail/operations.ts';
import { ec2Operations } from './ec2/operations.ts';
import { guarddutyOperations } from './guardduty/operations.ts';
import { iamOperations } from './iam/operations.ts';
import { lambdaOperations } from './lambda/operations.ts';
import type { Operation } from './operation.ts';
import { organizationsOperations } from './organizations/operations.ts';
import { rdsOperations } from './rds/operations.ts';
import { s3Operations } from './s3/operations.ts';
import { securityhubOperations } from './securityhub/operations.ts';
import { sqsOperations } from './sqs/operations.ts';
import { stsOperations } from './sts/operations.ts';
import type { ServiceName } from './wire/schemas.ts';

/** Everything the simulator answers; any other operation of these services is refused with 501 and its name. */
export const OPERATIONS: Readonly<Record<ServiceName, ReadonlyMap<string, Operation>>> = {
  sts: stsOperations,
  iam: iamOperations,
  ec2: ec2Operations,
  s3: s3Operations,
  sqs: sqsOperations,
  guardduty: guarddutyOperations,
  securityhub: securityhubOperations,
  organizations: organizationsOperations,
  cloudtrail: cloudtrailOperations,
  lambda: lambdaOperations,
  rds: rdsOperations,
};
