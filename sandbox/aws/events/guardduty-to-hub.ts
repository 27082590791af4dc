import type { GuardDutyFinding, HubFinding } from '../state/kinds.ts';
import { isTree, type Tree } from '../wire/schemas.ts';

/** GuardDuty's bands of severity. */
export function severityLabel(severity: number): 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' {
  if (severity >= 9) return 'CRITICAL';
  if (severity >= 7) return 'HIGH';
  return severity >= 4 ? 'MEDIUM' : 'LOW';
}

/** Security Hub files most purposes under a tactic; those of IAM users and policies stand directly under TTPs. */
const TACTICS: Readonly<Record<string, string>> = {
  Backdoor: 'TTPs/Command and Control/',
  CryptoCurrency: 'TTPs/Command and Control/',
  Trojan: 'TTPs/Command and Control/',
  Recon: 'TTPs/Discovery/',
  Discovery: 'TTPs/Discovery/',
  Impact: 'TTPs/Impact/',
  Stealth: 'TTPs/Defense Evasion/',
  'UnauthorizedAccess:EC2': 'TTPs/Initial Access/',
};

/** `Backdoor:EC2/C&CActivity.B` becomes `TTPs/Command and Control/Backdoor:EC2-C&CActivity.B`. */
export function hubType(guarddutyType: string): string {
  const [head = '', ...rest] = guarddutyType.split('/');
  const tactic = TACTICS[head] ?? TACTICS[head.split(':')[0] ?? ''] ?? 'TTPs/';
  return `${tactic}${head}-${rest.join('/')}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function branch(value: unknown, key: string): Tree {
  const found = isTree(value) ? value[key] : undefined;
  return isTree(found) ? found : {};
}

function tagMap(tags: unknown): Tree {
  if (!Array.isArray(tags)) return {};
  return Object.fromEntries(tags.filter(isTree).map((tag) => [text(tag['key']), text(tag['value'])]));
}

/** The resource of a GuardDuty finding as Security Hub lists it. */
function resourceOf(finding: GuardDutyFinding): Tree {
  const common = { Partition: 'aws', Region: finding.region };
  const key = branch(finding.resource, 'accessKeyDetails');
  if (finding.resource['resourceType'] === 'AccessKey') {
    return {
      Type: 'AwsIamAccessKey',
      Id: `AWS::IAM::AccessKey:${text(key['accessKeyId'])}`,
      ...common,
      Details: {
        AwsIamAccessKey: {
          PrincipalId: text(key['principalId']),
          PrincipalName: text(key['userName']),
          PrincipalType: text(key['userType']),
        },
      },
    };
  }
  const database = branch(finding.resource, 'rdsDbInstanceDetails');
  if (finding.resource['resourceType'] === 'RDSDBInstance') {
    return {
      Type: 'AwsRdsDbInstance',
      Id: text(database['dbInstanceArn']),
      ...common,
      Tags: tagMap(database['tags']),
      Details: {
        AwsRdsDbInstance: {
          DBInstanceIdentifier: text(database['dbInstanceIdentifier']),
          DBClusterIdentifier: text(database['dbClusterIdentifier']),
          Engine: text(database['engine']),
          EngineVersion: text(database['engineVersion']),
        },
      },
    };
  }
  const fn = branch(finding.resource, 'lambdaDetails');
  if (finding.resource['resourceType'] === 'Lambda') {
    return {
      Type: 'AwsLambdaFunction',
      Id: text(fn['functionArn']),
      ...common,
      Tags: tagMap(fn['tags']),
      Details: {
        AwsLambdaFunction: {
          FunctionName: text(fn['functionName']),
          LastModified: text(fn['lastModifiedAt']),
          Role: text(fn['role']),
          Version: text(fn['functionVersion']),
        },
      },
    };
  }
  const instance = branch(finding.resource, 'instanceDetails');
  return {
    Type: 'AwsEc2Instance',
    Id: `arn:aws:ec2:${finding.region}:${finding.accountId}:instance/${text(instance['instanceId'])}`,
    ...common,
    Tags: tagMap(instance['tags']),
    Details: {
      AwsEc2Instance: {
        Type: text(instance['instanceType']),
        ImageId: text(instance['imageId']),
        LaunchedAt: text(instance['launchTime']),
      },
    },
  };
}

/** A GuardDuty finding as Security Hub takes it in: same id, rewritten type, counters among the product fields (all of them text). */
export function toHubFinding(finding: GuardDutyFinding): HubFinding {
  const { region, accountId, severity } = finding;
  const label = severityLabel(severity);
  const { detectorId, count } = finding.service;
  const productArn = `arn:aws:securityhub:${region}::product/aws/guardduty`;
  return {
    SchemaVersion: '2018-10-08',
    Id: finding.arn,
    ProductArn: productArn,
    ProductName: 'GuardDuty',
    CompanyName: 'Amazon',
    Region: region,
    GeneratorId: `arn:aws:guardduty:${region}:${accountId}:detector/${detectorId}`,
    AwsAccountId: accountId,
    Types: [hubType(finding.type)],
    FirstObservedAt: text(finding.service['eventFirstSeen']),
    LastObservedAt: text(finding.service['eventLastSeen']),
    CreatedAt: finding.createdAt,
    UpdatedAt: finding.updatedAt,
    Severity: { Product: severity, Label: label, Normalized: Math.round(severity * 10) },
    Title: finding.title,
    Description: finding.description,
    ProductFields: {
      'aws/guardduty/service/archived': String(finding.service.archived),
      'aws/guardduty/service/count': String(count),
      'aws/guardduty/service/detectorId': detectorId,
      'aws/guardduty/service/resourceRole': text(finding.service['resourceRole']),
      'aws/guardduty/service/serviceName': 'guardduty',
      'aws/securityhub/FindingId': `${productArn}/${finding.arn}`,
      'aws/securityhub/ProductName': 'GuardDuty',
      'aws/securityhub/CompanyName': 'Amazon',
    },
    Resources: [resourceOf(finding)],
    WorkflowState: 'NEW',
    Workflow: { Status: 'NEW' },
    RecordState: finding.service.archived ? 'ARCHIVED' : 'ACTIVE',
  };
}
