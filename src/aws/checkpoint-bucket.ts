import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { Checkpoint } from '../domain/checkpoint.ts';
import type { Settings } from '../domain/settings.ts';
import type { CheckpointPlace } from '../ports.ts';
import { openSts } from './assume-role.ts';
import { clientConfig } from './client.ts';
import type { Credentials } from './credentials.ts';
import { toAwsCallError } from './errors.ts';
import { checkEndpoint, openHttp } from './http.ts';
import { SessionCache } from './session-cache.ts';

const SESSION_NAME = 'cordon-audit';
const DAY_MS = 86_400_000;
const NAME_DIGITS = 12;

export interface CheckpointBucketOptions {
  readonly hubRegion: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: Credentials | undefined;
  readonly http?: NodeHttpHandler | undefined;
}

type BucketSettings = NonNullable<Settings['audit']['checkpoints']['bucket']>;

/**
 * Checkpoints as objects under Object Lock in compliance mode, which nobody can shorten or remove before their day: not Cordon, not an administrator of the
 * account. Written through a role of its own that can do nothing but that.
 */
export function openCheckpointBuckets(options: CheckpointBucketOptions): {
  place(settings: Settings, bucket: BucketSettings): CheckpointPlace;
  close(): void;
} {
  checkEndpoint(options.endpoint);
  const http = options.http ?? openHttp();
  const { endpoint } = options;
  const sts = openSts({ region: options.hubRegion, http, endpoint, credentials: options.credentials });
  const cache = new SessionCache<Awaited<ReturnType<typeof sts.assume>>>({ limit: 2, now: Date.now });
  const clientFor = async (settings: Settings, bucket: BucketSettings): Promise<S3Client> => {
    const { partition, securityAccount, auditRole } = settings.aws;
    const RoleArn = `arn:${partition}:iam::${securityAccount}:role/${auditRole}`;
    const { credentials } = await cache.get(RoleArn, () =>
      sts.assume({ RoleArn, RoleSessionName: SESSION_NAME, SourceIdentity: SESSION_NAME, DurationSeconds: 3600 }),
    );
    const region = bucket.region ?? settings.aws.homeRegion;
    return new S3Client({
      ...clientConfig({ region, credentials, http, kind: 'reads', endpoint }),
      forcePathStyle: endpoint !== undefined,
    });
  };
  return {
    place: (settings, bucket) => placeIn(bucket, () => clientFor(settings, bucket)),
    close: () => {
      if (options.http === undefined) http.destroy();
    },
  };
}

function placeIn(bucket: BucketSettings, client: () => Promise<S3Client>): CheckpointPlace {
  return {
    name: 'bucket',
    async put(checkpoint) {
      const body = JSON.stringify(checkpoint);
      const put = new PutObjectCommand({
        Bucket: bucket.name,
        Key: `${bucket.prefix}${numbered(checkpoint.seq)}-${checkpoint.hash.slice(0, 16)}.json`,
        Body: body,
        ContentType: 'application/json',
        ObjectLockMode: 'COMPLIANCE',
        ObjectLockRetainUntilDate: new Date(Date.parse(checkpoint.at) + bucket.retainDays * DAY_MS),
        ChecksumAlgorithm: 'SHA256',
      });
      await calling('PutObject', async () => (await client()).send(put));
    },
    list: () => listed(),
    // Names begin with the row's number, and ListObjectsV2 goes by name.
    since: (seq) => listed(`${bucket.prefix}${numbered(seq)}`),
  };

  async function listed(StartAfter?: string): Promise<readonly Checkpoint[]> {
    const found: Checkpoint[] = [];
    let next: string | undefined;
    do {
      const page = await calling('ListObjectsV2', async () =>
        (await client()).send(
          new ListObjectsV2Command({ Bucket: bucket.name, Prefix: bucket.prefix, ContinuationToken: next, StartAfter }),
        ),
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) found.push(await read(Key));
      next = page.NextContinuationToken;
    } while (next !== undefined);
    return found;
  }

  async function read(Key: string): Promise<Checkpoint> {
    const answer = await calling('GetObject', async () =>
      (await client()).send(new GetObjectCommand({ Bucket: bucket.name, Key })),
    );
    return Checkpoint.parse(JSON.parse((await answer.Body?.transformToString()) ?? ''));
  }
}

function numbered(seq: number): string {
  return String(seq).padStart(NAME_DIGITS, '0');
}

async function calling<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toAwsCallError(error, { service: 's3', operation });
  }
}
