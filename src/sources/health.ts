import {
  type Finding,
  HEALTH_ACTIONABILITIES,
  HEALTH_CATEGORIES,
  type HealthFacts,
  type Severity,
} from '../domain/finding.ts';
import { parseArn } from './arn.ts';
import { toIso } from './dates.ts';
import { fromResources, identifier } from './entities.ts';
import { healthKey } from './identity.ts';
import { checkOwnership, checkPlace, partitionOf, REGION } from './place.ts';
import { at, listAt, numberAt, type RawObject, tagsAt, textAt } from './raw.ts';
import { resourceTypeOf } from './resource-type.ts';
import { type FindingSource, judged, problem, type ReadResult } from './source.ts';

/**
 * Events of AWS Health, abuse notices among them, as EventBridge delivers them; they are read with their envelope, which holds the time of sending.
 * https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
 */
export const health: FindingSource = { name: 'health', recognises, read };

export const HEALTH_EVENTS = ['AWS Health Event', 'AWS Health Abuse Event'] as const;

function recognises(raw: RawObject): boolean {
  return HEALTH_EVENTS.some((type) => type === at(raw, 'detail-type'));
}

function read(raw: RawObject, pointer: string): ReadResult {
  const detail = at(raw, 'detail');
  const arn = textAt(detail, ['eventArn'], 1024);
  const code = identifier('healthCode', textAt(detail, ['eventTypeCode'], 200));
  if (arn === undefined || code === undefined)
    return problem(
      'field_missing',
      `${pointer}/detail`,
      'a Health event without eventArn or a well-formed eventTypeCode',
      'Send the event as AWS Health puts it on the bus.',
    );
  // In the organisation's view the envelope's account is the receiver's, and its Region the bus's.
  const account = textAt(detail, ['affectedAccount']);
  const region = regionOf(detail, arn);
  const misplaced = checkPlace({ account, region }, `${pointer}/detail`);
  const place = { accountId: account ?? '', region: region ?? '', partition: partitionOf(region ?? '') };
  const times = timesOf(raw, detail);
  if (times === undefined)
    return problem(
      'time_missing',
      `${pointer}/detail/lastUpdatedTime`,
      'the event has no readable time',
      'lastUpdatedTime, or the time of the event, must be a date.',
    );
  const affected = affectedResources(raw);
  const refusal = misplaced ?? checkOwnership(place, affected, `${pointer}/detail/affectedEntities`);
  const facts = factsOf(raw, detail);
  const entity = affected.map(({ id }) => identifier('healthEntity', id)).find((id): id is string => id !== undefined);
  const finding: Finding = {
    key: healthKey({ accountId: place.accountId, arn, page: facts.page }),
    source: 'health',
    shape: 'health',
    kind: 'notice',
    id: arn,
    type: code,
    standards: [],
    requirements: [],
    title: `${facts.abuse ? 'Abuse notice' : 'Health notice'} from AWS: ${code}`,
    description: descriptionOf(detail),
    ...place,
    ...severityOf(code, facts),
    state: facts.status === 'closed' ? 'archived' : 'active',
    count: 1,
    ...times,
    // The event first: its pages, which differ in what they list, belong together.
    resources: [{ type: 'Other', id: arn, region: place.region }, ...affected],
    entities: { ...fromResources(affected), ...(entity && { healthEntity: { id: entity } }) },
    sample: false,
    writeBack: {},
    health: facts,
  };
  return judged(finding, refusal);
}

/** Where global services are at home, by partition. */
const HOMES: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

/** `eventRegion` may be `global`, or absent in abuse notices: then the Region of the event's ARN, or where global services of the partition are at home. */
function regionOf(detail: unknown, arn: string): string | undefined {
  const named = parseArn(arn);
  const stated = [textAt(detail, ['eventRegion'], 40), named?.region];
  const region = stated.find((text) => text !== undefined && REGION.test(text));
  if (region !== undefined) return region;
  return stated.includes('global') ? HOMES[named?.partition ?? 'aws'] : stated[0];
}

function factsOf(raw: RawObject, detail: unknown): HealthFacts {
  const category = HEALTH_CATEGORIES.find((known) => known === textAt(detail, ['eventTypeCategory']));
  const actionability = HEALTH_ACTIONABILITIES.find((known) => known === textAt(detail, ['actionability']));
  const scope = (['PUBLIC', 'ACCOUNT_SPECIFIC'] as const).find((known) => known === textAt(detail, ['eventScopeCode']));
  const status = (['open', 'upcoming', 'closed'] as const).find((known) => known === textAt(detail, ['statusCode']));
  const service = identifier('healthCode', textAt(detail, ['service']));
  // `1234abc-2` is page 2 of communication 1234abc.
  const communication = identifier('healthEntity', textAt(detail, ['communicationId'])?.replace(/-\d{1,4}$/, ''));
  const [startsAt, endsAt] = [toIso(at(detail, 'startTime')), toIso(at(detail, 'endTime'))];
  return {
    abuse: at(raw, 'detail-type') === 'AWS Health Abuse Event',
    page: clampPage(numberAt(detail, 'page')),
    pages: clampPage(numberAt(detail, 'totalPages')),
    ...(category && { category }),
    ...(actionability && { actionability }),
    ...(scope && { scope }),
    ...(status && { status }),
    ...(service && { service }),
    ...(communication && { communication }),
    ...(startsAt && { startsAt }),
    ...(endsAt && { endsAt }),
  };
}

function clampPage(page: number | undefined): number {
  return Math.min(1000, Math.max(1, Math.floor(page ?? 1)));
}

const SEVERITY_OF: Readonly<Record<NonNullable<HealthFacts['actionability'] | HealthFacts['category']>, Severity>> = {
  ACTION_REQUIRED: 'high',
  ACTION_MAY_BE_REQUIRED: 'medium',
  INFORMATIONAL: 'informational',
  issue: 'medium',
  scheduledChange: 'medium',
  accountNotification: 'low',
  investigation: 'low',
};

/** What AWS says of the need to act; where it says nothing, what kind of notice it is. Abuse and exposed credentials have a deadline and an attacker. */
function severityOf(code: string, facts: HealthFacts): Pick<Finding, 'severity' | 'rawSeverity'> {
  const rawSeverity = facts.actionability ?? facts.category ?? 'absent';
  if (facts.abuse || code.startsWith('AWS_ABUSE_') || code.startsWith('AWS_RISK_'))
    return { severity: 'high', rawSeverity };
  return { severity: SEVERITY_OF[facts.actionability ?? facts.category ?? 'accountNotification'], rawSeverity };
}

/** The start may lie months ahead (a retirement): it is a fact of the notice and not when it was written. */
function timesOf(raw: RawObject, detail: unknown): Pick<Finding, 'createdAt' | 'updatedAt'> | undefined {
  const [sent, start] = [toIso(at(raw, 'time')), toIso(at(detail, 'startTime'))];
  const updated = toIso(at(detail, 'lastUpdatedTime')) ?? sent ?? start;
  if (updated === undefined) return undefined;
  return { createdAt: start !== undefined && start < updated ? start : updated, updatedAt: updated };
}

/** `affectedEntities`, or the envelope's `resources` when the detail has none. */
function affectedResources(raw: RawObject): Finding['resources'] {
  const entities = listAt(raw, 'detail', 'affectedEntities').map((entity) => ({
    id: textAt(entity, ['entityValue'], 2048),
    tags: tagsAt(entity, 'tags'),
  }));
  const listed = listAt(raw, 'resources').map((id) => ({ id: textAt({ id }, ['id'], 2048), tags: undefined }));
  return (entities.length > 0 ? entities : listed)
    .slice(0, 99)
    .flatMap(({ id, tags }) => (id === undefined ? [] : [{ type: resourceTypeOf(id), id, ...(tags && { tags }) }]));
}

/** English where there are several languages. */
function descriptionOf(detail: unknown): string {
  const texts = listAt(detail, 'eventDescription');
  const english = texts.find((text) => textAt(text, ['language'])?.toLowerCase().startsWith('en'));
  return textAt(english ?? texts[0], ['latestDescription'], 4000) ?? '';
}
