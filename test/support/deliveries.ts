/** Bodies of deliveries as EventBridge sends them, of the same finding in each of its shapes; times are minutes after a fixed moment. */
const ACCOUNT = '333333333331';
const REGION = 'eu-west-1';
const DETECTOR = '12abc34d567e8fa901bc2d34e56789f0';
const START = Date.parse('2026-11-02T00:00:00.000Z');
export const HOUR = 60;
export const DAY = 24 * HOUR;

/** The moment, in ISO 8601. */
export function at(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString();
}

export interface Said {
  /** Distinguishes findings; part of the id. */
  readonly finding: string;
  readonly updated: number;
  /** When the event was sent; a minute later when left out. */
  readonly sent?: number;
  /** Which account's bus sent it. */
  readonly bus?: string;
  readonly count?: number;
  readonly archived?: boolean;
}

export interface SaidOfThreat extends Said {
  readonly instance?: string;
  readonly severity?: number;
  readonly type?: string;
}

export interface Noted {
  readonly workflow?: 'NEW' | 'NOTIFIED' | 'RESOLVED' | 'SUPPRESSED';
  readonly by?: string;
}

function event(type: string, source: string, said: Said, detail: object): string {
  const bus = said.bus ?? ACCOUNT;
  const time = at(said.sent ?? said.updated + 1);
  return JSON.stringify({
    version: '0',
    'detail-type': type,
    source,
    account: bus,
    time,
    region: REGION,
    resources: [],
    detail,
  });
}

function threatId(finding: string): string {
  return finding.repeat(32).slice(0, 32);
}

function threatArn(finding: string): string {
  return `arn:aws:guardduty:${REGION}:${ACCOUNT}:detector/${DETECTOR}/finding/${threatId(finding)}`;
}

const TYPE = 'Backdoor:EC2/C&CActivity.B!DNS';
const INSTANCE = 'i-0123456789abcdef0';

/** GuardDuty's own event. */
export function guardDuty(said: SaidOfThreat): string {
  return event('GuardDuty Finding', 'aws.guardduty', said, {
    schemaVersion: '2.0',
    accountId: ACCOUNT,
    region: REGION,
    partition: 'aws',
    id: threatId(said.finding),
    arn: threatArn(said.finding),
    type: said.type ?? TYPE,
    resource: { resourceType: 'Instance', instanceDetails: { instanceId: said.instance ?? INSTANCE } },
    service: {
      serviceName: 'guardduty',
      detectorId: DETECTOR,
      archived: said.archived ?? false,
      count: said.count ?? 1,
      eventFirstSeen: at(-5),
      eventLastSeen: at(said.updated),
    },
    severity: said.severity ?? 8,
    createdAt: at(0),
    updatedAt: at(said.updated),
    title: 'Made up for a test',
    description: 'Made up for a test.',
  });
}

/** Its copy in Security Hub. `blind`: without the resource's id, as some copies are, so that alone it belongs elsewhere. */
export function asffTwin(said: SaidOfThreat & Noted & { readonly blind?: boolean }): string {
  const instance = `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${said.instance ?? INSTANCE}`;
  return event('Security Hub Findings - Imported', 'aws.securityhub', said, {
    findings: [
      {
        SchemaVersion: '2018-10-08',
        Id: threatArn(said.finding),
        ProductArn: `arn:aws:securityhub:${REGION}::product/aws/guardduty`,
        AwsAccountId: ACCOUNT,
        Region: REGION,
        Types: [`TTPs/Command and Control/${(said.type ?? TYPE).replace('/', '-')}`],
        CreatedAt: at(0),
        UpdatedAt: at(said.updated),
        Severity: { Label: (said.severity ?? 8) >= 7 ? 'HIGH' : 'MEDIUM' },
        Title: 'Made up for a test',
        Description: 'Made up for a test.',
        Resources: [
          said.blind ? { Type: 'Other', Id: 'unknown' } : { Type: 'AwsEc2Instance', Id: instance, Region: REGION },
        ],
        Workflow: { Status: said.workflow ?? 'NEW' },
        RecordState: said.archived ? 'ARCHIVED' : 'ACTIVE',
        ProductFields: {
          'aws/guardduty/service/detectorId': DETECTOR,
          'aws/guardduty/service/count': String(said.count ?? 1),
        },
        ...noteOf(said),
      },
    ],
  });
}

function noteOf(said: Said & Noted): object {
  return said.by === undefined
    ? {}
    : { Note: { UpdatedBy: said.by, Text: 'a note', UpdatedAt: at(said.sent ?? said.updated + 1) } };
}

/** Its copy in Security Hub v2. */
export function ocsfTwin(said: SaidOfThreat & Noted): string {
  const statuses = { NEW: 1, NOTIFIED: 2, SUPPRESSED: 3, RESOLVED: 4 };
  return event('Findings Imported V2', 'aws.securityhub', said, {
    findings: [
      {
        class_uid: 2004,
        activity_id: said.archived ? 3 : 2,
        cloud: { account: { uid: ACCOUNT }, region: REGION },
        severity_id: (said.severity ?? 8) >= 7 ? 4 : 3,
        status_id: statuses[said.workflow ?? 'NEW'],
        count: said.count ?? 1,
        finding_info: {
          uid: threatArn(said.finding),
          title: 'Made up for a test',
          types: ['Threats', said.type ?? TYPE],
          created_time_dt: at(0),
          modified_time_dt: at(said.updated),
        },
        metadata: { product: { uid: `arn:aws:securityhub:${REGION}::productv2/aws/guardduty` } },
        resources: [{ type: 'AWS::EC2::Instance', uid: said.instance ?? INSTANCE, region: REGION }],
      },
    ],
  });
}

export interface SaidOfControl extends Said, Noted {
  readonly compliance: 'PASSED' | 'FAILED' | 'WARNING' | 'NOT_AVAILABLE';
  /** As the control's finding is written: consolidated, or one a standard. */
  readonly standard?: 'consolidated' | 'fsbp' | 'cis';
  readonly group?: string;
  /** HIGH when left out; a passed check is INFORMATIONAL in any case. */
  readonly label?: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
}

/** A failed or passed check of a security group that is open to the world (EC2.19 and its names elsewhere). */
export function control(said: SaidOfControl): string {
  const standard = STANDARDS[said.standard ?? 'consolidated'];
  return event('Security Hub Findings - Imported', 'aws.securityhub', said, {
    findings: [
      {
        SchemaVersion: '2018-10-08',
        Id: `arn:aws:securityhub:${REGION}:${ACCOUNT}:${standard.path}/finding/${said.finding}`,
        ProductArn: `arn:aws:securityhub:${REGION}::product/aws/securityhub`,
        GeneratorId: standard.generator,
        AwsAccountId: ACCOUNT,
        Region: REGION,
        Types: ['Software and Configuration Checks/Industry and Regulatory Standards'],
        CreatedAt: at(0),
        UpdatedAt: at(said.updated),
        Severity: { Label: said.compliance === 'PASSED' ? 'INFORMATIONAL' : (said.label ?? 'HIGH') },
        Title: 'Made up for a test',
        Description: 'Made up for a test.',
        Resources: [
          {
            Type: 'AwsEc2SecurityGroup',
            Id: `arn:aws:ec2:${REGION}:${ACCOUNT}:security-group/${said.group ?? 'sg-0a1b2c3d4e5f60718'}`,
            Region: REGION,
          },
        ],
        Workflow: { Status: said.workflow ?? 'NEW' },
        RecordState: said.archived ? 'ARCHIVED' : 'ACTIVE',
        Compliance: { Status: said.compliance, ...standard.compliance },
        ...noteOf(said),
      },
    ],
  });
}

const STANDARDS = {
  consolidated: {
    path: 'security-control/EC2.19',
    generator: 'security-control/EC2.19',
    compliance: {
      SecurityControlId: 'EC2.19',
      AssociatedStandards: [{ StandardsId: 'standards/aws-foundational-security-best-practices/v/1.0.0' }],
    },
  },
  fsbp: {
    path: 'subscription/aws-foundational-security-best-practices/v/1.0.0/EC2.19',
    generator: 'aws-foundational-security-best-practices/v/1.0.0/EC2.19',
    compliance: {},
  },
  cis: {
    path: 'subscription/cis-aws-foundations-benchmark/v/3.0.0/5.2',
    generator: 'cis-aws-foundations-benchmark/v/3.0.0/5.2',
    compliance: {
      SecurityControlId: 'EC2.19',
      AssociatedStandards: [{ StandardsId: 'standards/cis-aws-foundations-benchmark/v/3.0.0' }],
    },
  },
} as const;
