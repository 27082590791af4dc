import { detectorArn } from '../arn.ts';
import type { Organization } from '../organization.ts';
import { hexId } from '../state/ids.ts';
import type { Detector, GuardDutyFinding } from '../state/kinds.ts';
import type { Tree } from '../wire/schemas.ts';

/** What a finding is made of beside the fixed frame. */
export interface FindingParts {
  readonly account: string;
  readonly region: string;
  readonly type: string;
  readonly severity: number;
  readonly title: string;
  readonly description: string;
  readonly resource: Tree;
  readonly service: Tree;
  /** 32 hex digits; given again, the finding recurs. */
  readonly id?: string | undefined;
}

/** The detector of an account in a Region. Throws when GuardDuty is off there. */
function detectorOf(organization: Organization, account: string, region: string): Detector {
  const [detector] = organization.state.table('detectors', account, region).list();
  if (!detector) throw new Error(`there is no detector in ${account} ${region}`);
  return detector;
}

/** Puts a finding into GuardDuty's frame: schema 2.0, ids, times, counters. */
export function guarddutyFinding(organization: Organization, parts: FindingParts): GuardDutyFinding {
  const { account, region } = parts;
  const { DetectorId } = detectorOf(organization, account, region);
  const id = parts.id ?? hexId();
  const now = new Date(organization.clock.now()).toISOString();
  return {
    schemaVersion: '2.0',
    accountId: account,
    region,
    partition: 'aws',
    id,
    arn: `${detectorArn(region, account, DetectorId)}/finding/${id}`,
    type: parts.type,
    resource: parts.resource,
    service: {
      serviceName: 'guardduty',
      detectorId: DetectorId,
      resourceRole: 'TARGET',
      eventFirstSeen: now,
      eventLastSeen: now,
      archived: false,
      count: 1,
      ...parts.service,
    },
    severity: parts.severity,
    createdAt: now,
    updatedAt: now,
    title: parts.title,
    description: parts.description,
  };
}

/** A finding as the console's "Generate sample findings" makes it: marked as a sample, about things that do not exist. */
export function sampleFinding(
  organization: Organization,
  account: string,
  region: string,
  type: string,
): GuardDutyFinding {
  return guarddutyFinding(organization, {
    account,
    region,
    type,
    severity: 5,
    title: `[SAMPLE] ${type} was generated.`,
    description: `[SAMPLE] A sample finding of the type ${type}.`,
    resource: {
      resourceType: 'Instance',
      instanceDetails: {
        instanceId: 'i-99999999',
        instanceType: 'm3.xlarge',
        imageId: 'ami-99999999',
        launchTime: '2016-08-02T02:05:06.000Z',
        instanceState: 'running',
        availabilityZone: 'GeneratedFindingInstanceAvailabilityZone',
        tags: [{ key: 'GeneratedFindingInstanceTag1', value: 'GeneratedFindingInstanceValue1' }],
        networkInterfaces: [
          {
            networkInterfaceId: 'eni-bfcffe88',
            privateIpAddress: '10.0.0.1',
            publicIp: '198.51.100.0',
            vpcId: 'GeneratedFindingVPCId',
            subnetId: 'GeneratedFindingSubnetId',
            securityGroups: [],
          },
        ],
      },
    },
    service: { additionalInfo: { sample: true, value: '{"sample":true}', type: 'default' } },
  });
}
