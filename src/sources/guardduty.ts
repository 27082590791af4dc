import type { Entities, Finding, Resource } from '../domain/finding.ts';
import { lastPart, parseArn } from './arn.ts';
import { toIso } from './dates.ts';
import { arnOf, fromResources, identifier, principal } from './entities.ts';
import { isFlattened, unflattened } from './flattened.ts';
import { guardDutyKey } from './identity.ts';
import { checkOwnership, checkPlace, partitionOf } from './place.ts';
import {
  at,
  embeddedAt,
  listAt,
  numberAt,
  occurrences,
  type RawObject,
  tagsAt,
  textAt,
  textsAt,
  trueAt,
} from './raw.ts';
import { sequenceEntities, sequenceOwners, sequenceResources } from './sequence.ts';
import { fromGuardDuty, UNSTATED } from './severity.ts';
import { type FindingSource, judged, type Problem, problem, type ReadResult } from './source.ts';

/**
 * GuardDuty's own shape, in any casing: PascalCase from the API, camelCase from EventBridge and S3 exports, lower case out of Athena, and in exports
 * whose columns are flattened paths.
 * https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
 */
export const guardDuty: FindingSource = { name: 'guardduty', recognises, read };

function recognises(raw: RawObject): boolean {
  return (
    at(raw, 'Type') !== undefined &&
    (at(raw, 'Service') !== undefined || at(raw, 'Resource') !== undefined || isFlattened(raw)) &&
    at(raw, 'ProductArn') === undefined
  );
}

function read(given: RawObject, pointer: string): ReadResult {
  const raw = unflattened(given);
  const arn = textAt(raw, ['Arn'], 1024);
  const named = arn === undefined ? undefined : parseArn(arn);
  const id = textAt(raw, ['Id'], 300) ?? named?.resource.split('/').at(-1);
  const type = textAt(raw, ['Type'], 300);
  if (id === undefined || type === undefined)
    return problem(
      'field_missing',
      pointer,
      'a GuardDuty finding without id or type',
      'Send the whole finding, as GetFindings or EventBridge give it.',
    );
  const account = textAt(raw, ['AccountId']) ?? named?.account;
  const region = textAt(raw, ['Region']) ?? named?.region;
  const misplaced = checkPlace({ account, region }, pointer);
  const place = { accountId: account ?? '', region: region ?? '', partition: partitionOf(region ?? '') };
  const times = timesOf(raw);
  if (times === undefined)
    return problem(
      'time_missing',
      pointer,
      'the finding has no readable time',
      'createdAt, updatedAt or service.eventFirstSeen must be a date.',
    );
  const resources = resourcesOf(raw, place);
  const sample = isSample(raw, type);
  // Console samples carry made-up accounts in their ARNs; they are shown and never acted on.
  const refusal = misplaced ?? (sample ? undefined : foreign(raw, place, resources, pointer));
  const detectorId = textAt(raw, ['Service', 'DetectorId'], 300) ?? named?.resource.split('/')[1];
  const finding: Finding = {
    key: guardDutyKey({ arn, ...place, detectorId, id }),
    source: 'guardduty',
    shape: 'guardduty',
    kind: 'threat',
    id,
    type,
    standards: [],
    requirements: [],
    title: textAt(raw, ['Title'], 1000) ?? type,
    description: textAt(raw, ['Description'], 4000) ?? '',
    ...place,
    ...severityOf(raw),
    state: trueAt(raw, 'Service', 'Archived') ? 'archived' : 'active',
    count: occurrences(numberAt(raw, 'Service', 'Count')),
    ...times,
    resources,
    entities: entitiesOf(raw, resources),
    sample,
    writeBack: writable(detectorId, id) ? { guardDuty: { detectorId, findingId: id, region: place.region } } : {},
  };
  return judged(finding, refusal);
}

function sequenceOf(raw: RawObject): unknown {
  return at(raw, 'Service', 'Detection', 'Sequence');
}

function foreign(raw: RawObject, place: Place, resources: readonly Resource[], pointer: string): Problem | undefined {
  const owners = sequenceOwners(sequenceOf(raw), place.accountId);
  return (
    checkOwnership(place, resources, `${pointer}/resource`) ??
    checkOwnership(place, owners, `${pointer}/service/detection/sequence`)
  );
}

/** Ids that go into an API call have no odd characters. */
function writable(detectorId: string | undefined, findingId: string): detectorId is string {
  return detectorId !== undefined && [detectorId, findingId].every((id) => /^[A-Za-z0-9-]{1,300}$/.test(id));
}

function severityOf(raw: RawObject): Pick<Finding, 'severity' | 'rawSeverity'> {
  const value = numberAt(raw, 'Severity');
  return value === undefined
    ? { severity: UNSTATED, rawSeverity: textAt(raw, ['Severity'], 40) ?? 'absent' }
    : { severity: fromGuardDuty(value), rawSeverity: String(value) };
}

function timesOf(raw: RawObject): Pick<Finding, 'createdAt' | 'updatedAt' | 'firstSeenAt' | 'lastSeenAt'> | undefined {
  const first = toIso(at(raw, 'Service', 'EventFirstSeen'));
  const last = toIso(at(raw, 'Service', 'EventLastSeen'));
  const created = toIso(at(raw, 'CreatedAt')) ?? first ?? toIso(at(raw, 'UpdatedAt'));
  if (created === undefined) return undefined;
  return {
    createdAt: created,
    updatedAt: toIso(at(raw, 'UpdatedAt')) ?? created,
    ...(first && { firstSeenAt: first }),
    ...(last && { lastSeenAt: last }),
  };
}

/**
 * Only marks that AWS sets itself: a person who can name a bucket or a user must not be able to make a finding about it a sample.
 * GuardDuty's generated values have ids of their own (`i-99999999`, `GeneratedFinding...` where AWS allots the id).
 */
function isSample(raw: RawObject, type: string): boolean {
  const additional = at(raw, 'Service', 'AdditionalInfo');
  const allotted = [
    textAt(raw, ['Resource', 'AccessKeyDetails', 'AccessKeyId']),
    textAt(raw, ['Resource', 'AccessKeyDetails', 'PrincipalId']),
    textAt(raw, ['Resource', 'InstanceDetails', 'InstanceId']),
  ];
  return (
    trueAt(additional, 'Sample') ||
    trueAt(embeddedAt(additional, 'Value'), 'Sample') ||
    /^\[SAMPLE\]/i.test(textAt(raw, ['Title']) ?? '') ||
    /^canary:/i.test(type) ||
    allotted.some((id) => id === 'i-99999999' || id?.startsWith('GeneratedFinding'))
  );
}

type Place = { readonly accountId: string; readonly region: string; readonly partition: string };

/** The `*Details` that GuardDuty puts side by side, as resources; the one that `resourceType` names stands first. */
function resourcesOf(raw: RawObject, place: Place): readonly Resource[] {
  const resource = at(raw, 'Resource');
  const found = [
    ...instances(resource, place),
    ...buckets(resource, place),
    ...named(resource, place),
    ...accessKeys(resource, place),
    ...securityGroups(resource, place),
    ...sequenceResources(sequenceOf(raw), place),
  ];
  if (found.length === 0)
    return [{ type: 'AwsAccount', id: `AWS::::Account:${place.accountId}`, region: place.region }];
  const lead = LEADS[textAt(resource, ['ResourceType'])?.toLowerCase() ?? ''];
  return [...found.filter(({ type }) => type === lead), ...found.filter(({ type }) => type !== lead)].slice(0, 100);
}

/** GuardDuty's `resourceType` and the ASFF type it stands for. */
const LEADS: Readonly<Record<string, string>> = {
  accesskey: 'AwsIamAccessKey',
  instance: 'AwsEc2Instance',
  s3bucket: 'AwsS3Bucket',
  s3object: 'AwsS3Bucket',
  ekscluster: 'AwsEksCluster',
  kubernetescluster: 'AwsEksCluster',
  ecscluster: 'AwsEcsCluster',
  lambda: 'AwsLambdaFunction',
  rdsdbinstance: 'AwsRdsDbInstance',
  container: 'Container',
};

function instances(resource: unknown, place: Place): readonly Resource[] {
  const details = at(resource, 'InstanceDetails');
  const id = textAt(details, ['InstanceId'], 40);
  if (id === undefined) return [];
  const tags = tagsAt(details, 'Tags');
  const arn = `arn:${place.partition}:ec2:${place.region}:${place.accountId}:instance/${id}`;
  return [
    {
      type: 'AwsEc2Instance',
      id: identifier('instance', id) === undefined ? id : arn,
      region: place.region,
      ...(tags && { tags }),
    },
  ];
}

/** A list, although most findings hold one. */
function buckets(resource: unknown, place: Place): readonly Resource[] {
  return listAt(resource, 'S3BucketDetails').flatMap((details) => {
    const id = textAt(details, ['Arn'], 512) ?? textAt(details, ['Name'], 512);
    const tags = tagsAt(details, 'Tags');
    return id === undefined ? [] : [{ type: 'AwsS3Bucket', id, region: place.region, ...(tags && { tags }) }];
  });
}

/** Details whose ARN stands in one field. */
const ARN_FIELDS: readonly (readonly [detail: string, field: string, type: string])[] = [
  ['EksClusterDetails', 'Arn', 'AwsEksCluster'],
  ['EcsClusterDetails', 'Arn', 'AwsEcsCluster'],
  ['LambdaDetails', 'FunctionArn', 'AwsLambdaFunction'],
  ['RdsDbInstanceDetails', 'DbInstanceArn', 'AwsRdsDbInstance'],
  ['ContainerDetails', 'Name', 'Container'],
  ['EbsSnapshotDetails', 'SnapshotArn', 'AwsEc2Snapshot'],
  ['Ec2ImageDetails', 'ImageArn', 'AwsEc2Image'],
  ['RecoveryPointDetails', 'RecoveryPointArn', 'AwsBackupRecoveryPoint'],
];

function named(resource: unknown, place: Place): readonly Resource[] {
  return ARN_FIELDS.flatMap(([detail, field, type]) => {
    const id = textAt(resource, [detail, field], 1024);
    const tags = tagsAt(resource, detail, 'Tags');
    return id === undefined ? [] : [{ type, id, region: place.region, ...(tags && { tags }) }];
  });
}

function accessKeys(resource: unknown, place: Place): readonly Resource[] {
  const id = textAt(resource, ['AccessKeyDetails', 'AccessKeyId'], 128);
  return id === undefined ? [] : [{ type: 'AwsIamAccessKey', id, region: place.region }];
}

function securityGroups(resource: unknown, place: Place): readonly Resource[] {
  const groups = listAt(resource, 'InstanceDetails', 'NetworkInterfaces').flatMap((network) =>
    listAt(network, 'SecurityGroups'),
  );
  const ids = new Set(groups.flatMap((group) => identifier('securityGroup', textAt(group, ['GroupId'])) ?? []));
  return [...ids].slice(0, 10).map((id) => ({
    type: 'AwsEc2SecurityGroup',
    id: `arn:${place.partition}:ec2:${place.region}:${place.accountId}:security-group/${id}`,
    region: place.region,
  }));
}

function entitiesOf(raw: RawObject, resources: readonly Resource[]): Entities {
  const resource = at(raw, 'Resource');
  const network = listAt(resource, 'InstanceDetails', 'NetworkInterfaces')[0];
  const [vpc, subnet] = [
    identifier('vpc', textAt(network, ['VpcId'])),
    identifier('subnet', textAt(network, ['SubnetId'])),
  ];
  return {
    ...fromResources(resources),
    ...sequenceEntities(sequenceOf(raw)),
    ...executionRole(resource),
    ...credentials(resource),
    ...(vpc && { vpc: { id: vpc } }),
    ...(subnet && { subnet: { id: subnet } }),
    ...workload(resource),
    ...called(at(raw, 'Service', 'Action', 'AwsApiCallAction')),
    ...remote(at(raw, 'Service', 'Action')),
  };
}

/** The key's user is what the finding says; the plan asks IAM whose key it is. */
function credentials(resource: unknown): Entities {
  const details = at(resource, 'AccessKeyDetails');
  const key = identifier('accessKey', textAt(details, ['AccessKeyId']));
  const userName = identifier('iamName', textAt(details, ['UserName']));
  const who = principal({
    type: textAt(details, ['UserType']),
    name: textAt(details, ['UserName']),
    id: textAt(details, ['PrincipalId']),
  });
  return { ...who, ...(key && { accessKey: { id: key, ...(userName && { userName }) } }) };
}

/** What a function runs as. */
function executionRole(resource: unknown): Entities {
  const arn = arnOf('iam', textAt(resource, ['LambdaDetails', 'Role'], 1024));
  const name = identifier('iamName', arn === undefined ? undefined : lastPart(arn));
  return name === undefined || arn === undefined ? {} : { role: { name, arn } };
}

function workload(resource: unknown): Entities {
  const pod = identifier(
    'kubernetesName',
    textAt(resource, ['KubernetesDetails', 'KubernetesWorkloadDetails', 'Name']),
  );
  const namespace = identifier(
    'kubernetesName',
    textAt(resource, ['KubernetesDetails', 'KubernetesWorkloadDetails', 'Namespace']),
  );
  const name = identifier('container', textAt(resource, ['ContainerDetails', 'Name']));
  const image = identifier('image', textAt(resource, ['ContainerDetails', 'Image']));
  const db = identifier('db', textAt(resource, ['RdsDbInstanceDetails', 'DbInstanceIdentifier']));
  const arn = arnOf('rds', textAt(resource, ['RdsDbInstanceDetails', 'DbInstanceArn']));
  return {
    ...(pod && { pod: { name: pod, ...(namespace && { namespace }) } }),
    ...(name && { container: { name, ...(image && { image }) } }),
    ...(db && { db: { id: db, ...(arn && { arn }) } }),
  };
}

/** What an API call was about. Whoever called it chose the name, so that it is no more than where a plan looks first. */
function called(action: unknown): Entities {
  const arn = arnOf('cloudtrail', textAt(action, ['AffectedResources', 'AWS::CloudTrail::Trail'], 512));
  return arn === undefined ? {} : { trail: { arn } };
}

const ACTIONS = ['NetworkConnectionAction', 'AwsApiCallAction', 'KubernetesApiCallAction', 'RdsLoginAttemptAction'];

/** The other end: an address or a domain name. */
function remote(action: unknown): Entities {
  const probes = listAt(action, 'PortProbeAction', 'PortProbeDetails').map((details) =>
    textAt(details, ['RemoteIpDetails', 'IpAddressV4']),
  );
  const addresses = [
    ...ACTIONS.map((name) => textAt(action, [name, 'RemoteIpDetails', 'IpAddressV4'])),
    ...probes,
    ...textsAt(action, ['KubernetesApiCallAction', 'SourceIps']),
  ];
  const address = addresses.find((text) => identifier('ip', text) !== undefined);
  const domain = identifier('domain', textAt(action, ['DnsRequestAction', 'Domain']));
  return { ...(address && { ip: { address } }), ...(domain && { domain: { name: domain } }) };
}
