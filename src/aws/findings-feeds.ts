import { GetFindingsCommand as GetDutyFindings, GuardDutyClient, ListFindingsCommand } from '@aws-sdk/client-guardduty';
import { GetFindingsCommand as GetHubFindings, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { AwsCallError } from '../domain/errors.ts';
import type { FeedItem, FindingsFeeds } from '../ports.ts';
import type { FindingsRole } from './findings-role.ts';
import { jsonSafe } from './json-safe.ts';
import { ownDetector } from './own-detector.ts';

/** The most that Security Hub gives in one page, and GuardDuty in one list and in one call. */
const HUB_PAGE = 100;
const DUTY_PAGE = 50;

type Read = FindingsFeeds['read'];
type From = Parameters<Read>[1];

/** Security Hub in its aggregation Region and GuardDuty Region by Region, as the security account sees them: the members' findings too. */
export function findingsFeeds(role: FindingsRole): FindingsFeeds {
  return {
    read: ({ product, region }, from) =>
      product === 'securityhub' ? readHub(role, region, from) : readGuardDuty(role, region, from),
    async again(region, findingIds) {
      const DetectorId = await ownDetector(role, region);
      return DetectorId === undefined ? [] : dutyFindings(role, region, DetectorId, findingIds);
    },
  };
}

/**
 * Archived ones too: what was archived while nobody listened must close. The range has to have an end.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html
 */
async function readHub(role: FindingsRole, region: string, { since, token }: From): ReturnType<Read> {
  const command = new GetHubFindings({
    Filters: {
      UpdatedAt: [{ Start: since, End: FAR }],
      RecordState: [
        { Value: 'ACTIVE', Comparison: 'EQUALS' },
        { Value: 'ARCHIVED', Comparison: 'EQUALS' },
      ],
    },
    SortCriteria: [{ Field: 'UpdatedAt', SortOrder: 'asc' }],
    MaxResults: HUB_PAGE,
    ...(token === null ? {} : { NextToken: token }),
  });
  const api = { service: 'securityhub', operation: 'GetFindings', region } as const;
  const answer = await role
    .send(api, (config) => new SecurityHubClient(config).send(command))
    .catch((error: unknown) => {
      throw notEnabled(error, region);
    });
  return { items: (answer.Findings ?? []).map(itemOf), next: tokenOf(answer.NextToken) };
}

/** The same end in every question, so that a token of one goes on with it. */
const FAR = '2999-12-31T23:59:59.999Z';

/** An account without Security Hub is refused with InvalidAccess; the permission is not what is missing. */
function notEnabled(error: unknown, region: string): unknown {
  if (!(error instanceof AwsCallError) || error.awsCode !== 'InvalidAccess') return error;
  return new AwsCallError(error.awsCode, error.message, {
    hint: `Enable Security Hub in ${region} of the security account, or write polling: { securityHub: false } in cordon.yaml.`,
    cause: error,
  });
}

/** First the ids in order, then the findings; the second call keeps no order. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html */
async function readGuardDuty(role: FindingsRole, region: string, { since, token }: From): ReturnType<Read> {
  const DetectorId = await ownDetector(role, region);
  if (DetectorId === undefined) return { absent: `GuardDuty has no detector in ${region} of the security account.` };
  const command = new ListFindingsCommand({
    DetectorId,
    FindingCriteria: { Criterion: { updatedAt: { GreaterThanOrEqual: Date.parse(since) } } },
    SortCriteria: { AttributeName: 'updatedAt', OrderBy: 'ASC' },
    MaxResults: DUTY_PAGE,
    ...(token === null ? {} : { NextToken: token }),
  });
  const { FindingIds = [], NextToken } = await role.send(
    { service: 'guardduty', operation: 'ListFindings', region },
    (config) => new GuardDutyClient(config).send(command),
  );
  const found = await dutyFindings(role, region, DetectorId, FindingIds);
  return { items: [...found].sort(byTime), next: tokenOf(NextToken) };
}

async function dutyFindings(
  role: FindingsRole,
  region: string,
  DetectorId: string,
  FindingIds: readonly string[],
): Promise<readonly FeedItem[]> {
  if (FindingIds.length === 0) return [];
  const command = new GetDutyFindings({ DetectorId, FindingIds: [...FindingIds] });
  const { Findings = [] } = await role.send({ service: 'guardduty', operation: 'GetFindings', region }, (config) =>
    new GuardDutyClient(config).send(command),
  );
  return Findings.map(itemOf);
}

/** The SDK turns some dates into objects; as JSON they are again what src/sources reads. */
function itemOf(finding: { readonly UpdatedAt?: string | undefined }): FeedItem {
  const time = Date.parse(finding.UpdatedAt ?? '');
  return {
    body: JSON.stringify(jsonSafe(finding)),
    updatedAt: Number.isNaN(time) ? null : new Date(time).toISOString(),
  };
}

function byTime(a: FeedItem, b: FeedItem): number {
  const [left, right] = [a.updatedAt ?? '', b.updatedAt ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** GuardDuty ends a list with an empty token. */
function tokenOf(token: string | undefined): string | null {
  return token === undefined || token === '' ? null : token;
}
