import type { Finding } from '../domain/finding.ts';
import { formatArn, parseArn } from './arn.ts';

/**
 * The key of a GuardDuty finding: its ARN in lower case. Security Hub uses that ARN as the finding's Id and so does OCSF, so the ways of arrival
 * meet here; a finding without an ARN gets the one GuardDuty would write.
 */
export function guardDutyKey(finding: {
  readonly arn: string | undefined;
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly detectorId: string | undefined;
  readonly id: string;
}): string {
  const parsed = finding.arn === undefined ? undefined : parseArn(finding.arn);
  const { partition, region, accountId } = finding;
  const resource = `detector/${finding.detectorId ?? '-'}/finding/${finding.id}`;
  return formatArn(parsed ?? { partition, service: 'guardduty', region, account: accountId, resource }).toLowerCase();
}

/** What ArchiveFindings wants, out of the finding's ARN: nothing when a part is missing or has characters that no id has. */
export function archiveKeys(
  arn: string,
  statedDetector: string | undefined,
  region: string,
): Pick<Finding['writeBack'], 'guardDuty'> {
  const [, detector, , findingId] = parseArn(arn)?.resource.split('/') ?? [];
  const detectorId = detector ?? statedDetector;
  if (detectorId === undefined || findingId === undefined) return {};
  return [detectorId, findingId].every((text) => /^[A-Za-z0-9-]{1,300}$/.test(text))
    ? { guardDuty: { detectorId, findingId, region } }
    : {};
}

/**
 * The key of any other ASFF finding: product, account, Region, Id, and the control. Ids of third parties are unique only within their product.
 * The same check under several standards stays several findings on purpose: each has its own Id to write back to, and when consolidated
 * controls are switched on the old ones are archived while the new ones are open. Correlation folds them into one incident; `checkKey` counts them once.
 */
export function asffKey(finding: {
  readonly product: string;
  readonly accountId: string;
  readonly region: string;
  readonly id: string;
  readonly control: string | undefined;
}): string {
  const arn = parseArn(finding.id);
  const parts = [
    finding.product,
    finding.accountId,
    finding.region,
    arn === undefined ? finding.id : formatArn(arn).toLowerCase(),
  ];
  return ['asff', ...parts, ...(finding.control === undefined ? [] : [finding.control.toLowerCase()])].join('|');
}

/**
 * The key of a Health event: its ARN and the account, since one event concerns many. An update, or the copy for the backup Region, is the same record;
 * the further pages of a long list are records of their own, because each holds resources that the others do not.
 */
export function healthKey(event: { readonly accountId: string; readonly arn: string; readonly page: number }): string {
  const parts = ['health', event.accountId, event.arn.toLowerCase()];
  return (event.page > 1 ? [...parts, `page ${event.page}`] : parts).join('|');
}

/** One check of one resource, over all standards that report it: control, account, Region, resource. Undefined for what is not a control. */
export function checkKey(finding: Finding): string | undefined {
  if (finding.control === undefined) return undefined;
  const resource = finding.resources.find(({ type }) => type !== 'AwsAccount') ?? finding.resources[0];
  return [finding.control, finding.accountId, finding.region, resource?.id ?? '-'].join('|').toLowerCase();
}
