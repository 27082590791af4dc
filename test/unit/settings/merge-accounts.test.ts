import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { withAccounts } from '../../../src/domain/merge-accounts.ts';
import type { OrganizationAccount, OrganizationList } from '../../../src/domain/organization.ts';
import { knownAccount, SettingsFile } from '../../../src/domain/settings.ts';

const ROOT = { id: 'r-acme', name: 'Root' };
const PROD = { id: 'ou-acme-product10', name: 'Production' };
const DEEP = { id: 'ou-acme-deeper100', name: 'Payments' };
const LISTED = '333333333331';
const FOUND = '600000000001';

type Organization = z.input<typeof SettingsFile>['organization'];

function file(organization: Organization = {}, listed: z.input<typeof SettingsFile>['accounts'] = [entry()]) {
  return SettingsFile.parse({
    schema: 'cordon/settings/v1',
    slack: { team: 'T0ACME' },
    aws: { homeRegion: 'eu-west-1', securityAccount: '222222222222' },
    accounts: listed,
    organization: { discover: true, ownersTag: 'owners', environmentTag: 'env', ...organization },
    people: {},
    channels: { triage: 'C0TRIAGE', ops: 'C0OPS' },
  });
}

function entry(over: object = {}) {
  return { id: LISTED, alias: 'prod-payments', environment: 'prod', owners: ['U0ALICE'], ...over };
}

function account(over: Partial<OrganizationAccount> = {}): OrganizationAccount {
  return { id: FOUND, name: 'shop', state: 'ACTIVE', units: [ROOT, PROD], tags: {}, ...over };
}

function list(...accounts: OrganizationAccount[]): OrganizationList {
  return { managementId: '111111111111', accounts: [account({ id: LISTED, name: 'other name' }), ...accounts] };
}

const ids = (settings: ReturnType<typeof withAccounts>) => settings.accounts.map(({ id }) => id);
const why = (settings: ReturnType<typeof withAccounts>) =>
  Object.fromEntries(settings.leftOut.map((one) => [one.account.id, one.because]));

describe('accounts of the organization', () => {
  test('stand beside those of the file, which win, and only get to know their unit', () => {
    const tags = { owners: 'U0BO U0CAROL', env: 'staging' };
    const settings = withAccounts(file(), list(account({ tags, units: [ROOT, PROD, DEEP] })));
    expect(settings.accounts).toEqual([
      {
        ...entry(),
        regions: ['eu-west-1'],
        act: true,
        management: false,
        unit: 'Production',
      },
      {
        id: FOUND,
        alias: 'shop',
        environment: 'staging',
        owners: ['U0BO', 'U0CAROL'],
        regions: ['eu-west-1'],
        act: false,
        management: false,
        from: 'organization',
        unit: 'Production / Payments',
      },
    ]);
  });

  test('are not there without discovery, and not before the organization was read', () => {
    expect(ids(withAccounts(file({ discover: false }), list(account())))).toEqual([LISTED]);
    expect(ids(withAccounts(file(), undefined))).toEqual([LISTED]);
  });

  test('are observed only, unless the settings say otherwise for all, for one, or for its unit', () => {
    const acts = (act: NonNullable<Organization>['act']) =>
      withAccounts(file({ act }), list(account({ units: [ROOT, PROD, DEEP] }))).accounts[1]?.act;
    expect(acts(undefined)).toBe(false);
    expect(acts(true)).toBe(true);
    expect(acts({ accounts: [FOUND] })).toBe(true);
    expect(acts({ units: [PROD.id] })).toBe(true);
    expect(acts({ accounts: [LISTED], units: ['ou-acme-other1000'] })).toBe(false);
  });

  test('are never acted in when they are the management account or Cordon’s own, whatever the file says', () => {
    const organization = list(
      account({ id: '222222222222', name: 'security' }),
      account({ id: '111111111111', name: 'm' }),
    );
    const settings = withAccounts(file({ act: true }), { ...organization, managementId: LISTED });
    expect(settings.accounts.map(({ id, act, management }) => ({ id, act, management }))).toEqual([
      { id: LISTED, act: false, management: true },
      { id: '222222222222', act: false, management: false },
      { id: '111111111111', act: true, management: false },
    ]);
  });

  test('take owners that are Slack member ids and say what is none', () => {
    const { accounts } = withAccounts(
      file(),
      list(account({ tags: { owners: 'U0BO:bob <!channel>', env: 'x\u202e' } })),
    );
    expect(accounts[1]).toMatchObject({ owners: ['U0BO'] });
    expect(accounts[1]).not.toHaveProperty('environment');
    expect(accounts[1]?.notes).toEqual([
      'its tag owners holds “bob”, which is no Slack member id',
      'its tag owners holds “<!channel>”, which is no Slack member id',
      'its tag env is no environment',
    ]);
  });

  test('have each an alias of its own, without anything that is markup', () => {
    const twins = [account({ name: 'prod-payments' }), account({ id: '600000000002', name: '<!here> *shop*' })];
    const { accounts } = withAccounts(file(), list(...twins, account({ id: '600000000003', name: '' })));
    expect(accounts.map(({ alias }) => alias)).toEqual([
      'prod-payments',
      `prod-payments-${FOUND}`,
      'here shop',
      '600000000003',
    ]);
  });
});

describe('what is left out', () => {
  test('is every account that AWS does not call active, also one that the file lists', () => {
    const shut = [account({ state: 'SUSPENDED' }), account({ id: '600000000002', state: 'UNKNOWN', name: 'x' })];
    const settings = withAccounts(file(), {
      managementId: '1',
      accounts: [account({ id: LISTED, state: 'CLOSED' }), ...shut],
    });
    expect(ids(settings)).toEqual([]);
    expect(why(settings)).toEqual({ [LISTED]: 'CLOSED', [FOUND]: 'SUSPENDED', '600000000002': 'UNKNOWN' });
    expect(settings.leftOut.map(({ account: { act } }) => act)).toEqual([false, false, false]);
    expect(knownAccount(settings, FOUND)?.alias).toBe('shop');
  });

  test('is what is excluded, whatever includes it, by id or by any unit above it', () => {
    const deep = list(account({ units: [ROOT, PROD, DEEP] }));
    const both = { accounts: [FOUND, LISTED], units: [PROD.id] };
    expect(why(withAccounts(file({ exclude: { accounts: [LISTED] }, include: both }), deep))).toEqual({
      [LISTED]: 'excluded',
    });
    expect(why(withAccounts(file({ exclude: { units: [DEEP.id] }, include: both }), deep))).toEqual({
      [FOUND]: 'excluded',
    });
    expect(why(withAccounts(file({ exclude: { units: [ROOT.id] } }), deep))).toEqual({
      [LISTED]: 'excluded',
      [FOUND]: 'excluded',
    });
  });

  test('is what is not included, when anything is', () => {
    const settings = withAccounts(file({ include: { accounts: [LISTED] } }), list(account()));
    expect(ids(settings)).toEqual([LISTED]);
    expect(why(settings)).toEqual({ [FOUND]: 'not-included' });
  });

  test('is, of a static list alone, what is excluded or not included', () => {
    const two = [entry(), entry({ id: '333333333332', alias: 'two' })];
    const alone = (organization: Organization) =>
      ids(withAccounts(file({ discover: false, ...organization }, two), undefined));
    expect(alone({})).toEqual([LISTED, '333333333332']);
    expect(alone({ exclude: { accounts: [LISTED] } })).toEqual(['333333333332']);
    expect(alone({ include: { accounts: [LISTED] } })).toEqual([LISTED]);
    expect(alone({ include: { accounts: [LISTED] }, exclude: { accounts: [LISTED] } })).toEqual([]);
  });

  test('is every account whose unit is not known while units decide: nothing is entered on a guess', () => {
    const exclude = { units: [PROD.id] };
    expect(why(withAccounts(file({ exclude }), undefined))).toEqual({ [LISTED]: 'unit-unknown' });
    expect(why(withAccounts(file({ include: { units: [PROD.id] } }), undefined))).toEqual({ [LISTED]: 'unit-unknown' });
    expect(why(withAccounts(file({ exclude }), list(account({ units: [] }))))).toMatchObject({
      [FOUND]: 'unit-unknown',
    });
  });
});

describe('the hash', () => {
  test('changes with whatever decides about an account, and with nothing else', () => {
    const hash = (of: OrganizationList) => withAccounts(file(), of).hash;
    const before = hash(list(account()));
    expect(hash(list(account()))).toBe(before);
    expect(hash(list(account({ tags: { owners: 'U0BO' } })))).not.toBe(before);
    expect(hash(list(account({ state: 'SUSPENDED' })))).not.toBe(before);
    expect(hash(list())).not.toBe(before);
    expect(withAccounts(file({ act: true }), list(account())).hash).not.toBe(before);
  });
});
