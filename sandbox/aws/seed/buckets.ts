import { AUDIT_BUCKET, SECURITY_ACCOUNT } from '../../world.ts';
import type { Bucket, Grant, PublicAccessBlock } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import { OPEN_BUCKET, OPEN_BUCKETS } from './names.ts';

const BLOCKED: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const EVERYBODY_READS: Grant = {
  Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
  Permission: 'READ',
};

function publicReadPolicy(name: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'PublicRead',
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${name}/*`,
      },
    ],
  });
}

function seedBucket(state: State, account: string, bucket: Partial<Bucket> & { readonly Name: string }): void {
  state.table('buckets', account).put(bucket.Name, {
    Region: 'eu-west-1',
    CreationDate: '2025-09-01T10:00:00.000Z',
    Grants: [],
    ObjectOwnership: 'BucketOwnerEnforced',
    Tags: [],
    Objects: {},
    ...bucket,
  });
}

/** Buckets of every account: open, closed, half closed, open by ACL, one in the other Region. */
export function seedBuckets(state: State): void {
  const { account, name } = OPEN_BUCKET;
  seedBucket(state, account, {
    Name: name,
    Policy: publicReadPolicy(name),
    Website: { IndexDocument: 'index.html', ErrorDocument: '404.html' },
    Tags: [{ Key: 'team', Value: 'web' }],
  });
  for (const Name of OPEN_BUCKETS) seedBucket(state, account, { Name, Policy: publicReadPolicy(Name) });
  seedBucket(state, account, { Name: 'acme-prod-web-logs', PublicAccessBlock: BLOCKED });
  seedBucket(state, account, {
    Name: 'acme-prod-web-assets-us',
    Region: 'us-east-1',
    Policy: publicReadPolicy('acme-prod-web-assets-us'),
  });
  seedBucket(state, SECURITY_ACCOUNT, { Name: AUDIT_BUCKET, PublicAccessBlock: BLOCKED, ObjectLock: true });
  seedBucket(state, '333333333331', { Name: 'acme-prod-payments-artifacts', PublicAccessBlock: BLOCKED });
  seedBucket(state, '333333333333', {
    Name: 'acme-prod-data-lake',
    PublicAccessBlock: { ...BLOCKED, RestrictPublicBuckets: false },
    Policy: publicReadPolicy('acme-prod-data-lake'),
  });
  seedBucket(state, '444444444442', {
    Name: 'acme-staging-web-uploads',
    Grants: [EVERYBODY_READS],
    ObjectOwnership: 'ObjectWriter',
  });
  seedBucket(state, '555555555551', {
    Name: 'acme-playground-scratch',
    Policy: publicReadPolicy('acme-playground-scratch'),
  });
}
