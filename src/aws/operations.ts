import type { ServiceId } from '../domain/plan.ts';

/**
 * Every operation that Cordon may send, whatever a plan says: a reader sends only reads, a writer only writes.
 * A new action adds its operations here; tests compare this list with what the registered actions declare and send.
 */
export const OPERATIONS: Readonly<
  Record<ServiceId, { readonly reads: readonly string[]; readonly writes: readonly string[] }>
> = {
  iam: {
    reads: [
      'GetAccessKeyLastUsed',
      'GetRole',
      'GetRolePolicy',
      'GetUser',
      'GetUserPolicy',
      'ListAccessKeys',
      'ListRolePolicies',
      'ListUserPolicies',
    ],
    writes: ['DeleteRolePolicy', 'DeleteUserPolicy', 'PutRolePolicy', 'PutUserPolicy', 'UpdateAccessKey'],
  },
  s3: {
    reads: [
      'GetBucketAcl',
      'GetBucketLocation',
      'GetBucketPolicy',
      'GetBucketPolicyStatus',
      'GetBucketTagging',
      'GetBucketWebsite',
      'GetPublicAccessBlock',
    ],
    writes: ['DeletePublicAccessBlock', 'PutPublicAccessBlock'],
  },
  ec2: {
    reads: [
      'DescribeInstances',
      'DescribeNetworkInterfaces',
      'DescribeSecurityGroupRules',
      'DescribeSecurityGroups',
      'DescribeSnapshotAttribute',
      'DescribeSnapshots',
      'DescribeVolumes',
      'DescribeVpcs',
    ],
    writes: [
      'AuthorizeSecurityGroupEgress',
      'AuthorizeSecurityGroupIngress',
      'CreateSecurityGroup',
      'CreateSnapshots',
      'CreateTags',
      'DeleteSecurityGroup',
      'DeleteTags',
      'ModifyInstanceMetadataOptions',
      'ModifyNetworkInterfaceAttribute',
      'ModifySnapshotAttribute',
      'RevokeSecurityGroupEgress',
      'RevokeSecurityGroupIngress',
    ],
  },
};
