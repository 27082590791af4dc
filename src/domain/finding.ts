/**
 * The one shape in which the rest of Cordon knows a finding. The adapters of src/sources make it from GuardDuty, ASFF, OCSF and event envelopes;
 * every text in it came from outside and is hostile until it has gone through src/slack/escape.ts.
 */
export const SOURCES = [
  'guardduty',
  'securityhub',
  'macie',
  'inspector',
  'access-analyzer',
  'health',
  'trustedadvisor',
  'config',
  'custom',
] as const;
export type Source = (typeof SOURCES)[number];

/** Ordered from worst to least. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a record is: an act of somebody, a setting that is wrong, or a notice from AWS. */
export type FindingKind = 'threat' | 'posture' | 'notice';

export type WorkflowStatus = 'NEW' | 'NOTIFIED' | 'RESOLVED' | 'SUPPRESSED';
export type ComplianceStatus = 'PASSED' | 'FAILED' | 'WARNING' | 'NOT_AVAILABLE';

export interface Resource {
  /** ASFF resource type, e.g. `AwsS3Bucket`. */
  readonly type: string;
  /** ARN where there is one, else the id that the finding gives. */
  readonly id: string;
  readonly region?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Typed things a finding is about. Ids are checked by pattern; the live read of a plan confirms them before they are used. */
export interface Entities {
  readonly accessKey?: { readonly id: string; readonly userName?: string };
  readonly principal?: {
    readonly type: 'IAMUser' | 'AssumedRole' | 'Role' | 'Root' | 'FederatedUser' | 'Other';
    readonly name: string;
    readonly arn?: string;
    readonly id?: string;
  };
  readonly instance?: { readonly id: string };
  readonly volume?: { readonly id: string };
  readonly snapshot?: { readonly id: string };
  readonly securityGroup?: { readonly id: string };
  readonly vpc?: { readonly id: string };
  readonly subnet?: { readonly id: string };
  readonly bucket?: { readonly name: string };
  readonly user?: { readonly name: string; readonly arn?: string };
  readonly role?: { readonly name: string; readonly arn?: string };
  readonly function?: { readonly name: string; readonly arn?: string };
  /** A DB instance: a cluster may have the same name, and is another thing. */
  readonly db?: { readonly id: string; readonly arn?: string };
  readonly dbCluster?: { readonly id: string; readonly arn?: string };
  /** Of an instance or of a cluster: the ARN tells which. */
  readonly dbSnapshot?: { readonly id: string; readonly arn?: string };
  readonly cluster?: { readonly name: string; readonly arn?: string };
  readonly pod?: { readonly name: string; readonly namespace?: string };
  readonly container?: { readonly name: string; readonly image?: string };
  readonly trail?: { readonly arn: string };
  readonly ip?: { readonly address: string };
  readonly domain?: { readonly name: string };
  readonly healthEntity?: { readonly id: string };
}
export type EntityKind = keyof Entities;
export const ENTITY_KINDS = [
  'accessKey',
  'principal',
  'instance',
  'volume',
  'snapshot',
  'securityGroup',
  'vpc',
  'subnet',
  'bucket',
  'user',
  'role',
  'function',
  'db',
  'dbCluster',
  'dbSnapshot',
  'cluster',
  'pod',
  'container',
  'trail',
  'ip',
  'domain',
  'healthEntity',
] as const satisfies readonly EntityKind[];

/** How the finding can be written back to; only the fields that its product gave. */
export interface WriteBackKeys {
  /** BatchUpdateFindings wants both. */
  readonly securityHub?: { readonly id: string; readonly productArn: string; readonly region: string };
  /** ArchiveFindings wants both; done in the administrator account. */
  readonly guardDuty?: { readonly detectorId: string; readonly findingId: string; readonly region: string };
}

export const HEALTH_CATEGORIES = ['issue', 'accountNotification', 'scheduledChange', 'investigation'] as const;
export const HEALTH_ACTIONABILITIES = ['ACTION_REQUIRED', 'ACTION_MAY_BE_REQUIRED', 'INFORMATIONAL'] as const;

/** What only a notice of AWS Health says; its event code is the finding's `type`. */
export interface HealthFacts {
  readonly category?: (typeof HEALTH_CATEGORIES)[number];
  /** Whether AWS says that somebody has to act; absent in older events. */
  readonly actionability?: (typeof HEALTH_ACTIONABILITIES)[number];
  /** PUBLIC concerns everybody in the Region. */
  readonly scope?: 'PUBLIC' | 'ACCOUNT_SPECIFIC';
  readonly status?: 'open' | 'upcoming' | 'closed';
  /** E.g. `EC2`. */
  readonly service?: string;
  /** AWS's id of this message, without its page. */
  readonly communication?: string;
  /** An abuse notice: an answer is expected. */
  readonly abuse: boolean;
  /** From 1; a long list of resources comes in several events. */
  readonly page: number;
  readonly pages: number;
  /** ISO 8601, UTC; a planned change starts in the future. */
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface Finding {
  /** Identity over all ways of arrival: the GuardDuty ARN or the ASFF Id with its control (see src/sources/identity.ts). */
  readonly key: string;
  readonly source: Source;
  /** The adapter that read it, e.g. `guardduty`, `asff`. */
  readonly shape: string;
  readonly kind: FindingKind;
  /** Id as the product gives it. */
  readonly id: string;
  /** Full GuardDuty/Macie/Inspector type; absent for controls. */
  readonly type?: string;
  /** Security control id such as `S3.8`, spelled as the catalogue spells it; absent for threats. */
  readonly control?: string;
  /** The standard's own control id as it arrived, e.g. `PCI.S3.2`. */
  readonly rawControl?: string;
  readonly standards: readonly string[];
  readonly requirements: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly severity: Severity;
  /** The severity as it arrived, for the record. */
  readonly rawSeverity: string;
  readonly state: 'active' | 'archived';
  readonly workflow?: WorkflowStatus;
  readonly compliance?: ComplianceStatus;
  /** Occurrences, at least 1. */
  readonly count: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When the sender said so: the event's time, or that of the note. A workflow status changes without `updatedAt`. */
  readonly statedAt?: string;
  readonly firstSeenAt?: string;
  readonly lastSeenAt?: string;
  readonly resources: readonly Resource[];
  readonly entities: Entities;
  /** A console sample or a test type: shown, marked, never actionable. */
  readonly sample: boolean;
  readonly writeBack: WriteBackKeys;
  /** Who wrote the last note, to tell our own write-back from news. */
  readonly noteBy?: string;
  /** Of source `health` alone, when it came as Health's own event. */
  readonly health?: HealthFacts;
}
