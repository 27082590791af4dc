import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import type { Grant, PublicAccessBlock } from '../state/kinds.ts';
import { bucketNeed, canonicalId, ownBucket, saveBucket } from './buckets.ts';
import { policyIsPublic } from './public-access.ts';

/** Members that clients may send with every bucket call and that change nothing here. */
const Bucket = { Bucket: z.string().min(3).max(63), ExpectedBucketOwner: z.string().optional() };
const Checksums = { ChecksumAlgorithm: z.string().optional(), ContentMD5: z.string().optional() };

const Block = z.strictObject({
  BlockPublicAcls: z.boolean().default(false),
  IgnorePublicAcls: z.boolean().default(false),
  BlockPublicPolicy: z.boolean().default(false),
  RestrictPublicBuckets: z.boolean().default(false),
});

function checkOwner(expected: string | undefined, account: string): void {
  if (expected !== undefined && expected !== account)
    throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
}

function missing(code: string, message: string, name: string): AwsError {
  return new AwsError(code, message, { status: 404, detail: { BucketName: name } });
}

const getPublicAccessBlock = defineOperation({
  name: 'GetPublicAccessBlock',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketPublicAccessBlock', input.Bucket),
  run(input, call) {
    checkOwner(input.ExpectedBucketOwner, call.account);
    const block = ownBucket(call, input.Bucket).PublicAccessBlock;
    if (!block)
      throw missing(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        input.Bucket,
      );
    return { PublicAccessBlockConfiguration: block };
  },
});

const putPublicAccessBlock = defineOperation({
  name: 'PutPublicAccessBlock',
  write: true,
  input: z.strictObject({ ...Bucket, ...Checksums, PublicAccessBlockConfiguration: Block }),
  needs: (input) => bucketNeed('s3:PutBucketPublicAccessBlock', input.Bucket),
  run(input, call) {
    checkOwner(input.ExpectedBucketOwner, call.account);
    const block: PublicAccessBlock = input.PublicAccessBlockConfiguration;
    saveBucket(call, { ...ownBucket(call, input.Bucket), PublicAccessBlock: block });
    return {};
  },
});

/** Needs the same permission as putting one; there is none of its own. */
const deletePublicAccessBlock = defineOperation({
  name: 'DeletePublicAccessBlock',
  write: true,
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:PutBucketPublicAccessBlock', input.Bucket),
  run(input, call) {
    checkOwner(input.ExpectedBucketOwner, call.account);
    const { PublicAccessBlock: _removed, ...kept } = ownBucket(call, input.Bucket);
    saveBucket(call, kept);
    return {};
  },
});

const getBucketPolicy = defineOperation({
  name: 'GetBucketPolicy',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketPolicy', input.Bucket),
  run(input, call) {
    const { Policy } = ownBucket(call, input.Bucket);
    if (Policy === undefined) throw missing('NoSuchBucketPolicy', 'The bucket policy does not exist', input.Bucket);
    return { Policy };
  },
});

const putBucketPolicy = defineOperation({
  name: 'PutBucketPolicy',
  write: true,
  input: z.strictObject({
    ...Bucket,
    ...Checksums,
    Policy: z.string().min(2).max(20_480),
    ConfirmRemoveSelfBucketAccess: z.boolean().optional(),
  }),
  needs: (input) => bucketNeed('s3:PutBucketPolicy', input.Bucket),
  run(input, call) {
    const bucket = { ...ownBucket(call, input.Bucket), Policy: input.Policy };
    if (policyIsPublic(bucket) && bucket.PublicAccessBlock?.BlockPublicPolicy) {
      throw new AwsError(
        'AccessDenied',
        'User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the BlockPublicPolicy block public access setting.',
        { status: 403 },
      );
    }
    saveBucket(call, bucket);
    return {};
  },
});

/** Computed from the policy; a bucket whose public policy is restricted by the block is still "public" by policy until RestrictPublicBuckets is on. */
const getBucketPolicyStatus = defineOperation({
  name: 'GetBucketPolicyStatus',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketPolicyStatus', input.Bucket),
  run(input, call) {
    const isPublic = policyIsPublic(ownBucket(call, input.Bucket));
    if (isPublic === undefined) throw missing('NoSuchBucketPolicy', 'The bucket policy does not exist', input.Bucket);
    return { PolicyStatus: { IsPublic: isPublic } };
  },
});

function granteeShape(grant: Grant): object {
  return { Grantee: grant.Grantee, Permission: grant.Permission };
}

const getBucketAcl = defineOperation({
  name: 'GetBucketAcl',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketAcl', input.Bucket),
  run(input, call) {
    const owner = canonicalId(call.account);
    const { Grants } = ownBucket(call, input.Bucket);
    return {
      Owner: { ID: owner },
      Grants: [
        { Grantee: { Type: 'CanonicalUser', ID: owner }, Permission: 'FULL_CONTROL' },
        ...Grants.map(granteeShape),
      ],
    };
  },
});

const getBucketWebsite = defineOperation({
  name: 'GetBucketWebsite',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketWebsite', input.Bucket),
  run(input, call) {
    const { Website } = ownBucket(call, input.Bucket);
    if (!Website)
      throw missing(
        'NoSuchWebsiteConfiguration',
        'The specified bucket does not have a website configuration',
        input.Bucket,
      );
    return {
      IndexDocument: { Suffix: Website.IndexDocument },
      ...(Website.ErrorDocument === undefined ? {} : { ErrorDocument: { Key: Website.ErrorDocument } }),
    };
  },
});

/** us-east-1 answers with no constraint at all, for historical reasons. */
const getBucketLocation = defineOperation({
  name: 'GetBucketLocation',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketLocation', input.Bucket),
  run(input, call) {
    const { Region } = ownBucket(call, input.Bucket, true);
    return Region === 'us-east-1' ? {} : { LocationConstraint: Region };
  },
});

const getBucketTagging = defineOperation({
  name: 'GetBucketTagging',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketTagging', input.Bucket),
  run(input, call) {
    const { Tags } = ownBucket(call, input.Bucket);
    if (Tags.length === 0) throw missing('NoSuchTagSet', 'The TagSet does not exist', input.Bucket);
    return { TagSet: Tags };
  },
});

const getBucketOwnershipControls = defineOperation({
  name: 'GetBucketOwnershipControls',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:GetBucketOwnershipControls', input.Bucket),
  run(input, call) {
    const { ObjectOwnership } = ownBucket(call, input.Bucket);
    if (!ObjectOwnership)
      throw missing('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', input.Bucket);
    return { OwnershipControls: { Rules: [{ ObjectOwnership }] } };
  },
});

const headBucket = defineOperation({
  name: 'HeadBucket',
  input: z.strictObject(Bucket),
  needs: (input) => bucketNeed('s3:ListBucket', input.Bucket),
  run: (input, call) => ({ BucketRegion: ownBucket(call, input.Bucket).Region }),
});

const listBuckets = defineOperation({
  name: 'ListBuckets',
  input: z.strictObject({
    MaxBuckets: z.number().int().min(1).max(10_000).optional(),
    Prefix: z.string().default(''),
    BucketRegion: z.string().optional(),
  }),
  needs: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
  run(input, call) {
    const all = call.state.table('buckets', call.account).list();
    const mine = all.filter(
      (bucket) =>
        bucket.Name.startsWith(input.Prefix) &&
        (input.BucketRegion === undefined || bucket.Region === input.BucketRegion),
    );
    const buckets = mine.slice(0, input.MaxBuckets ?? mine.length);
    return {
      Buckets: buckets.map(({ Name, CreationDate, Region }) => ({
        Name,
        CreationDate: new Date(CreationDate),
        BucketRegion: Region,
      })),
      Owner: { ID: canonicalId(call.account) },
    };
  },
});

export const bucketOperations = [
  getPublicAccessBlock,
  putPublicAccessBlock,
  deletePublicAccessBlock,
  getBucketPolicy,
  putBucketPolicy,
  getBucketPolicyStatus,
  getBucketAcl,
  getBucketWebsite,
  getBucketLocation,
  getBucketTagging,
  getBucketOwnershipControls,
  headBucket,
  listBuckets,
];
