import { toIso } from './dates.ts';
import { HEALTH_EVENTS } from './health.ts';
import { at, isObject, type RawObject, textAt } from './raw.ts';
import { type Problem, problem, quote } from './source.ts';

/** A record with its place in the body. */
export interface Located {
  readonly value: unknown;
  readonly pointer: string;
  /** The event's own time: when its sender said this. */
  readonly statedAt?: string;
}

type Kind = { readonly source: string; readonly findings: 'event' | 'detail' | 'detail.findings' };

/** `detail-type` and the AWS source that may send it, and where its findings stand; Health is read with its envelope. */
export const EVENTS: Readonly<Record<string, Kind>> = {
  'GuardDuty Finding': { source: 'aws.guardduty', findings: 'detail' },
  'Security Hub Findings - Imported': { source: 'aws.securityhub', findings: 'detail.findings' },
  'Security Hub Findings - Custom Action': { source: 'aws.securityhub', findings: 'detail.findings' },
  ...Object.fromEntries(
    HEALTH_EVENTS.map((type): [string, Kind] => [type, { source: 'aws.health', findings: 'event' }]),
  ),
  'Findings Imported V2': { source: 'aws.securityhub', findings: 'detail.findings' },
};

/** Events that are known and that no adapter reads yet. */
const LATER = [
  'Macie Finding',
  'Inspector2 Finding',
  'Access Analyzer Finding',
  'Trusted Advisor Check Item Refresh Notification',
];

export function isEvent(raw: RawObject): boolean {
  return at(raw, 'detail-type') !== undefined && at(raw, 'detail') !== undefined;
}

/**
 * The findings inside an EventBridge event. The account and Region of the event are those of the sender and are not read. The source must be the AWS
 * service itself: nobody else may put events whose source begins with `aws.`.
 */
export function openEvent(
  raw: RawObject,
  pointer: string,
): { readonly records: readonly Located[] } | { readonly problem: Problem } {
  const type = textAt(raw, ['detail-type'], 200) ?? '';
  const event = Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined;
  if (event === undefined) return refuse(type, `${pointer}/detail-type`);
  if (at(raw, 'source') !== event.source) {
    return problem(
      'event_source_mismatch',
      `${pointer}/source`,
      `a ${type} event that does not come from ${event.source}`,
      'Only events of the AWS service itself are read.',
    );
  }
  const time = toIso(at(raw, 'time'));
  const said = time === undefined ? {} : { statedAt: time };
  if (event.findings === 'event') return { records: [{ value: raw, pointer, ...said }] };
  if (event.findings === 'detail')
    return { records: [{ value: at(raw, 'detail'), pointer: `${pointer}/detail`, ...said }] };
  const place = `${pointer}/detail/findings`;
  const findings = at(raw, 'detail', 'findings');
  if (Array.isArray(findings))
    return { records: findings.map((value, index) => ({ value, pointer: `${place}/${index}`, ...said })) };
  if (isObject(findings)) return { records: [{ value: findings, pointer: place, ...said }] };
  return problem(
    'field_missing',
    `${pointer}/detail/findings`,
    `a ${type} event without findings`,
    'detail.findings must be a list.',
  );
}

function refuse(type: string, pointer: string): { readonly problem: Problem } {
  if (type === 'Security Hub Insight Results') {
    return problem(
      'insight_without_findings',
      pointer,
      'insight results name resources and hold no findings',
      'In Security Hub, choose the findings of the insight and send those with the custom action.',
    );
  }
  if (LATER.includes(type)) {
    return problem(
      'shape_not_supported_yet',
      pointer,
      `${quote(type)} events are not read by this version`,
      'The event is kept: replay it from quarantine once a version that reads it is installed.',
    );
  }
  return problem(
    'event_not_supported',
    pointer,
    `${quote(type)} is not an event that carries findings`,
    'Narrow the EventBridge rule to GuardDuty Finding, Security Hub Findings and AWS Health events.',
  );
}
