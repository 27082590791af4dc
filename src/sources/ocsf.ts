import type { ComplianceStatus, Finding, Severity, WorkflowStatus } from '../domain/finding.ts';
import { parseArn } from './arn.ts';
import { resolveControl } from './control-id.ts';
import { toIso } from './dates.ts';
import { guardDutyType } from './guardduty-type.ts';
import { archiveKeys, asffKey, guardDutyKey } from './identity.ts';
import { listedResources, ocsfEntities, ocsfResources, ownersOf } from './ocsf-resources.ts';
import { checkOwnership, checkPlace, partitionOf, REGION } from './place.ts';
import { kindOf, productOf, sourceOf } from './product.ts';
import { at, numberAt, occurrences, type RawObject, textAt, textsAt } from './raw.ts';
import { looksGenerated } from './sample.ts';
import { fromLabel, UNSTATED } from './severity.ts';
import { type FindingSource, judged, problem, type ReadResult } from './source.ts';

/**
 * Findings of the Open Cybersecurity Schema Framework: Security Hub (v2), Security Lake, prowler and other tools.
 * https://schema.ocsf.io/classes/detection_finding
 */
export const ocsf: FindingSource = { name: 'ocsf', recognises, read };

/** Security (retired), vulnerability, compliance and detection findings. */
const CLASSES = [2001, 2002, 2003, 2004];

function recognises(raw: RawObject): boolean {
  return at(raw, 'class_uid') !== undefined || at(raw, 'finding_info') !== undefined;
}

/** Class 2001 has the same facts under `finding`. */
function infoOf(raw: RawObject): unknown {
  return at(raw, 'finding_info') ?? at(raw, 'finding');
}

function read(raw: RawObject, pointer: string): ReadResult {
  const info = infoOf(raw);
  const classUid = numberAt(raw, 'class_uid');
  if (classUid !== undefined && !CLASSES.includes(classUid))
    return problem(
      'class_not_read',
      `${pointer}/class_uid`,
      `OCSF class ${classUid} is not one of the findings that are read`,
      `Send classes ${CLASSES.join(', ')}.`,
    );
  const id = textAt(info, ['uid'], 2048) ?? textAt(info, ['uid_alt'], 2048);
  if (id === undefined)
    return problem(
      'field_missing',
      `${pointer}/finding_info/uid`,
      'an OCSF finding without finding_info.uid',
      'It is what the finding is known by.',
    );
  const account = textAt(raw, ['cloud', 'account', 'uid']);
  const region = regionOf(raw, id);
  const misplaced = checkPlace({ account, region }, pointer);
  const place = { accountId: account ?? '', region: region ?? '', partition: partitionOf(region ?? '') };
  const times = timesOf(raw, info);
  if (times === undefined)
    return problem(
      'time_missing',
      `${pointer}/finding_info`,
      'the finding has no readable time',
      'finding_info.created_time, or time, must be a date.',
    );
  const resources = ocsfResources(raw, place);
  const identity = identityOf(raw, { id, ...place });
  const title = textAt(info, ['title'], 1000);
  const sample = identity.source === 'guardduty' && looksGenerated({ title, type: identity.type, resources });
  const listed = `${pointer}/resources`;
  const refusal =
    misplaced ??
    (sample
      ? undefined
      : (checkOwnership(place, resources, listed) ?? checkOwnership(place, ownersOf(raw, place.accountId), listed)));
  const finding: Finding = {
    ...identity,
    shape: 'ocsf',
    id,
    title: title ?? id,
    description: textAt(info, ['desc'], 4000) ?? textAt(raw, ['message'], 4000) ?? '',
    ...place,
    ...severityOf(raw),
    ...statusOf(raw),
    count: occurrences(numberAt(raw, 'count')),
    ...times,
    resources,
    entities: ocsfEntities(raw, resources),
    sample,
    writeBack: writeBackOf(raw, identity.source, id, place.region),
  };
  return judged(finding, refusal);
}

/** `cloud.region`, else that of a resource, else that of the finding's own ARN. */
function regionOf(raw: RawObject, id: string): string | undefined {
  const stated = [
    textAt(raw, ['cloud', 'region']),
    ...listedResources(raw).map((resource) => textAt(resource, ['region'])),
  ];
  const candidates = [...stated, parseArn(id)?.region];
  return (
    candidates.find((text) => text !== undefined && REGION.test(text)) ?? stated.find((text) => text !== undefined)
  );
}

/** The product's ARN, when Security Hub or Security Lake vouches for it; a tool's own word for itself otherwise. */
function productArnOf(raw: RawObject): string {
  return textAt(raw, ['metadata', 'product', 'uid'], 2048) ?? textAt(raw, ['metadata', 'product', 'name']) ?? '-';
}

type Identity = Pick<
  Finding,
  'key' | 'source' | 'kind' | 'type' | 'control' | 'rawControl' | 'standards' | 'requirements'
>;

/** What the finding is. Its key is the one that its GuardDuty or ASFF twin has: both call by the same id. */
function identityOf(
  raw: RawObject,
  facts: { readonly id: string; readonly accountId: string; readonly region: string; readonly partition: string },
): Identity {
  const info = infoOf(raw);
  const product = productOf(productArnOf(raw));
  const source = sourceOf(product);
  const types = textsAt(info, ['types'], 300);
  const common = {
    source,
    kind: kindOf(source, types),
    standards: textsAt(raw, ['compliance', 'standards'], 300).slice(0, 50),
    requirements: textsAt(raw, ['compliance', 'requirements'], 200),
  };
  // The first entry is a namespace such as `Threats`; a detector's type is the one with a colon.
  const type = guardDutyType(types) ?? types[0] ?? textAt(raw, ['metadata', 'event_code'], 300);
  if (source === 'guardduty') {
    const key = guardDutyKey({ ...facts, arn: facts.id, detectorId: textAt(info, ['analytic', 'uid'], 300) });
    return { ...common, key, ...(type && { type }) };
  }
  const stated = textAt(raw, ['compliance', 'control'], 300);
  const resolved =
    source === 'securityhub' ? resolveControl({ securityControlId: stated, spellings: [stated ?? '', facts.id] }) : {};
  const { control, raw: rawControl } = resolved;
  const key = asffKey({ ...facts, product, control });
  if (control === undefined) return { ...common, key, ...(type && { type }) };
  return { ...common, key, control, ...(rawControl && { rawControl }) };
}

/** `severity_id`: 1 informational to 5 critical, 6 fatal; 0 and 99 mean that the text says it. */
const SEVERITY_IDS: readonly (Severity | undefined)[] = [
  undefined,
  'informational',
  'low',
  'medium',
  'high',
  'critical',
  'critical',
];

function severityOf(raw: RawObject): Pick<Finding, 'severity' | 'rawSeverity'> {
  const number = numberAt(raw, 'severity_id');
  const label = textAt(raw, ['severity'], 40);
  const byId = number === undefined ? undefined : SEVERITY_IDS[number];
  const severity =
    byId ?? fromLabel(label ?? '') ?? fromLabel(textAt(raw, ['vendor_attributes', 'severity'], 40) ?? '');
  return {
    severity: severity ?? UNSTATED,
    rawSeverity: label ?? (number === undefined ? 'absent' : String(number)),
  };
}

type Status = 'new' | 'in progress' | 'suppressed' | 'resolved' | 'archived' | 'deleted';
const STATUSES: readonly (Status | undefined)[] = [
  undefined,
  'new',
  'in progress',
  'suppressed',
  'resolved',
  'archived',
  'deleted',
];
const WORKFLOW_OF: Readonly<Partial<Record<Status, WorkflowStatus>>> = {
  new: 'NEW',
  'in progress': 'NOTIFIED',
  suppressed: 'SUPPRESSED',
  resolved: 'RESOLVED',
};

/** The text before the number: prowler has written `New` beside 3, which is `Suppressed`. */
function statusOf(raw: RawObject): Pick<Finding, 'state' | 'workflow' | 'compliance'> {
  const label = textAt(raw, ['status'], 40)?.toLowerCase();
  const status = STATUSES.find((known) => known === label) ?? STATUSES[numberAt(raw, 'status_id') ?? 0];
  const closed = numberAt(raw, 'activity_id') === 3 || status === 'archived' || status === 'deleted';
  const workflow = status === undefined ? undefined : WORKFLOW_OF[status];
  const compliance = complianceOf(raw);
  return { state: closed ? 'archived' : 'active', ...(workflow && { workflow }), ...(compliance && { compliance }) };
}

const COMPLIANCE_OF: Readonly<Record<string, ComplianceStatus>> = {
  pass: 'PASSED',
  passed: 'PASSED',
  warning: 'WARNING',
  fail: 'FAILED',
  failed: 'FAILED',
  not_available: 'NOT_AVAILABLE',
  unknown: 'NOT_AVAILABLE',
  other: 'NOT_AVAILABLE',
  manual: 'NOT_AVAILABLE',
  muted: 'NOT_AVAILABLE',
};
const COMPLIANCE_IDS: readonly (ComplianceStatus | undefined)[] = [undefined, 'PASSED', 'WARNING', 'FAILED'];

/** The number, the text, then prowler's `status_code`: PASS must open nothing, MANUAL asks a person to look and is no failure. */
function complianceOf(raw: RawObject): ComplianceStatus | undefined {
  const byId = COMPLIANCE_IDS[numberAt(raw, 'compliance', 'status_id') ?? 0];
  const labels = [textAt(raw, ['compliance', 'status'], 40), textAt(raw, ['status_code'], 40)];
  const named = labels
    .map((label) => label?.toLowerCase())
    .find((label) => label && Object.hasOwn(COMPLIANCE_OF, label));
  return byId ?? (named === undefined ? undefined : COMPLIANCE_OF[named]);
}

function timesOf(
  raw: RawObject,
  info: unknown,
): Pick<Finding, 'createdAt' | 'updatedAt' | 'firstSeenAt' | 'lastSeenAt'> | undefined {
  const [first, last] = [timeAt(info, 'first_seen_time'), timeAt(info, 'last_seen_time')];
  const event = timeAt(raw, 'time') ?? timeAt(raw, 'event_time');
  const updated = timeAt(info, 'modified_time') ?? event;
  const created = timeAt(info, 'created_time') ?? first ?? updated;
  if (created === undefined) return undefined;
  return {
    createdAt: created,
    updatedAt: updated ?? created,
    ...(first && { firstSeenAt: first }),
    ...(last && { lastSeenAt: last }),
  };
}

/** Times come as text under `..._dt` and as a number beside it: milliseconds from AWS, seconds from prowler. */
function timeAt(value: unknown, name: string): string | undefined {
  return toIso(at(value, `${name}_dt`)) ?? toIso(at(value, name));
}

/**
 * Through GuardDuty by the finding's ARN. BatchUpdateFindings knows products by `product/...`; findings of `productv2/...` belong to Security Hub v2,
 * which has an API of its own.
 */
function writeBackOf(raw: RawObject, source: Finding['source'], id: string, region: string): Finding['writeBack'] {
  const productArn = productArnOf(raw);
  return {
    ...(/^arn:[^/]*:product\//.test(productArn) && { securityHub: { id, productArn, region } }),
    ...(source === 'guardduty' ? archiveKeys(id, undefined, region) : {}),
  };
}
