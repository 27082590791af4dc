import { randomUUID } from 'node:crypto';
import { HOME_REGION } from '../../world.ts';
import { importFinding } from '../events/publish.ts';
import type { Organization } from '../organization.ts';
import type { HubFinding } from '../state/kinds.ts';
import type { Tree } from '../wire/schemas.ts';

/** The result of a control's check. */
export interface ControlResult {
  readonly account: string;
  readonly region: string;
  readonly controlId: string;
  readonly title: string;
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly status: 'FAILED' | 'PASSED';
  readonly resource: Tree;
  /** 'consolidated' names the control alone; 'fsbp' is the older spelling with the standard in it. */
  readonly spelling: 'consolidated' | 'fsbp';
  /** Part of the id that stays the same when the check runs again. */
  readonly key?: string | undefined;
}

const NORMALIZED = { LOW: 1, MEDIUM: 40, HIGH: 70, CRITICAL: 90 };

function generatorOf(result: ControlResult): string {
  return result.spelling === 'consolidated'
    ? `security-control/${result.controlId}`
    : `aws-foundational-security-best-practices/v/1.0.0/${result.controlId}`;
}

function idOf(result: ControlResult): string {
  const { account, region, controlId, spelling } = result;
  const key = result.key ?? randomUUID();
  if (spelling === 'consolidated')
    return `arn:aws:securityhub:${region}:${account}:security-control/${controlId}/finding/${key}`;
  return `arn:aws:securityhub:${region}:${account}:subscription/aws-foundational-security-best-practices/v/1.0.0/${controlId}/finding/${key}`;
}

/** Takes the result of a check into Security Hub, as the service does for its own controls. */
export function publishControl(organization: Organization, result: ControlResult): HubFinding {
  return importFinding(organization, controlFinding(result, new Date(organization.clock.now()).toISOString()));
}

/** The result of a check, made at `now` (ISO 8601), as Security Hub writes it. */
export function controlFinding(result: ControlResult, now: string): HubFinding {
  const passed = result.status === 'PASSED';
  const label = passed ? 'INFORMATIONAL' : result.severity;
  const normalized = passed ? 0 : NORMALIZED[result.severity];
  return {
    SchemaVersion: '2018-10-08',
    Id: idOf(result),
    ProductArn: `arn:aws:securityhub:${result.region}::product/aws/securityhub`,
    ProductName: 'Security Hub',
    CompanyName: 'AWS',
    Region: result.region,
    GeneratorId: generatorOf(result),
    AwsAccountId: result.account,
    Types: ['Software and Configuration Checks/Industry and Regulatory Standards'],
    FirstObservedAt: now,
    LastObservedAt: now,
    CreatedAt: now,
    UpdatedAt: now,
    Severity: { Label: label, Normalized: normalized, Original: label },
    Title: result.spelling === 'consolidated' ? result.title : `${result.controlId} ${result.title}`,
    Description: 'This control checks the configuration of the resource.',
    Remediation: {
      Recommendation: {
        Text: 'For directions on how to correct this issue, see the Security Hub controls documentation.',
        Url: `https://docs.aws.amazon.com/console/securityhub/${result.controlId}/remediation`,
      },
    },
    ProductFields: {
      'aws/securityhub/ProductName': 'Security Hub',
      'aws/securityhub/CompanyName': 'AWS',
      RelatedAWSResources: '',
    },
    Resources: [result.resource],
    Compliance: { Status: result.status, SecurityControlId: result.controlId },
    WorkflowState: 'NEW',
    Workflow: { Status: 'NEW' },
    RecordState: 'ACTIVE',
  };
}

/** A bucket as Security Hub lists it. */
export function bucketResource(name: string, region: string = HOME_REGION): Tree {
  return {
    Type: 'AwsS3Bucket',
    Id: `arn:aws:s3:::${name}`,
    Partition: 'aws',
    Region: region,
    Details: { AwsS3Bucket: { Name: name } },
  };
}

/** A security group as Security Hub lists it. */
export function groupResource(account: string, region: string, groupId: string, vpcId: string): Tree {
  return {
    Type: 'AwsEc2SecurityGroup',
    Id: `arn:aws:ec2:${region}:${account}:security-group/${groupId}`,
    Partition: 'aws',
    Region: region,
    Details: { AwsEc2SecurityGroup: { GroupId: groupId, VpcId: vpcId } },
  };
}
