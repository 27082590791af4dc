import { createHash } from 'node:crypto';
import { z } from 'zod';
import { bucketArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { Bucket, StoredObject } from '../state/kinds.ts';
import { bucketNeed, ownBucket, saveBucket } from './buckets.ts';

const Target = {
  Bucket: z.string().min(3).max(63),
  Key: z.string().min(1).max(1024),
  ExpectedBucketOwner: z.string().optional(),
};
const Bytes = z.instanceof(Uint8Array);
/** What clients send to check their own upload; the transfer here is loopback and the sums are not looked at. */
const Checksums = {
  ChecksumAlgorithm: z.string().optional(),
  ChecksumCRC32: z.string().optional(),
  ChecksumCRC32C: z.string().optional(),
  ChecksumCRC64NVME: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
  ContentMD5: z.string().optional(),
  ContentLength: z.number().optional(),
  ContentEncoding: z.string().optional(),
};

const putObject = defineOperation({
  name: 'PutObject',
  write: true,
  input: z.strictObject({
    ...Target,
    ...Checksums,
    Body: Bytes.default(new Uint8Array()),
    ContentType: z.string().default('binary/octet-stream'),
    ObjectLockMode: z.enum(['GOVERNANCE', 'COMPLIANCE']).optional(),
    ObjectLockRetainUntilDate: z.date().optional(),
  }),
  needs(input) {
    const resource = `${bucketArn(input.Bucket)}/${input.Key}`;
    const lock = input.ObjectLockMode === undefined ? [] : [{ action: 's3:PutObjectRetention', resource }];
    return [{ action: 's3:PutObject', resource }, ...lock];
  },
  run(input, call) {
    const bucket = ownBucket(call, input.Bucket);
    checkLock(bucket, input);
    const object: StoredObject = {
      Body: Buffer.from(input.Body).toString('base64'),
      ContentType: input.ContentType,
      ETag: `"${createHash('md5').update(input.Body).digest('hex')}"`,
      LastModified: new Date(call.clock.now()).toISOString(),
      ...(input.ObjectLockRetainUntilDate && { RetainUntil: input.ObjectLockRetainUntilDate.toISOString() }),
    };
    saveBucket(call, { ...bucket, Objects: { ...bucket.Objects, [input.Key]: object } });
    return { ETag: object.ETag };
  },
});

/** A lock takes a bucket that was made for it, and both of its headers. */
function checkLock(
  bucket: Bucket,
  lock: { ObjectLockMode?: string | undefined; ObjectLockRetainUntilDate?: Date | undefined },
): void {
  if (lock.ObjectLockMode === undefined && lock.ObjectLockRetainUntilDate === undefined) return;
  if (bucket.ObjectLock !== true) throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  if (lock.ObjectLockMode === undefined || lock.ObjectLockRetainUntilDate === undefined)
    throw new AwsError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
}

function objectOf(call: Call, bucket: string, key: string): StoredObject {
  const { Objects } = ownBucket(call, bucket);
  const object = Object.hasOwn(Objects, key) ? Objects[key] : undefined;
  if (!object)
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404, detail: { Key: key } });
  return object;
}

function objectHeaders(object: StoredObject): object {
  return {
    ContentLength: Buffer.from(object.Body, 'base64').length,
    ContentType: object.ContentType,
    ETag: object.ETag,
    LastModified: new Date(object.LastModified),
  };
}

const ObjectInput = z.strictObject({ ...Target, ChecksumMode: z.string().optional() });

const getObject = defineOperation({
  name: 'GetObject',
  input: ObjectInput,
  needs: (input) => [{ action: 's3:GetObject', resource: `${bucketArn(input.Bucket)}/${input.Key}` }],
  run(input, call) {
    const object = objectOf(call, input.Bucket, input.Key);
    return { Body: new Uint8Array(Buffer.from(object.Body, 'base64')), ...objectHeaders(object) };
  },
});

const headObject = defineOperation({
  name: 'HeadObject',
  input: ObjectInput,
  needs: (input) => [{ action: 's3:GetObject', resource: `${bucketArn(input.Bucket)}/${input.Key}` }],
  run: (input, call) => objectHeaders(objectOf(call, input.Bucket, input.Key)),
});

const listObjects = defineOperation({
  name: 'ListObjectsV2',
  input: z.strictObject({
    Bucket: z.string().min(3).max(63),
    ExpectedBucketOwner: z.string().optional(),
    Prefix: z.string().default(''),
    Delimiter: z.string().min(1).optional(),
    MaxKeys: z.number().int().min(0).max(1000).default(1000),
    ContinuationToken: z.string().optional(),
    StartAfter: z.string().optional(),
    EncodingType: z.literal('url').optional(),
  }),
  needs: (input) =>
    bucketNeed('s3:ListBucket', input.Bucket).map((need) => ({ ...need, keys: { 's3:prefix': input.Prefix } })),
  run(input, call) {
    const { Objects } = ownBucket(call, input.Bucket);
    const keys = Object.keys(Objects)
      .filter((key) => key.startsWith(input.Prefix) && (input.StartAfter === undefined || key > input.StartAfter))
      .sort();
    const entries = [...new Set(keys.map((key) => foldedKey(key, input.Prefix, input.Delimiter)))];
    const { items, next } = pageOf(entries, input.MaxKeys, input.ContinuationToken, 'InvalidArgument');
    const written = (key: string): string => (input.EncodingType === 'url' ? encodeURIComponent(key) : key);
    const folders = items.filter((entry) => !Object.hasOwn(Objects, entry));
    return {
      Name: input.Bucket,
      Prefix: written(input.Prefix),
      MaxKeys: input.MaxKeys,
      KeyCount: items.length,
      IsTruncated: next !== undefined,
      ...(next === undefined ? {} : { NextContinuationToken: next }),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      ...(input.Delimiter === undefined ? {} : { Delimiter: written(input.Delimiter) }),
      CommonPrefixes: folders.map((Prefix) => ({ Prefix: written(Prefix) })),
      Contents: items.flatMap((key) => listed(written(key), Objects[key])),
    };
  },
});

/** With a delimiter, everything below it is listed as one common prefix. */
function foldedKey(key: string, prefix: string, delimiter: string | undefined): string {
  const at = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 || delimiter === undefined ? key : key.slice(0, at + delimiter.length);
}

function listed(key: string, object: StoredObject | undefined): object[] {
  if (!object) return [];
  return [
    {
      Key: key,
      ETag: object.ETag,
      Size: Buffer.from(object.Body, 'base64').length,
      LastModified: new Date(object.LastModified),
      StorageClass: 'STANDARD',
    },
  ];
}

export const objectOperations = [putObject, getObject, headObject, listObjects];
