import type { PolicyDocument } from '../iam/policy.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Named policies of a user or role, as JSON text: what GetUserPolicy and GetRolePolicy give back. */
export type InlinePolicies = Readonly<Record<string, string>>;

export interface AttachedPolicy {
  readonly PolicyName: string;
  readonly PolicyArn: string;
}

export interface User {
  readonly UserName: string;
  readonly UserId: string;
  readonly Path: string;
  readonly CreateDate: string;
  readonly Tags: readonly Tag[];
  readonly InlinePolicies: InlinePolicies;
  readonly AttachedPolicies: readonly AttachedPolicy[];
}

export interface AccessKey {
  readonly AccessKeyId: string;
  readonly UserName: string;
  readonly Status: 'Active' | 'Inactive';
  readonly CreateDate: string;
  readonly LastUsed?: { readonly Date: string; readonly ServiceName: string; readonly Region: string };
}

export interface Role {
  readonly RoleName: string;
  readonly RoleId: string;
  readonly Path: string;
  readonly CreateDate: string;
  readonly MaxSessionDuration: number;
  readonly Trust: PolicyDocument;
  readonly InlinePolicies: InlinePolicies;
  readonly AttachedPolicies: readonly AttachedPolicy[];
  readonly PermissionsBoundary?: string;
  readonly Tags: readonly Tag[];
}

/** A customer managed policy, by its ARN. */
export interface ManagedPolicy {
  readonly Arn: string;
  readonly Document: string;
}

export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

export interface Grant {
  readonly Grantee: { readonly Type: 'CanonicalUser' | 'Group'; readonly ID?: string; readonly URI?: string };
  readonly Permission: 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';
}

/** An object of a bucket; the body is base64 so that the record stays plain data. */
export interface StoredObject {
  readonly Body: string;
  readonly ContentType: string;
  readonly ETag: string;
  readonly LastModified: string;
  /** Under Object Lock until then. */
  readonly RetainUntil?: string;
}

export interface Bucket {
  readonly Name: string;
  readonly Region: string;
  readonly CreationDate: string;
  readonly PublicAccessBlock?: PublicAccessBlock;
  /** JSON text. */
  readonly Policy?: string;
  readonly Grants: readonly Grant[];
  readonly Website?: { readonly IndexDocument: string; readonly ErrorDocument?: string };
  readonly ObjectOwnership?: 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';
  readonly Tags: readonly Tag[];
  /** Versions can be locked. */
  readonly ObjectLock?: boolean;
  readonly Objects: Readonly<Record<string, StoredObject>>;
}

export type InstanceStateName = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';

export interface MetadataOptions {
  readonly HttpEndpoint: 'enabled' | 'disabled';
  readonly HttpPutResponseHopLimit: number;
  readonly HttpTokens: 'optional' | 'required';
}

export interface Instance {
  readonly InstanceId: string;
  readonly InstanceType: string;
  readonly ImageId: string;
  readonly State: InstanceStateName;
  readonly LaunchTime: string;
  readonly VpcId: string;
  readonly SubnetId: string;
  readonly AvailabilityZone: string;
  readonly KeyName?: string;
  readonly IamInstanceProfile?: string;
  readonly DisableApiTermination: boolean;
  readonly DisableApiStop: boolean;
  readonly InstanceInitiatedShutdownBehavior: 'stop' | 'terminate';
  readonly SourceDestCheck: boolean;
  readonly EbsOptimized: boolean;
  readonly UserData?: string;
  readonly MetadataOptions: MetadataOptions;
  readonly Tags: readonly Tag[];
}

export interface NetworkInterface {
  readonly NetworkInterfaceId: string;
  readonly VpcId: string;
  readonly SubnetId: string;
  readonly AvailabilityZone: string;
  readonly Description: string;
  readonly PrivateIpAddress: string;
  readonly PublicIp?: string;
  readonly MacAddress: string;
  readonly SourceDestCheck: boolean;
  readonly Groups: readonly string[];
  readonly Attachment?: {
    readonly AttachmentId: string;
    readonly InstanceId: string;
    readonly DeviceIndex: number;
    readonly DeleteOnTermination: boolean;
  };
  readonly Tags: readonly Tag[];
}

export interface SecurityGroup {
  readonly GroupId: string;
  readonly GroupName: string;
  readonly Description: string;
  readonly VpcId: string;
  readonly Tags: readonly Tag[];
}

export interface SecurityGroupRule {
  readonly SecurityGroupRuleId: string;
  readonly GroupId: string;
  readonly IsEgress: boolean;
  readonly IpProtocol: string;
  readonly FromPort: number;
  readonly ToPort: number;
  readonly CidrIpv4?: string;
  readonly CidrIpv6?: string;
  readonly PrefixListId?: string;
  readonly ReferencedGroupId?: string;
  readonly Description?: string;
  readonly Tags: readonly Tag[];
}

export interface Volume {
  readonly VolumeId: string;
  readonly Size: number;
  readonly VolumeType: string;
  readonly Encrypted: boolean;
  readonly AvailabilityZone: string;
  readonly CreateTime: string;
  readonly Attachment?: { readonly InstanceId: string; readonly Device: string; readonly DeleteOnTermination: boolean };
  readonly Tags: readonly Tag[];
}

export interface Snapshot {
  readonly SnapshotId: string;
  readonly VolumeId: string;
  readonly VolumeSize: number;
  readonly Encrypted: boolean;
  readonly Description: string;
  readonly StartTime: string;
  /** Milliseconds by the organisation's clock; before it the snapshot is pending. */
  readonly CompletesAt: number;
  /** Accounts that may make volumes of it; `all` is everybody. */
  readonly SharedWith?: readonly string[];
  readonly Tags: readonly Tag[];
}

export interface Vpc {
  readonly VpcId: string;
  readonly CidrBlock: string;
  readonly IsDefault: boolean;
  readonly Tags: readonly Tag[];
}

export interface Subnet {
  readonly SubnetId: string;
  readonly VpcId: string;
  readonly CidrBlock: string;
  readonly AvailabilityZone: string;
  readonly Tags: readonly Tag[];
}

/** What ModifyDBInstance can change that may also wait for the maintenance window; under AWS's names in PendingModifiedValues. */
export interface DbModifications {
  readonly DBInstanceClass?: string;
  readonly AllocatedStorage?: number;
  readonly MultiAZ?: boolean;
  readonly EngineVersion?: string;
  readonly BackupRetentionPeriod?: number;
}

/** Of RDS. A modification under way is in `Applying`; what the instance is at some moment, sandbox/aws/rds/instances.ts works out. */
export interface DbInstance {
  readonly DBInstanceIdentifier: string;
  readonly DbiResourceId: string;
  /** `available` unless something else was seeded; a modification under way shows as `modifying`. */
  readonly DBInstanceStatus: string;
  readonly DBInstanceClass: string;
  readonly AllocatedStorage: number;
  readonly MultiAZ: boolean;
  readonly Engine: string;
  readonly EngineVersion: string;
  readonly BackupRetentionPeriod: number;
  readonly Port: number;
  readonly PubliclyAccessible: boolean;
  readonly DeletionProtection: boolean;
  readonly StorageEncrypted: boolean;
  readonly InstanceCreateTime: string;
  readonly DBSubnetGroup: { readonly Name: string; readonly VpcId: string; readonly SubnetIds: readonly string[] };
  readonly VpcSecurityGroupIds: readonly string[];
  /** The cluster of an Aurora instance. */
  readonly DBClusterIdentifier?: string;
  readonly PendingModifiedValues: DbModifications;
  /** What is being changed; it shows from `DoneAt` on, in milliseconds by the organisation's clock. */
  readonly Applying?: {
    readonly DoneAt: number;
    readonly Values: DbModifications & { readonly PubliclyAccessible?: boolean };
  };
  readonly Tags: readonly Tag[];
}

/** A snapshot of a DB instance or, under the kind of its own, of a DB cluster. */
export interface DbSnapshot {
  readonly Identifier: string;
  /** The instance or cluster it was taken of. */
  readonly SourceIdentifier: string;
  readonly SnapshotType: 'manual' | 'automated';
  readonly SnapshotCreateTime: string;
  readonly Engine: string;
  readonly EngineVersion: string;
  readonly AllocatedStorage: number;
  readonly Encrypted: boolean;
  /** Accounts that may copy and restore it; `all` is everybody. */
  readonly SharedWith: readonly string[];
  readonly Tags: readonly Tag[];
}

/** Which management events a trail takes, in the older of the two forms. */
export interface EventSelector {
  readonly ReadWriteType: 'All' | 'ReadOnly' | 'WriteOnly';
  readonly IncludeManagementEvents: boolean;
  readonly ExcludeManagementEventSources: readonly string[];
}

/** The newer form: conditions on fields, all of which must hold. */
export interface AdvancedEventSelector {
  readonly Name?: string;
  readonly FieldSelectors: ReadonlyArray<{
    readonly Field: string;
    readonly Equals?: readonly string[];
    readonly NotEquals?: readonly string[];
  }>;
}

/** Kept in its owner's account and home Region; every other place that sees it sees a shadow. */
export interface Trail {
  readonly Name: string;
  readonly S3BucketName: string;
  readonly IncludeGlobalServiceEvents: boolean;
  readonly IsMultiRegionTrail: boolean;
  /** Of the management account alone: it records every account of the organisation. */
  readonly IsOrganizationTrail: boolean;
  readonly LogFileValidationEnabled: boolean;
  readonly EventSelectors: readonly EventSelector[];
  /** In the place of `EventSelectors`. */
  readonly AdvancedEventSelectors?: readonly AdvancedEventSelector[];
  readonly IsLogging: boolean;
  readonly StartLoggingTime: string;
  readonly StopLoggingTime?: string;
  readonly LatestDeliveryTime?: string;
  /** The error code of S3. */
  readonly LatestDeliveryError?: string;
  readonly Tags: readonly Tag[];
}

/** A function at `$LATEST`; the simulator has no versions and aliases. */
export interface LambdaFunction {
  readonly FunctionName: string;
  /** ARN. */
  readonly Role: string;
  readonly Runtime: string;
  readonly Handler: string;
  readonly CodeSha256: string;
  readonly CodeSize: number;
  /** Seconds. */
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly LastModified: string;
  readonly RevisionId: string;
  readonly Environment?: Readonly<Record<string, string>>;
  readonly ReservedConcurrentExecutions?: number;
  /** Resource policy: JSON text. */
  readonly Policy?: string;
  readonly Url?: { readonly FunctionUrl: string; readonly AuthType: 'AWS_IAM' | 'NONE' };
  readonly Tags: readonly Tag[];
}

/** What lets Lambda read a queue or stream for a function. */
export interface EventSourceMapping {
  readonly UUID: string;
  readonly FunctionName: string;
  readonly EventSourceArn: string;
  readonly BatchSize: number;
  readonly State: 'Enabled' | 'Disabled';
  readonly LastModified: string;
}

export interface Detector {
  readonly DetectorId: string;
  readonly CreatedAt: string;
  readonly FindingPublishingFrequency: 'FIFTEEN_MINUTES' | 'ONE_HOUR' | 'SIX_HOURS';
}

/** A GuardDuty finding as events carry it (camelCase), plain JSON. Kept in the account it is about. */
export type GuardDutyFinding = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly type: string;
  readonly severity: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly title: string;
  readonly description: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly service: Readonly<Record<string, unknown>> & {
    readonly archived: boolean;
    readonly count: number;
    readonly detectorId: string;
  };
};

/** A finding in the Security Finding Format, plain JSON. Kept in the administrator's account, whatever account it is about. */
export type HubFinding = Readonly<Record<string, unknown>> & {
  readonly Id: string;
  readonly ProductArn: string;
  readonly AwsAccountId: string;
  readonly GeneratorId: string;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly Title: string;
};

/** An account as AWS Organizations knows it. Kept, like units and policies, under the management account. */
export interface OrganizationAccount {
  readonly Id: string;
  readonly Name: string;
  readonly Email: string;
  readonly State: 'PENDING_ACTIVATION' | 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'CLOSED';
  readonly JoinedTimestamp: string;
  /** The unit or root it lies in. */
  readonly ParentId: string;
  readonly Tags: readonly Tag[];
  /** Policies attached to it, by id. */
  readonly Policies: readonly string[];
  /** The opt-in Regions that the account has switched on. */
  readonly OptedInRegions: readonly string[];
}

export interface OrganizationalUnit {
  readonly Id: string;
  readonly Name: string;
  /** Absent for the root. */
  readonly ParentId?: string;
  readonly Policies: readonly string[];
}

/** A service control policy or resource control policy. */
export interface OrganizationPolicy {
  readonly Id: string;
  readonly Name: string;
  readonly Type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY';
  readonly Content: PolicyDocument;
}

/** Every kind of record, under the name by which the control API knows it. Global kinds live in the Region `global`. */
export interface Kinds {
  users: User;
  'access-keys': AccessKey;
  roles: Role;
  'managed-policies': ManagedPolicy;
  buckets: Bucket;
  instances: Instance;
  'network-interfaces': NetworkInterface;
  'security-groups': SecurityGroup;
  'security-group-rules': SecurityGroupRule;
  volumes: Volume;
  snapshots: Snapshot;
  vpcs: Vpc;
  subnets: Subnet;
  'db-instances': DbInstance;
  'db-snapshots': DbSnapshot;
  'db-cluster-snapshots': DbSnapshot;
  trails: Trail;
  functions: LambdaFunction;
  'event-source-mappings': EventSourceMapping;
  detectors: Detector;
  'guardduty-findings': GuardDutyFinding;
  'hub-findings': HubFinding;
  'organization-accounts': OrganizationAccount;
  'organizational-units': OrganizationalUnit;
  'organization-policies': OrganizationPolicy;
}

export type KindName = keyof Kinds;
