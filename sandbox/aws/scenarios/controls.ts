import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import type { Organization } from '../organization.ts';
import { groupId, OPEN_BUCKET, OPEN_GROUP } from '../seed/names.ts';
import { bucketResource, groupResource, publishControl } from './control-finding.ts';
import { AccountId, defineScenario } from './scenario.ts';

const BucketTarget = z.strictObject({
  account: AccountId.default(OPEN_BUCKET.account),
  bucket: z.string().default(OPEN_BUCKET.name),
  key: z.string().optional(),
});

function regionOfBucket(organization: Organization, account: string, name: string): string {
  const bucket = organization.state.table('buckets', account).get(name);
  if (!bucket) throw new Error(`there is no bucket ${name} in ${account}`);
  return bucket.Region;
}

/** The bucket is open; the same check is reported by the control itself and by a standard that spells it in the older way. */
export const publicBucket = defineScenario({
  name: 'public-bucket',
  summary:
    'Security Hub S3.8 FAILED, in both spellings, for a bucket of prod-web with a public policy and no public access block',
  overrides: BucketTarget,
  run(organization, { account, bucket, key }) {
    const region = regionOfBucket(organization, account, bucket);
    const check = {
      account,
      region,
      controlId: 'S3.8',
      title: 'S3 general purpose buckets should block public access',
      severity: 'HIGH',
      status: 'FAILED',
      resource: bucketResource(bucket, region),
    } as const;
    const findings = [
      publishControl(organization, { ...check, key, spelling: 'consolidated' }),
      publishControl(organization, { ...check, key, spelling: 'fsbp' }),
    ];
    return { findings: findings.map(({ Id }) => Id), resource: bucket, account, region };
  },
});

/** What follows from the same opening: reading and writing by everybody, as a standard reports it. */
export const publicBucketStandards = defineScenario({
  name: 'public-bucket-standards',
  summary: 'Security Hub S3.2 and S3.3 FAILED for the same bucket, spelled with a standard in the generator id',
  overrides: BucketTarget,
  run(organization, { account, bucket, key }) {
    const region = regionOfBucket(organization, account, bucket);
    const check = {
      account,
      region,
      severity: 'CRITICAL',
      status: 'FAILED',
      spelling: 'fsbp',
      key,
      resource: bucketResource(bucket, region),
    } as const;
    const findings = [
      publishControl(organization, {
        ...check,
        controlId: 'S3.2',
        title: 'S3 general purpose buckets should block public read access',
      }),
      publishControl(organization, {
        ...check,
        controlId: 'S3.3',
        title: 'S3 general purpose buckets should block public write access',
      }),
    ];
    return { findings: findings.map(({ Id }) => Id), resource: bucket, account, region };
  },
});

/** A group lets everyone reach remote administration. */
export const openSecurityGroup = defineScenario({
  name: 'open-security-group',
  summary: 'Security Hub EC2.19 FAILED for a group of staging-web that opens ports 22 and 3389 to everyone',
  overrides: z.strictObject({
    account: AccountId.default(OPEN_GROUP.account),
    groupId: z.string().default(groupId(OPEN_GROUP.account, `${HOME_REGION}/${OPEN_GROUP.vpc}`, OPEN_GROUP.name)),
    region: z.string().default(HOME_REGION),
    key: z.string().optional(),
  }),
  run(organization, { account, groupId: id, region, key }) {
    const group = organization.state.table('security-groups', account, region).get(id);
    if (!group) throw new Error(`there is no security group ${id} in ${account} ${region}`);
    const finding = publishControl(organization, {
      account,
      region,
      key,
      controlId: 'EC2.19',
      title: 'Security groups should not allow unrestricted access to ports with high risk',
      severity: 'CRITICAL',
      status: 'FAILED',
      spelling: 'consolidated',
      resource: groupResource(account, region, id, group.VpcId),
    });
    return { findings: [finding.Id], resource: id, account, region };
  },
});

/** A control that is met: nothing to do. */
export const passedControl = defineScenario({
  name: 'passed-control',
  summary: 'Security Hub S3.8 PASSED for a closed bucket of prod-web',
  overrides: z.strictObject({
    account: AccountId.default(OPEN_BUCKET.account),
    bucket: z.string().default('acme-prod-web-logs'),
    key: z.string().optional(),
  }),
  run(organization, { account, bucket, key }) {
    const region = regionOfBucket(organization, account, bucket);
    const finding = publishControl(organization, {
      account,
      region,
      key,
      controlId: 'S3.8',
      title: 'S3 general purpose buckets should block public access',
      severity: 'HIGH',
      status: 'PASSED',
      spelling: 'consolidated',
      resource: bucketResource(bucket, region),
    });
    return { findings: [finding.Id], resource: bucket, account, region };
  },
});
