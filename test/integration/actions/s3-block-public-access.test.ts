import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { OPEN_BUCKET, OPEN_BUCKETS } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/s3/block-public-access.ts';
import { actionContract } from '../../support/contract/action-contract.ts';

const { account, name } = OPEN_BUCKET;
const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

actionContract({
  action,
  account,
  params: { bucket: name },
  tagged: { kind: 'buckets', id: name },
  drift: { kind: 'buckets', id: name, fields: { PublicAccessBlock: { ...all, RestrictPublicBuckets: false } } },
  siblings: [
    {
      service: 's3',
      operation: 'PutPublicAccessBlock',
      input: { Bucket: OPEN_BUCKETS[0] ?? '', PublicAccessBlockConfiguration: all },
    },
    { service: 's3', operation: 'DeletePublicAccessBlock', input: { Bucket: 'acme-prod-web-logs' } },
  ],
  otherApi: (client) =>
    new S3Client({ ...client, forcePathStyle: true }).send(new PutBucketPolicyCommand({ Bucket: name, Policy: '{}' })),
  regional: true,
  undoable: true,
});
