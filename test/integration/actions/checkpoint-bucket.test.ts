import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { AUDIT_BUCKET, HOME_REGION, HUB_CREDENTIALS, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { openCheckpointBuckets } from '../../../src/aws/checkpoint-bucket.ts';
import { checkpointSigner } from '../../../src/domain/checkpoint.ts';
import { inSandbox, SETTINGS } from '../../support/contract/sandbox.ts';

const signer = checkpointSigner('a secret of the tests, long enough to be one');
const AT = '2026-11-20T10:00:00.000Z';
const bucket = { name: AUDIT_BUCKET, prefix: 'cordon/checkpoints/', retainDays: 400 };

it('keeps checkpoints as locked objects through a role of its own, and reads them back', () =>
  inSandbox(async (sandbox) => {
    const settings = await SETTINGS.current();
    const buckets = openCheckpointBuckets({
      hubRegion: HOME_REGION,
      endpoint: sandbox.endpoint,
      credentials: HUB_CREDENTIALS,
    });
    try {
      const place = buckets.place(settings, bucket);
      const made = [3, 12].map((seq) => signer.sign({ seq, hash: 'a'.repeat(64) }, AT));
      for (const checkpoint of made) await place.put(checkpoint);
      const [first] = made;
      if (first) await place.put(first);
      expect(await place.list()).toEqual(made);
      const kept = await sandbox.control('GET', `state/${SECURITY_ACCOUNT}/global/buckets/${AUDIT_BUCKET}`);
      expect(JSON.stringify(kept)).toContain('"RetainUntil":"2027-12-25T10:00:00.000Z"');
      const calls = (await sandbox.log()).filter((entry) => entry.service === 's3');
      expect(new Set(calls.map((entry) => entry.sessionName))).toEqual(new Set(['cordon-audit']));
    } finally {
      buckets.close();
    }
  }));

it('fails with a next step when the bucket knows no lock', () =>
  inSandbox(async (sandbox) => {
    const settings = await SETTINGS.current();
    const place = { account: SECURITY_ACCOUNT, region: 'global' };
    await sandbox.patch(place, 'buckets', AUDIT_BUCKET, { ObjectLock: false });
    const buckets = openCheckpointBuckets({
      hubRegion: HOME_REGION,
      endpoint: sandbox.endpoint,
      credentials: HUB_CREDENTIALS,
    });
    try {
      const put = buckets.place(settings, bucket).put(signer.sign({ seq: 1, hash: 'b'.repeat(64) }, AT));
      await expect(put).rejects.toMatchObject({
        awsCode: 'InvalidRequest',
        message: expect.stringContaining('Object Lock'),
      });
    } finally {
      buckets.close();
    }
  }));

it('has no other right than that: the hub role itself reaches no bucket', () =>
  inSandbox(async (sandbox) => {
    const client = new S3Client({
      endpoint: sandbox.endpoint,
      region: HOME_REGION,
      credentials: HUB_CREDENTIALS,
      forcePathStyle: true,
    });
    const target = { Bucket: AUDIT_BUCKET, Key: 'x' };
    await expect(client.send(new PutObjectCommand({ ...target, Body: 'x' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(client.send(new DeleteObjectCommand(target))).rejects.toThrow();
  }));
