import { accountOf, parseArn } from './arn.ts';
import { type IdentifierKind, identifier } from './entities.ts';

/** Ids that tell by themselves what they are of. */
const BY_ID: readonly (readonly [kind: IdentifierKind, type: string])[] = [
  ['accessKey', 'AwsIamAccessKey'],
  ['instance', 'AwsEc2Instance'],
  ['volume', 'AwsEc2Volume'],
  ['snapshot', 'AwsEc2Snapshot'],
  ['securityGroup', 'AwsEc2SecurityGroup'],
  ['vpc', 'AwsEc2Vpc'],
  ['subnet', 'AwsEc2Subnet'],
];

/** `service:first word of the resource` of an ARN; a bucket's has no such word. */
const BY_ARN: Readonly<Record<string, string>> = {
  'cloudtrail:trail': 'AwsCloudTrailTrail',
  'ec2:instance': 'AwsEc2Instance',
  'ec2:security-group': 'AwsEc2SecurityGroup',
  'ec2:snapshot': 'AwsEc2Snapshot',
  'ec2:volume': 'AwsEc2Volume',
  'ecs:cluster': 'AwsEcsCluster',
  'eks:cluster': 'AwsEksCluster',
  'iam:role': 'AwsIamRole',
  'iam:user': 'AwsIamUser',
  'lambda:function': 'AwsLambdaFunction',
  'rds:cluster': 'AwsRdsDbCluster',
  'rds:cluster-snapshot': 'AwsRdsDbClusterSnapshot',
  'rds:db': 'AwsRdsDbInstance',
  'rds:snapshot': 'AwsRdsDbSnapshot',
};

/** ASFF's type of a resource of which only the id is known; `Other` when the id does not tell. */
export function resourceTypeOf(id: string): string {
  const arn = parseArn(id);
  if (arn === undefined) {
    const found = BY_ID.find(([kind]) => identifier(kind, id) !== undefined);
    return found?.[1] ?? (accountOf(id) === undefined ? 'Other' : 'AwsAccount');
  }
  if (arn.service === 's3') return arn.resource.includes('/') ? 'AwsS3Object' : 'AwsS3Bucket';
  const word = `${arn.service}:${arn.resource.split(/[/:]/)[0]}`;
  return (Object.hasOwn(BY_ARN, word) ? BY_ARN[word] : undefined) ?? 'Other';
}
