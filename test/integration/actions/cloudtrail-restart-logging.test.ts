import { CloudTrailClient, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { trailArn } from '../../../sandbox/aws/arn.ts';
import { STOPPED_TRAIL } from '../../../sandbox/aws/seed/names.ts';
import { HOME_REGION } from '../../../sandbox/world.ts';
import action from '../../../src/actions/cloudtrail/restart-logging.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { actionContract } from '../../support/contract/action-contract.ts';

const { account, name } = STOPPED_TRAIL;
const target = trailArn(HOME_REGION, account, name);
const start = (Name: string): AwsCall => ({ service: 'cloudtrail', operation: 'StartLogging', input: { Name } });

actionContract({
  action,
  account,
  params: { trailArn: target },
  tagged: { kind: 'trails', id: name },
  drift: { kind: 'trails', id: name, fields: { S3BucketName: 'somebody-elses-bucket' } },
  siblings: [start(trailArn(HOME_REGION, account, 'payments-objects')), start(trailArn('us-east-1', account, name))],
  // The way back, which Cordon never holds.
  otherApi: (client) => new CloudTrailClient(client).send(new StopLoggingCommand({ Name: target })),
  regional: true,
  undoable: false,
});
