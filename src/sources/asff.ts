import type { ComplianceStatus, Entities, Finding, Resource, Source, WorkflowStatus } from '../domain/finding.ts';
import { parseArn } from './arn.ts';
import { resolveControl } from './control-id.ts';
import { toIso } from './dates.ts';
import { fromResources, identifier, principal } from './entities.ts';
import { guardDutyType } from './guardduty-type.ts';
import { archiveKeys, asffKey, guardDutyKey } from './identity.ts';
import { checkOwnership, checkPlace, checkProduct, partitionOf, REGION } from './place.ts';
import { kindOf, productOf, sourceOf } from './product.ts';
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
import { looksGenerated } from './sample.ts';
import { sequenceEntities } from './sequence.ts';
import { fromGuardDuty, fromLabel, fromNormalized, UNSTATED } from './severity.ts';
import { type FindingSource, judged, problem, type ReadResult } from './source.ts';

/**
 * The AWS Security Finding Format of Security Hub CSPM; also how GuardDuty, Inspector, Macie and third parties arrive through it.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
 */
export const asff: FindingSource = { name: 'asff', recognises, read };

function recognises(raw: RawObject): boolean {
  return (
    at(raw, 'ProductArn') !== undefined ||
    (at(raw, 'SchemaVersion') === '2018-10-08' && at(raw, 'Resources') !== undefined)
  );
}

function read(raw: RawObject, pointer: string): ReadResult {
  const id = textAt(raw, ['Id'], 2048);
  const productArn = textAt(raw, ['ProductArn'], 2048);
  if (id === undefined || productArn === undefined) {
    return problem(
      'field_missing',
      pointer,
      'a Security Hub finding without Id or ProductArn',
      'Both are needed to know what it is and to write back to it.',
    );
  }
  const account = textAt(raw, ['AwsAccountId']);
  const region = regionOf(raw, id, productArn);
  const misplaced = checkPlace({ account, region }, pointer);
  const place = { accountId: account ?? '', region: region ?? '', partition: partitionOf(region ?? '') };
  const times = timesOf(raw);
  if (times === undefined)
    return problem(
      'time_missing',
      `${pointer}/UpdatedAt`,
      'the finding has no readable time',
      'CreatedAt or UpdatedAt must be an ISO 8601 date.',
    );
  const resources = resourcesOf(raw, place);
  const product = productOf(productArn);
  const identity = identityOf(raw, { id, product, ...place });
  const sample = identity.source === 'guardduty' && isSample(raw, identity.type, resources);
  const refusal =
    misplaced ??
    (sample
      ? undefined
      : (checkProduct(place, product, `${pointer}/ProductArn`) ??
        checkOwnership(place, resources, `${pointer}/Resources`)));
  const finding: Finding = {
    ...identity,
    shape: 'asff',
    id,
    title: textAt(raw, ['Title'], 1000) ?? id,
    description: textAt(raw, ['Description'], 4000) ?? '',
    ...place,
    ...severityOf(raw, identity.source),
    state: textAt(raw, ['RecordState'])?.toUpperCase() === 'ARCHIVED' ? 'archived' : 'active',
    ...statusOf(raw),
    count: occurrences(fieldNumber(raw, 'count')),
    ...times,
    resources,
    entities: entitiesOf(raw, resources, identity),
    sample,
    writeBack: {
      securityHub: { id, productArn, region: place.region },
      ...guardDutyKeys(raw, identity.source, id, place.region),
    },
    ...noteOf(raw),
  };
  return judged(finding, refusal);
}

/** `Region`, else that of a resource, else that in the finding's own ids: early findings and third parties leave it out. */
function regionOf(raw: RawObject, id: string, productArn: string): string | undefined {
  const stated = [textAt(raw, ['Region']), ...listAt(raw, 'Resources').map((resource) => textAt(resource, ['Region']))];
  const candidates = [...stated, parseArn(id)?.region, parseArn(productArn)?.region];
  return (
    candidates.find((text) => text !== undefined && REGION.test(text)) ?? stated.find((text) => text !== undefined)
  );
}

type Identity = Pick<
  Finding,
  'key' | 'source' | 'kind' | 'type' | 'control' | 'rawControl' | 'standards' | 'requirements'
>;

interface Facts {
  readonly id: string;
  readonly product: string;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** What the finding is and by which name it is known again. */
function identityOf(raw: RawObject, facts: Facts): Identity {
  const source = sourceOf(facts.product);
  const types = textsAt(raw, ['Types'], 300);
  const common = {
    source,
    standards: standardsOf(raw),
    requirements: textsAt(raw, ['Compliance', 'RelatedRequirements'], 200),
  };
  if (source === 'guardduty') {
    const type = guardDutyType(types) ?? types[0];
    const detectorId = fieldText(raw, 'detectorId');
    const key = guardDutyKey({ ...facts, arn: facts.id, detectorId });
    return { ...common, key, kind: 'threat', ...(type && { type }) };
  }
  const control = source === 'securityhub' ? controlOf(raw, facts.id) : {};
  const key = asffKey({ ...facts, control: control.control });
  const standards =
    common.standards.length > 0 || control.standard === undefined ? common.standards : [control.standard];
  const named = {
    ...(control.control && { control: control.control }),
    ...(control.raw && { rawControl: control.raw }),
  };
  const type = control.control === undefined ? (unmapped(control) ?? typeOf(raw, source, types)) : undefined;
  return { ...common, standards, key, kind: kindOf(source, types), ...named, ...(type && { type }) };
}

/** A control that maps to none we know is told apart from others by its standard's own number. */
function unmapped({ standard, raw }: ReturnType<typeof resolveControl>): string | undefined {
  return standard === undefined || raw === undefined ? undefined : `${standard}/${raw}`;
}

/** Config gives every finding one same type: its rule's name tells them apart. */
function typeOf(raw: RawObject, source: Source, types: readonly string[]): string | undefined {
  if (source === 'macie') return guardDutyType(types) ?? types[0];
  if (source === 'config') return textAt(raw, ['ProductFields', 'aws/config/ConfigRuleName'], 300) ?? types[0];
  return source === 'health' ? textAt(raw, ['GeneratorId'], 300) : types[0];
}

function controlOf(raw: RawObject, id: string): ReturnType<typeof resolveControl> {
  const fields = at(raw, 'ProductFields');
  const guide = textAt(fields, ['StandardsGuideArn']) ?? textAt(fields, ['StandardsArn']);
  const rule = textAt(fields, ['RuleId']) ?? textAt(fields, ['ControlId']);
  const spellings = [
    textAt(raw, ['GeneratorId']),
    textAt(fields, ['StandardsControlArn'], 1024),
    guide !== undefined && rule !== undefined ? `${guide}/rule/${rule}` : undefined,
    id,
  ];
  return resolveControl({
    securityControlId: textAt(raw, ['Compliance', 'SecurityControlId']),
    spellings: spellings.flatMap((text) => text ?? []),
  });
}

function standardsOf(raw: RawObject): readonly string[] {
  return listAt(raw, 'Compliance', 'AssociatedStandards')
    .slice(0, 50)
    .flatMap((standard) => textAt(standard, ['StandardsId'], 300) ?? []);
}

/** GuardDuty's fields, with the prefix of today and without it, as findings before 2020 have them. */
function fieldText(raw: RawObject, name: string): string | undefined {
  return (
    textAt(raw, ['ProductFields', `aws/guardduty/service/${name}`], 512) ?? textAt(raw, ['ProductFields', name], 512)
  );
}

function fieldNumber(raw: RawObject, name: string): number | undefined {
  return numberAt(raw, 'ProductFields', `aws/guardduty/service/${name}`) ?? numberAt(raw, 'ProductFields', name);
}

/** `Label` first: for GuardDuty it disagrees with `Normalized` at times. Then Normalized, then Product, here and in what the provider set. */
function severityOf(raw: RawObject, source: Source): Pick<Finding, 'severity' | 'rawSeverity'> {
  for (const place of [at(raw, 'Severity'), at(raw, 'FindingProviderFields', 'Severity')]) {
    const label = textAt(place, ['Label'], 40);
    const labelled = label === undefined ? undefined : fromLabel(label);
    if (label !== undefined && labelled !== undefined) return { severity: labelled, rawSeverity: label };
    const normalized = numberAt(place, 'Normalized');
    if (normalized !== undefined) return { severity: fromNormalized(normalized), rawSeverity: String(normalized) };
    const product = numberAt(place, 'Product');
    if (product !== undefined)
      return {
        severity: source === 'guardduty' ? fromGuardDuty(product) : fromNormalized(product),
        rawSeverity: String(product),
      };
  }
  return { severity: UNSTATED, rawSeverity: 'absent' };
}

const WORKFLOWS: readonly WorkflowStatus[] = ['NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED'];
const COMPLIANCES: readonly ComplianceStatus[] = ['PASSED', 'FAILED', 'WARNING', 'NOT_AVAILABLE'];

/** `Workflow.Status` only: the older WorkflowState stays behind and contradicts it. */
function statusOf(raw: RawObject): Pick<Finding, 'workflow' | 'compliance'> {
  const workflow = WORKFLOWS.find((status) => status === textAt(raw, ['Workflow', 'Status'])?.toUpperCase());
  const compliance = COMPLIANCES.find((status) => status === textAt(raw, ['Compliance', 'Status'])?.toUpperCase());
  return { ...(workflow && { workflow }), ...(compliance && { compliance }) };
}

function timesOf(raw: RawObject): Pick<Finding, 'createdAt' | 'updatedAt' | 'firstSeenAt' | 'lastSeenAt'> | undefined {
  const [first, last] = [toIso(at(raw, 'FirstObservedAt')), toIso(at(raw, 'LastObservedAt'))];
  const updated = toIso(at(raw, 'UpdatedAt'));
  const created = toIso(at(raw, 'CreatedAt')) ?? first ?? updated;
  if (created === undefined) return undefined;
  return {
    createdAt: created,
    updatedAt: updated ?? created,
    ...(first && { firstSeenAt: first }),
    ...(last && { lastSeenAt: last }),
  };
}

function resourcesOf(
  raw: RawObject,
  place: { readonly accountId: string; readonly region: string },
): readonly Resource[] {
  const found = listAt(raw, 'Resources')
    .slice(0, 100)
    .flatMap((resource) => {
      const id = textAt(resource, ['Id'], 2048);
      const region = textAt(resource, ['Region'], 40);
      const tags = tagsAt(resource, 'Tags');
      return id === undefined
        ? []
        : [{ type: textAt(resource, ['Type'], 128) ?? 'Other', id, ...(region && { region }), ...(tags && { tags }) }];
    });
  return found.length > 0
    ? found
    : [{ type: 'AwsAccount', id: `AWS::::Account:${place.accountId}`, region: place.region }];
}

/** GuardDuty's samples as Security Hub passes them on; see src/sources/guardduty.ts on what counts. */
function isSample(raw: RawObject, type: string | undefined, resources: readonly Resource[]): boolean {
  return (
    looksGenerated({ title: textAt(raw, ['Title']), type, resources }) ||
    fieldText(raw, 'additionalInfo/sample')?.toLowerCase() === 'true' ||
    trueAt(embeddedAt(raw, 'ProductFields', 'aws/guardduty/service/additionalInfo/value'), 'sample') ||
    trueAt(embeddedAt(raw, 'ProductFields', 'additionalInfo'), 'sample')
  );
}

function entitiesOf(raw: RawObject, resources: readonly Resource[], identity: Identity): Entities {
  const found = fromResources(resources);
  const health =
    identity.source === 'health'
      ? identifier('healthEntity', resources.find(({ type }) => type !== 'AwsAccount')?.id)
      : undefined;
  return {
    ...found,
    ...network(raw),
    ...(identity.source === 'guardduty' ? sequenceEntities(at(raw, 'Detection', 'Sequence')) : {}),
    ...credentials(raw, found),
    ...(identity.source === 'guardduty' ? remote(raw) : {}),
    ...(health && { healthEntity: { id: health } }),
  };
}

/** Where the first instance or security group stands. */
function network(raw: RawObject): Entities {
  const details = listAt(raw, 'Resources').map((resource) => at(resource, 'Details'));
  const ids = details.flatMap((detail) => [at(detail, 'AwsEc2Instance'), at(detail, 'AwsEc2SecurityGroup')]);
  const vpc = ids.map((detail) => identifier('vpc', textAt(detail, ['VpcId']))).find((id) => id !== undefined);
  const subnet = ids.map((detail) => identifier('subnet', textAt(detail, ['SubnetId']))).find((id) => id !== undefined);
  return { ...(vpc && { vpc: { id: vpc } }), ...(subnet && { subnet: { id: subnet } }) };
}

/** The key's user is what the finding says; the plan asks IAM whose key it is. */
function credentials(raw: RawObject, found: Entities): Entities {
  const details = listAt(raw, 'Resources')
    .map((resource) => at(resource, 'Details', 'AwsIamAccessKey'))
    .find((detail) => detail !== undefined);
  const name = textAt(details, ['PrincipalName']) ?? textAt(details, ['UserName']);
  const id = found.accessKey?.id ?? identifier('accessKey', textAt(details, ['AccessKeyId']));
  const userName = identifier('iamName', name);
  const type = textAt(details, ['PrincipalType']) ?? (at(details, 'UserName') === undefined ? undefined : 'IAMUser');
  return {
    ...principal({ type, name, id: textAt(details, ['PrincipalId']) }),
    ...(id && { accessKey: { id, ...(userName && { userName }) } }),
  };
}

const REMOTES = [
  'networkConnectionAction',
  'awsApiCallAction',
  'kubernetesApiCallAction',
  'rdsLoginAttemptAction',
  'portProbeAction/portProbeDetails:0',
];

function remote(raw: RawObject): Entities {
  const addresses = REMOTES.map((action) => fieldText(raw, `action/${action}/remoteIpDetails/ipAddressV4`));
  const address = addresses.find((text) => identifier('ip', text) !== undefined);
  const domain = identifier('domain', fieldText(raw, 'action/dnsRequestAction/domain'));
  return { ...(address && { ip: { address } }), ...(domain && { domain: { name: domain } }) };
}

/** ArchiveFindings wants the detector and the finding's bare id; Security Hub's Id is GuardDuty's ARN. */
function guardDutyKeys(
  raw: RawObject,
  source: Source,
  id: string,
  region: string,
): Pick<Finding['writeBack'], 'guardDuty'> {
  return source === 'guardduty' ? archiveKeys(id, fieldText(raw, 'detectorId'), region) : {};
}

/** A note does not move the finding's own UpdatedAt. */
function noteOf(raw: RawObject): Pick<Finding, 'noteBy' | 'statedAt'> {
  const by = textAt(raw, ['Note', 'UpdatedBy'], 512);
  const written = toIso(at(raw, 'Note', 'UpdatedAt'));
  return { ...(by !== undefined && { noteBy: by }), ...(written && { statedAt: written }) };
}
