import { z } from 'zod';
import { sha256 } from '../../domain/json.ts';
import type { AwsCall, PlanDraft, PlanStep, Probe, Refusal, Statement } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { readAs, readAsOptional } from '../answer.ts';
import { refuse } from '../refusal.ts';
import { isProtected, PROTECT_TAG, StatedTags } from '../tags.ts';

/** General-purpose bucket names, https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const Params = z.strictObject({ bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/) });

const FLAGS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const Flags = z.object({
  BlockPublicAcls: z.boolean().default(false),
  IgnorePublicAcls: z.boolean().default(false),
  BlockPublicPolicy: z.boolean().default(false),
  RestrictPublicBuckets: z.boolean().default(false),
});
type Flags = z.infer<typeof Flags>;
const ALL_ON: Flags = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

const Location = z.object({ LocationConstraint: z.string().optional() });
const BlockAnswer = z.object({ PublicAccessBlockConfiguration: Flags });
const PolicyAnswer = z.object({ Policy: z.string() });
const PolicyStatusAnswer = z.object({ PolicyStatus: z.object({ IsPublic: z.boolean().default(false) }) });
const AclAnswer = z.object({
  Grants: z.array(z.object({ Permission: z.string(), Grantee: z.object({ URI: z.string().optional() }) })).default([]),
});
const TagsAnswer = z.object({ TagSet: StatedTags });
const Before = z.object({ bucket: z.string(), publicAccessBlock: Flags.nullable() });

const NO_BLOCK = ['NoSuchPublicAccessBlockConfiguration'];
/** ACL groups that mean "everybody" and "everybody with any AWS account". */
const PUBLIC_GROUP = /^http:\/\/acs\.amazonaws\.com\/groups\/global\/(AllUsers|AuthenticatedUsers)$/;

interface Bucket {
  readonly name: string;
  readonly block: Flags | null;
  readonly policySha256: string | null;
  readonly policyIsPublic: boolean;
  /** Such as `READ:AllUsers`, sorted. */
  readonly publicGrants: readonly string[];
  readonly website: boolean;
}

export default defineAction({
  id: 's3.block-public-access',
  version: 1,
  title: 'Block public access to the bucket',
  risk: 'reversible',
  undoReexposes: true,
  services: ['s3'],
  docs:
    "Turns on all four flags of the bucket's public access block. Policy and ACL stay as they are; S3 stops honouring the public parts of them. " +
    'Undone by the exact former configuration, or by deleting the block when there was none.',
  reads: [
    {
      actions: [
        's3:GetBucketAcl',
        's3:GetBucketLocation',
        's3:GetBucketPolicy',
        's3:GetBucketPolicyStatus',
        's3:GetBucketPublicAccessBlock',
        's3:GetBucketTagging',
        's3:GetBucketWebsite',
      ],
      resources: ['arn:{partition}:s3:::*'],
      why: 'The block as it is, and what serves the public through policy, ACL or website now; no object is read',
    },
  ],
  writes: [
    {
      actions: ['s3:PutBucketPublicAccessBlock'],
      resources: ['arn:{partition}:s3:::*'],
      why: 'Sets the block, and sets or deletes it when the change is undone (deleting needs the same permission)',
    },
  ],
  params: Params,

  async plan(context, { bucket: name }) {
    const bucket = await readBucket(context, name);
    if ('refused' in bucket) return bucket;
    if (bucket.block !== null && FLAGS.every((flag) => bucket.block?.[flag])) {
      return refuse(
        'nothing-to-do',
        'All four flags are on already.',
        'Look for another way in: access points, or the account of the reader.',
      );
    }
    return blocking(context, bucket);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const bucket = await readBucket(context, before.bucket);
    if ('refused' in bucket) return bucket;
    if (bucket.block === null || !FLAGS.every((flag) => bucket.block?.[flag])) {
      return refuse(
        'drifted',
        'The block is not what the run left: not all four flags are on.',
        'Somebody has changed it since; decide by hand.',
      );
    }
    return restoring(context, bucket, before.publicAccessBlock);
  },
});

async function readBucket(context: PlanContext, name: string): Promise<Bucket | Refusal> {
  const get = <T>(operation: string, schema: z.ZodType<T>, absentOn: readonly string[]) =>
    readAsOptional(context, s3(context, operation, name), schema, absentOn);

  const location = await get('GetBucketLocation', Location, ['NoSuchBucket', 'PermanentRedirect']);
  if (location === undefined) {
    return refuse(
      'not-found',
      'There is no such bucket in this account and Region.',
      'It may have been deleted, or the finding names another Region.',
    );
  }
  const region = regionOf(location.LocationConstraint);
  if (region !== context.region) {
    return refuse(
      'mismatch',
      `The bucket is in ${region}, not in ${context.region}.`,
      'Check the Region of the finding.',
    );
  }
  const tags = await get('GetBucketTagging', TagsAnswer, ['NoSuchTagSet']);
  if (tags !== undefined && isProtected(tags.TagSet)) {
    return refuse(
      'protected',
      `The bucket carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  const block = await get('GetPublicAccessBlock', BlockAnswer, NO_BLOCK);
  const policy = await get('GetBucketPolicy', PolicyAnswer, ['NoSuchBucketPolicy']);
  const status = await get('GetBucketPolicyStatus', PolicyStatusAnswer, ['NoSuchBucketPolicy']);
  const acl = await readAs(context, s3(context, 'GetBucketAcl', name), AclAnswer);
  const website = await get('GetBucketWebsite', z.object({}), ['NoSuchWebsiteConfiguration']);
  return {
    name,
    block: block?.PublicAccessBlockConfiguration ?? null,
    policySha256: policy === undefined ? null : sha256(policy.Policy),
    policyIsPublic: status?.PolicyStatus.IsPublic ?? false,
    publicGrants: publicGrants(acl),
    website: website !== undefined,
  };
}

/** S3 leaves the constraint out for us-east-1 and says EU for old buckets in Ireland. */
function regionOf(constraint: string | undefined): string {
  if (constraint === undefined || constraint === '') return 'us-east-1';
  return constraint === 'EU' ? 'eu-west-1' : constraint;
}

function publicGrants(acl: z.infer<typeof AclAnswer>): readonly string[] {
  const grants = acl.Grants.flatMap(({ Permission, Grantee }) => {
    const group = Grantee.URI === undefined ? null : PUBLIC_GROUP.exec(Grantee.URI);
    return group === null ? [] : [`${Permission}:${group[1]}`];
  });
  return [...new Set(grants)].sort();
}

function blocking(context: PlanContext, bucket: Bucket): PlanDraft {
  return {
    summary: `Block public access to bucket ${bucket.name}: all four flags on`,
    target: targetOf(context, bucket.name),
    changes: FLAGS.map((flag) => ({
      path: `${bucket.name} ${flag}`,
      before: bucket.block?.[flag] ?? null,
      after: true,
    })),
    blastRadius: blastRadius(bucket),
    before: stateOf(bucket),
    steps: [
      {
        id: 'block-public-access',
        title: 'Turn on all four flags of the public access block',
        call: s3(context, 'PutPublicAccessBlock', bucket.name, { PublicAccessBlockConfiguration: ALL_ON }),
        iam: writeStatements(context, bucket.name),
        precondition: [blockProbe(context, bucket.name, bucket.block)],
        applied: blockProbe(context, bucket.name, ALL_ON),
      },
    ],
    verify: [blockProbe(context, bucket.name, ALL_ON)],
    rollback: {
      available: true,
      summary:
        bucket.block === null
          ? 'Deletes the block, since there was none; what was public is public again (two people).'
          : 'Puts the four flags back as they were; what was public is public again (two people).',
    },
  };
}

function restoring(context: PlanContext, bucket: Bucket, former: Flags | null): PlanDraft {
  return {
    summary:
      former === null
        ? `Delete the public access block of ${bucket.name}`
        : `Put the former public access block of ${bucket.name} back`,
    target: targetOf(context, bucket.name),
    changes: FLAGS.map((flag) => ({ path: `${bucket.name} ${flag}`, before: true, after: former?.[flag] ?? null })),
    blastRadius: exposedBy(bucket).map((way) => `${way} serves the public again.`),
    before: stateOf(bucket),
    steps: [restoreStep(context, bucket.name, former)],
    verify: [blockProbe(context, bucket.name, former)],
    rollback: { available: false, why: 'Ask for public access to be blocked again instead.' },
  };
}

function restoreStep(context: PlanContext, name: string, former: Flags | null): PlanStep {
  const shared = {
    iam: writeStatements(context, name),
    precondition: [blockProbe(context, name, ALL_ON)],
    applied: blockProbe(context, name, former),
  };
  if (former === null) {
    const call = s3(context, 'DeletePublicAccessBlock', name);
    return { id: 'delete-public-access-block', title: 'Delete the public access block', call, ...shared };
  }
  const call = s3(context, 'PutPublicAccessBlock', name, { PublicAccessBlockConfiguration: former });
  return { id: 'restore-public-access-block', title: 'Put the former flags back', call, ...shared };
}

function blastRadius(bucket: Bucket): readonly string[] {
  const ways = exposedBy(bucket);
  const website = bucket.website ? ['A website is configured: anonymous readers of it get 403 from now on.'] : [];
  if (ways.length === 0)
    return ['Neither policy nor ACL serves the public now; readers inside AWS keep their access.', ...website];
  return [
    ...ways.map((way) => `${way} serves the public now; anonymous readers get 403 from now on.`),
    ...website,
    'A policy that is public also loses its cross-account readers: only AWS services and this account keep access through it.',
  ];
}

function exposedBy(bucket: Bucket): readonly string[] {
  return [
    ...(bucket.policyIsPublic ? ['The bucket policy'] : []),
    ...bucket.publicGrants.map((grant) => `The ACL grant ${grant}`),
  ];
}

function stateOf(bucket: Bucket): PlanDraft['before'] {
  const { name, block, policySha256, policyIsPublic, publicGrants: grants, website } = bucket;
  return { bucket: name, publicAccessBlock: block, policySha256, policyIsPublic, publicGrants: grants, website };
}

function targetOf(context: PlanContext, name: string): PlanDraft['target'] {
  return { type: 'AwsS3Bucket', id: name, arn: bucketArn(context, name) };
}

function bucketArn(context: PlanContext, name: string): string {
  return `arn:${context.partition}:s3:::${name}`;
}

function writeStatements(context: PlanContext, name: string): readonly Statement[] {
  return [{ actions: ['s3:PutBucketPublicAccessBlock'], resources: [bucketArn(context, name)] }];
}

function blockProbe(context: PlanContext, name: string, flags: Flags | null): Probe {
  return {
    title:
      flags === null
        ? 'There is no public access block'
        : `The public access block is ${FLAGS.map((flag) => (flags[flag] ? 'on' : 'off')).join(', ')}`,
    read: s3(context, 'GetPublicAccessBlock', name),
    query: `PublicAccessBlockConfiguration.{${FLAGS.map((flag) => `${flag}: ${flag} || \`false\``).join(', ')}}`,
    expect: flags,
    absentOn: NO_BLOCK,
  };
}

/** ExpectedBucketOwner: bucket names are global, and a call must never land on another account's bucket. */
function s3(context: PlanContext, operation: string, bucket: string, more: AwsCall['input'] = {}): AwsCall {
  return { service: 's3', operation, input: { Bucket: bucket, ExpectedBucketOwner: context.accountId, ...more } };
}
