import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployStack } from '../../../sandbox/aws/deploy/deploy-stack.ts';
import { externalIdOf } from '../../../sandbox/aws/deploy/organization-roles.ts';
import { readTemplate } from '../../../sandbox/aws/deploy/template.ts';
import { FULL_ACCESS } from '../../../sandbox/aws/organizations/policies.ts';
import { furtherAccountId } from '../../../sandbox/aws/seed/membership.ts';
import { HOME_REGION, MANAGEMENT_ACCOUNT, ORGANIZATION_ID, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { accountReports } from '../../../src/flow/account-report.ts';
import { discover } from '../../../src/flow/discover.ts';
import { watchAccounts } from '../../../src/flow/watch-accounts.ts';
import type { AccountHealth } from '../../../src/ports.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { type OrganizationWorld, openOrganizationWorld } from '../../support/organization-world.ts';
import { until } from '../../support/rows.ts';

/** One account for each way of being broken; the wrong ExternalId is one of the sandbox's own. */
const NO_ROLE = furtherAccountId(1);
const EXTERNAL_ID = '444444444442';
const SCP = furtherAccountId(2);
const SUSPENDED = furtherAccountId(3);
const REGION_OFF = furtherAccountId(4);
const THROTTLED = furtherAccountId(5);
const BROKEN = [NO_ROLE, EXTERNAL_ID, SCP, SUSPENDED, REGION_OFF, THROTTLED];
/** Without an act role, which is well as long as nobody says that Cordon acts there. */
const OBSERVED = '555555555551';

let store: TestStore;
let world: OrganizationWorld;
let rows: readonly AccountHealth[];

function breakAccounts({ aws }: OrganizationWorld): void {
  const { state } = aws.organization;
  for (const role of ['cordon-read', 'cordon-remediate', 'cordon-presence']) state.table('roles', NO_ROLE).delete(role);
  const accounts = state.table('organization-accounts', MANAGEMENT_ACCOUNT);
  const change = (id: string, fields: object) => {
    const row = accounts.get(id);
    if (row === undefined) throw new Error(`there is no account ${id}`);
    accounts.put(id, { ...row, ...fields });
  };
  state.table('organization-policies', MANAGEMENT_ACCOUNT).put('p-lockdown', {
    Id: 'p-lockdown',
    Name: 'Lockdown',
    Type: 'SERVICE_CONTROL_POLICY',
    Content: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: ['*'], Resource: ['*'] }] },
  });
  change(SCP, { Policies: [...Object.values(FULL_ACCESS), 'p-lockdown'] });
  change(SUSPENDED, { State: 'SUSPENDED' });
}

/** As somebody does who follows the hint. */
function deployMember({ aws }: OrganizationWorld, account: string): void {
  deployStack(aws.organization, {
    template: readTemplate('infra/member-role.json'),
    account,
    region: HOME_REGION,
    stackName: 'cordon-member',
    parameters: {
      HubRoleArn: `arn:aws:iam::${SECURITY_ACCOUNT}:role/cordon-hub`,
      ExternalId: externalIdOf(account),
      OrganizationId: ORGANIZATION_ID,
    },
  });
}

beforeAll(async () => {
  store = await memoryStore();
  world = await openOrganizationWorld(store, {
    furtherAccounts: 12,
    settings: {
      accounts: [
        { id: REGION_OFF, alias: 'far-away', regions: [HOME_REGION, 'eu-south-1'] },
        { id: OBSERVED, alias: 'dev-playground', act: false },
      ],
    },
  });
  breakAccounts(world);
  await world.fault({
    service: 'ec2',
    operation: 'DescribeRegions',
    account: THROTTLED,
    kind: 'throttle',
    times: 1_000,
  });
  await discover(world.deps);
  await lookAtAll();
  rows = await store.read.health.list();
}, 60_000);

afterAll(async () => {
  await world.close();
  await store.close();
});

/** Runs the watch until every account has been looked at. */
async function lookAtAll(): Promise<void> {
  const stop = new AbortController();
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 20)));
  const watching = watchAccounts({ ...world.deps, pause }, stop.signal);
  const { accounts, leftOut } = await world.settings();
  const wanted = accounts.length - 1 + leftOut.length; // Nobody enters the management account.
  await until(async () => new Set((await store.read.health.list()).map(({ accountId }) => accountId)).size >= wanted);
  stop.abort();
  await watching;
}

const row = (id: string, purpose: 'read' | 'act' = 'read') =>
  rows.find((one) => one.accountId === id && one.purpose === purpose);

describe('one account broken in each of six ways', () => {
  test.each([
    ['no role', NO_ROLE, 'no-role', /never deployed/, /Deploy infra\/member-role\.json to member-0001/],
    [
      'wrong ExternalId',
      EXTERNAL_ID,
      'external-id',
      /another ExternalId/,
      /Deploy infra\/member-role\.json to staging-web/,
    ],
    [
      'a service control policy',
      SCP,
      'scp',
      /policy of the organization denies/,
      /service control policies of member-0002/,
    ],
    ['suspended', SUSPENDED, 'suspended', /suspended by AWS/, /Exclude the account|AWS Support/],
    [
      'a Region that is off',
      REGION_OFF,
      'region-off',
      /eu-south-1 is not switched on in far-away/,
      /Switch eu-south-1 on/,
    ],
    ['throttled', THROTTLED, 'throttled', /too many calls/, /may pass/],
  ])('%s has its own state, and says what to do', (_, id, state, detail, hint) => {
    expect(row(id)).toMatchObject({
      state,
      detail: expect.stringMatching(detail),
      hint: expect.stringMatching(hint),
    });
  });

  test('every other account is well, with both roles where it acts', async () => {
    const { accounts } = await world.settings();
    for (const { id, management, act } of accounts.filter((one) => !BROKEN.includes(one.id))) {
      expect([id, row(id)?.state, row(id, 'act')?.state]).toEqual([
        id,
        management ? undefined : 'ok',
        act ? 'ok' : undefined,
      ]);
    }
    expect(accounts.length).toBeGreaterThan(15);
  });

  test('a Region that is off does not stop the account’s other Regions, and is refused with the reason', async () => {
    await expect(world.sessions.read(REGION_OFF, HOME_REGION)).resolves.toBeDefined();
    expect(row(REGION_OFF, 'act')?.state).toBe('ok');
    await expect(world.sessions.read(REGION_OFF, 'eu-south-1')).rejects.toMatchObject({
      state: 'region-off',
      message: expect.stringContaining('eu-south-1 is not switched on in far-away'),
    });
  });

  test('a suspended account is asked nothing at all', async () => {
    expect((await world.calls()).filter(({ account }) => account === SUSPENDED)).toEqual([]);
    await expect(world.sessions.read(SUSPENDED, HOME_REGION)).rejects.toMatchObject({ code: 'account_left_out' });
  });

  test('a dead account is asked three times at most, however often it is planned in or looked at', async () => {
    for (const id of [NO_ROLE, EXTERNAL_ID]) {
      for (let again = 0; again < 5; again += 1) {
        await expect(world.sessions.read(id, HOME_REGION)).rejects.toMatchObject({ awsCode: 'RoleResting' });
        await world.deps.roles.check(id, false);
      }
      const asked = (await world.calls()).filter(({ account }) => account === id);
      expect(asked.length).toBe(id === NO_ROLE ? 2 : 3);
    }
    expect((await world.calls()).filter(({ account }) => account === THROTTLED).length).toBeLessThanOrEqual(3);
  });

  test('those with troubles stand first in the list, each trouble once', async () => {
    const reports = accountReports(await world.settings(), rows);
    expect(
      reports
        .slice(0, BROKEN.length)
        .map(({ account }) => account.id)
        .sort(),
    ).toEqual([...BROKEN].sort());
    expect(reports.find(({ account }) => account.id === NO_ROLE)?.problems).toHaveLength(1);
  });
});

describe('a role that was mended', () => {
  test('is found by whoever asks at once, and stays found', async () => {
    deployMember(world, NO_ROLE);
    expect(await world.deps.roles.check(NO_ROLE, false)).toEqual([]);
    expect(await world.deps.roles.check(NO_ROLE, true)).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
    await expect(world.sessions.read(NO_ROLE, HOME_REGION)).resolves.toBeDefined();
  });
});
