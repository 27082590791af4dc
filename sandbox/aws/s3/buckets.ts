import { bucketArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import type { Call, Need } from '../operation.ts';
import type { Bucket } from '../state/kinds.ts';

/** Finds a bucket anywhere: bucket names are global. */
function findBucket(call: Call, name: string): { account: string; bucket: Bucket } | undefined {
  const found = call.state.everywhere('buckets').find(({ row }) => row.Name === name);
  return found && { account: found.account, bucket: found.row };
}

/** The caller's own bucket. Throws NoSuchBucket, AccessDenied for another account's, AuthorizationHeaderMalformed for another Region's. */
export function ownBucket(call: Call, name: string, anyRegion = false): Bucket {
  const found = findBucket(call, name);
  if (!found)
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', {
      status: 404,
      detail: { BucketName: name },
    });
  if (found.account !== call.account) throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
  const { Region } = found.bucket;
  if (Region !== call.region && !anyRegion) {
    throw new AwsError(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${call.region}' is wrong; expecting '${Region}'`,
      {
        detail: { Region },
        headers: { 'x-amz-bucket-region': Region },
      },
    );
  }
  return found.bucket;
}

export function bucketNeed(action: string, name: string): Need[] {
  return [{ action, resource: bucketArn(name) }];
}

export function saveBucket(call: Call, bucket: Bucket): void {
  call.state.table('buckets', call.account).put(bucket.Name, bucket);
}

/** The canonical user id that stands for an account in ACLs: 64 hex digits. */
export function canonicalId(account: string): string {
  return account.repeat(6).slice(0, 64);
}
