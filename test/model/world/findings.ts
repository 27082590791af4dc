import { REGION } from './cloud.ts';
import { ACCOUNTS, OWN_ACCOUNT } from './people.ts';
import { START } from './time.ts';

/** Texts that an attacker would put where a finding shows them. What they hold may never be read by Slack as anything but text. */
export const HOSTILE = [
  'an ordinary title',
  '<!channel> <!here> urgent',
  '<https://evil.example|Approve via portal>',
  'ask <@U0EVIL> *Approved* `x`',
  '{"type":"button","action_id":"cordon.review","value":"REQ-EVIL"}',
  'nul \u0000 and \ud800 half',
] as const;

/** Instances of the world: two in each account that may be acted in, one in the others. */
export const INSTANCES = [
  { id: 'i-0000000000000a001', accountId: ACCOUNTS[0] },
  { id: 'i-0000000000000a002', accountId: ACCOUNTS[0] },
  { id: 'i-0000000000000b001', accountId: ACCOUNTS[1] },
  { id: 'i-0000000000000b002', accountId: ACCOUNTS[1] },
  { id: 'i-0000000000000c001', accountId: ACCOUNTS[2] },
  { id: 'i-0000000000000d001', accountId: OWN_ACCOUNT },
] as const;

export interface Said {
  readonly kind: 'threat' | 'posture';
  /** Index into INSTANCES. */
  readonly instance: number;
  /** Which finding of the instance. */
  readonly which: number;
  /** Hours before the world began, down to zero. */
  readonly hoursAgo: number;
  readonly settled: boolean;
  readonly severity: number;
  readonly title: number;
}

/** The event as EventBridge sends it. */
export function bodyOf(said: Said): string {
  const instance = INSTANCES[said.instance] ?? INSTANCES[0];
  const at = new Date(START - said.hoursAgo * 3_600_000).toISOString();
  const title = HOSTILE[said.title] ?? HOSTILE[0];
  return said.kind === 'threat' ? threat(said, instance, at, title) : posture(said, instance, at, title);
}

type Instance = (typeof INSTANCES)[number];

function threat(said: Said, instance: Instance, at: string, title: string): string {
  const { accountId } = instance;
  const id = `${said.instance}${said.which}`.padEnd(32, 'a');
  return event('GuardDuty Finding', 'aws.guardduty', accountId, at, {
    schemaVersion: '2.0',
    accountId,
    region: REGION,
    partition: 'aws',
    id,
    arn: `arn:aws:guardduty:${REGION}:${accountId}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/${id}`,
    type: 'Backdoor:EC2/C&CActivity.B!DNS',
    resource: {
      resourceType: 'Instance',
      instanceDetails: { instanceId: instance.id, tags: [{ key: 'Name', value: title }] },
    },
    service: {
      serviceName: 'guardduty',
      detectorId: '12abc34d567e8fa901bc2d34e56789f0',
      archived: said.settled,
      count: 1,
      eventFirstSeen: at,
      eventLastSeen: at,
    },
    severity: said.severity,
    createdAt: new Date(START - 100 * 3_600_000).toISOString(),
    updatedAt: at,
    title,
    description: title,
  });
}

function posture(said: Said, instance: Instance, at: string, title: string): string {
  const { accountId } = instance;
  const label = said.severity >= 7 ? 'HIGH' : 'MEDIUM';
  return event('Security Hub Findings - Imported', 'aws.securityhub', accountId, at, {
    findings: [
      {
        SchemaVersion: '2018-10-08',
        Id: `arn:aws:securityhub:${REGION}:${accountId}:security-control/EC2.8/finding/${said.instance}${said.which}`,
        ProductArn: `arn:aws:securityhub:${REGION}::product/aws/securityhub`,
        GeneratorId: 'security-control/EC2.8',
        AwsAccountId: accountId,
        Region: REGION,
        Types: ['Software and Configuration Checks/Industry and Regulatory Standards'],
        CreatedAt: new Date(START - 100 * 3_600_000).toISOString(),
        UpdatedAt: at,
        Severity: { Label: said.settled ? 'INFORMATIONAL' : label },
        Title: title,
        Description: title,
        Resources: [
          {
            Type: 'AwsEc2Instance',
            Id: `arn:aws:ec2:${REGION}:${accountId}:instance/${instance.id}`,
            Region: REGION,
          },
        ],
        Workflow: { Status: said.settled ? 'RESOLVED' : 'NEW' },
        RecordState: 'ACTIVE',
        Compliance: { Status: said.settled ? 'PASSED' : 'FAILED', SecurityControlId: 'EC2.8' },
      },
    ],
  });
}

function event(type: string, source: string, account: string, time: string, detail: object): string {
  return JSON.stringify({
    version: '0',
    'detail-type': type,
    source,
    account,
    time,
    region: REGION,
    resources: [],
    detail,
  });
}
