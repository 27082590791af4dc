import { HOME_REGION, SECURITY_ACCOUNT } from '../../world.ts';
import type { Organization } from '../organization.ts';
import type { GuardDutyFinding, HubFinding } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import type { Table } from '../state/table.ts';
import { isTree } from '../wire/schemas.ts';
import { deliver } from './deliver.ts';
import { toHubFinding } from './guardduty-to-hub.ts';

/** The findings of the whole organisation, as the administrator's Security Hub holds them. */
export function hubTable(state: State): Table<HubFinding> {
  return state.table('hub-findings', SECURITY_ACCOUNT);
}

/** A finding's key in Security Hub: the same Id may come from two products. */
export function hubKey(finding: { readonly ProductArn: string; readonly Id: string }): string {
  return `${finding.ProductArn}|${finding.Id}`;
}

/** Says "Imported" on the bus: after every import and after every update, the product's own included. */
export function announceImported(organization: Organization, finding: HubFinding): void {
  deliver(organization, {
    source: 'aws.securityhub',
    detailType: 'Security Hub Findings - Imported',
    region: HOME_REGION,
    resources: [`${finding.ProductArn}/${finding.Id}`],
    detail: { findings: [finding] },
  });
}

const CUSTOMER_FIELDS = ['Note', 'UserDefinedFields', 'VerificationState', 'Workflow'] as const;

/**
 * Takes a finding into Security Hub and announces it. What only BatchUpdateFindings may set is kept from before; the workflow goes back to NEW
 * when an archived finding becomes active or a passed control fails again (suppressed findings stay so), and to RESOLVED when a control passes.
 */
export function importFinding(
  organization: Organization,
  finding: HubFinding,
  state: State = organization.state,
): HubFinding {
  const table = hubTable(state);
  const before = table.get(hubKey(finding));
  const kept = before
    ? Object.fromEntries(
        CUSTOMER_FIELDS.flatMap((field) => (before[field] === undefined ? [] : [[field, before[field]]])),
      )
    : {};
  const merged: HubFinding = { ...finding, ...kept, Workflow: { Status: nextStatus(before, finding) } };
  table.put(hubKey(merged), merged);
  if (state === organization.state) announceImported(organization, merged);
  return merged;
}

function nextStatus(before: HubFinding | undefined, now: HubFinding): string {
  const current = statusOf(before) ?? statusOf(now) ?? 'NEW';
  if (complianceOf(now) === 'PASSED') return current === 'SUPPRESSED' ? current : 'RESOLVED';
  if (!before || current === 'SUPPRESSED') return current;
  const reactivated = before['RecordState'] === 'ARCHIVED' && now['RecordState'] === 'ACTIVE';
  const failedAgain = complianceOf(before) === 'PASSED' && complianceOf(now) !== 'PASSED';
  return reactivated || failedAgain ? 'NEW' : current;
}

function statusOf(finding: HubFinding | undefined): string | undefined {
  const workflow = finding?.['Workflow'];
  const status = isTree(workflow) ? workflow['Status'] : undefined;
  return typeof status === 'string' ? status : undefined;
}

function complianceOf(finding: HubFinding): unknown {
  const compliance = finding['Compliance'];
  return isTree(compliance) ? compliance['Status'] : undefined;
}

/** Stores a GuardDuty finding (or its recurrence: the count grows, the creation stays), says so on the bus, and hands it to Security Hub. */
export function publishGuardDuty(
  organization: Organization,
  finding: GuardDutyFinding,
  state: State = organization.state,
): GuardDutyFinding {
  const table = state.table('guardduty-findings', finding.accountId, finding.region);
  const before = table.get(finding.id);
  const stored: GuardDutyFinding = before
    ? {
        ...finding,
        createdAt: before.createdAt,
        service: {
          ...finding.service,
          count: before.service.count + 1,
          eventFirstSeen: before.service['eventFirstSeen'],
        },
      }
    : finding;
  table.put(stored.id, stored);
  if (state === organization.state) announceGuardDuty(organization, stored);
  importFinding(organization, toHubFinding(stored), state);
  return stored;
}

/** Says a finding of GuardDuty on the bus. */
export function announceGuardDuty(organization: Organization, finding: GuardDutyFinding): void {
  deliver(organization, {
    source: 'aws.guardduty',
    detailType: 'GuardDuty Finding',
    region: finding.region,
    resources: [],
    detail: finding,
  });
}
