import { describe, expect, test } from 'vitest';
import type { Account } from '../../../src/domain/account.ts';
import { accountReports, organizationText } from '../../../src/flow/account-report.ts';
import type { AccountHealth } from '../../../src/ports.ts';
import { testSettings } from '../../support/flow-world.ts';

function account(id: string, alias: string, over: Partial<Account> = {}): Account {
  return { id, alias, owners: [], regions: ['eu-west-1'], act: true, management: false, ...over };
}

function row(accountId: string, over: Partial<AccountHealth> = {}): AccountHealth {
  return {
    accountId,
    purpose: 'read',
    state: 'ok',
    detail: 'd',
    hint: '',
    checkedAt: '2026-11-28T08:00:00.000Z',
    restsUntil: null,
    enabledRegions: null,
    ...over,
  };
}

const [A, B, C, D] = ['100000000001', '100000000002', '100000000003', '100000000004'];

describe('the list of accounts', () => {
  const settings = {
    ...testSettings(),
    accounts: [
      account(A, 'beta'),
      account(B, 'alpha', { act: false }),
      account(C, 'gamma', { regions: ['eu-west-1', 'eu-south-1'], notes: ['its tag owners holds “bob”'] }),
    ],
    leftOut: [{ account: account(D, 'aaa', { act: false }), because: 'excluded' as const }],
  };

  test('has those with troubles first, those left out last, and each in the order of the names', () => {
    const sick = row(A, { state: 'no-role', detail: 'gone', hint: 'deploy' });
    const reports = accountReports(settings, [sick, row(B), row(C, { enabledRegions: ['eu-west-1'] })]);
    expect(reports.map((one) => [one.account.alias, one.mode, one.problems.length])).toEqual([
      ['beta', 'acts', 1],
      ['gamma', 'acts', 1],
      ['alpha', 'observe only', 0],
      ['aaa', 'left out', 0],
    ]);
    expect(reports[0]?.problems).toEqual([{ what: 'read role no-role: gone', hint: 'deploy' }]);
    expect(reports[1]?.regionsOff).toEqual(['eu-south-1']);
    expect(reports[3]?.leftOut).toContain('organization.exclude');
  });

  test('tells once what both roles have in common, and also what is to be mended of a role that works', () => {
    const both = { state: 'external-id', hint: 'deploy' } as const;
    const [first] = accountReports(settings, [row(A, both), row(A, { ...both, purpose: 'act' })]);
    expect(first?.problems).toHaveLength(1);
    const [old] = accountReports(settings, [row(A, { hint: 'Deploy the newest template.' })]);
    expect(old?.problems).toEqual([{ what: 'read role ok: d', hint: 'Deploy the newest template.' }]);
  });

  test('says how old the organization’s list is, and that it could not be read', () => {
    const text = (record: Parameters<typeof organizationText>[1], discover = true) =>
      organizationText(
        { ...settings, organization: { ...settings.organization, discover } },
        record,
        '2026-11-28T09:30:00.000Z',
      );
    expect(text({ refreshedAt: '2026-11-28T09:00:00.000Z', problem: null })).toBe(
      'AWS Organizations was read 30 min ago.',
    );
    const problem = { message: 'denied', hint: 'Deploy infra/hub.json.' };
    expect(text({ refreshedAt: '2026-11-28T09:00:00.000Z', problem })).toMatch(
      /30 min ago; the newest attempt failed: denied Deploy/,
    );
    expect(text({ refreshedAt: null, problem: null })).toContain('not been read yet');
    expect(text({ refreshedAt: null, problem: null }, false)).toBeUndefined();
  });
});
