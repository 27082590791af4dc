import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { furtherAccountId } from '../../../sandbox/aws/seed/membership.ts';
import { ACCOUNTS, HOME_REGION, MANAGEMENT_ACCOUNT } from '../../../sandbox/world.ts';
import type { OrganizationAccount } from '../../../src/domain/organization.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { discover } from '../../../src/flow/discover.ts';
import { watchAccounts } from '../../../src/flow/watch-accounts.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { type OrganizationWorld, openOrganizationWorld } from '../../support/organization-world.ts';
import { until } from '../../support/rows.ts';

const DESCRIBE: AwsCall = { service: 'ec2', operation: 'DescribeVpcs', input: {} };
const REGIONS = [HOME_REGION, 'us-east-1', 'eu-south-1'];

let store: TestStore;
let world: OrganizationWorld | undefined;

beforeEach(async () => {
  store = await memoryStore();
});
afterEach(() => world?.close());

/** Closed when the test ends. */
async function enter(options: Parameters<typeof openOrganizationWorld>[1]): Promise<OrganizationWorld> {
  world = await openOrganizationWorld(store, options);
  return world;
}

/** How many connections this process has open at most while the work is done. */
async function mostSockets(work: () => Promise<unknown>): Promise<number> {
  let [open, most] = [0, 0];
  const count = (message: unknown): void => {
    if (
      typeof message !== 'object' ||
      message === null ||
      !('socket' in message) ||
      !(message.socket instanceof Socket)
    )
      return;
    open += 1;
    most = Math.max(most, open);
    message.socket.once('close', () => {
      open -= 1;
    });
  };
  subscribe('net.client.socket', count);
  await work().finally(() => unsubscribe('net.client.socket', count));
  return most;
}

function optInEverywhere({ aws }: OrganizationWorld): void {
  const accounts = aws.organization.state.table('organization-accounts', MANAGEMENT_ACCOUNT);
  for (const row of accounts.list()) accounts.put(row.Id, { ...row, OptedInRegions: ['eu-south-1'] });
}

describe('250 accounts in three Regions', () => {
  test('take one AssumeRole an account and a bounded number of connections, however many ask at once', async () => {
    const opened = await enter({ furtherAccounts: 250 });
    optInEverywhere(opened);
    const ids = Array.from({ length: 250 }, (_, index) => furtherAccountId(index + 1));
    await store.tx((tx) => tx.organization.replace({ managementId: MANAGEMENT_ACCOUNT, accounts: ids.map(member) }));
    const read = async (id: string, region: string) => (await opened.sessions.read(id, region)).send(DESCRIBE);
    const most = await mostSockets(() => Promise.all(ids.flatMap((id) => REGIONS.map((region) => read(id, region)))));
    const calls = await opened.calls();
    expect(calls.filter(({ what }) => what === 'sts:AssumeRole')).toHaveLength(250);
    expect(calls.filter(({ what }) => what === 'ec2:DescribeVpcs')).toHaveLength(750);
    expect(most).toBeGreaterThan(1);
    // One that is being closed may still be counted when the next is opened in its place.
    expect(most).toBeLessThanOrEqual(64 + 4);
  }, 120_000);
});

function member(id: string): OrganizationAccount {
  return { id, name: `member ${id}`, state: 'ACTIVE', units: [], tags: {} };
}

describe('the list of accounts', () => {
  const ids = async () => (await world?.settings())?.accounts.map(({ id }) => id);

  test('comes from AWS Organizations call by call, with units, owners and environments, and is on record', async () => {
    const opened = await enter({ furtherAccounts: 30, settings: { accounts: [] } });
    const before = (await opened.calls()).length;
    await discover(opened.deps);
    const { accounts } = await opened.settings();
    expect(accounts).toHaveLength(ACCOUNTS.length + 30);
    expect(accounts.find(({ id }) => id === '333333333331')).toMatchObject({
      alias: 'prod-payments',
      environment: 'prod',
      owners: ['U0ALICE0001'],
      unit: 'Workloads / Production',
    });
    expect(accounts.find(({ id }) => id === MANAGEMENT_ACCOUNT)).toMatchObject({ management: true, act: false });
    const asked = (await opened.calls()).slice(before);
    expect(asked.filter(({ what }) => what === 'organizations:ListTagsForResource')).toHaveLength(accounts.length);
    const [record] = await store.read.audit.ofSubject('accounts', 1);
    expect(record).toMatchObject({ event: 'accounts.changed', details: { accounts: accounts.length } });
  });

  test('is read again gently when AWS is busy, and stays as it was when AWS does not tell', async () => {
    const opened = await enter({ settings: { accounts: [] } });
    await opened.fault({ service: 'organizations', operation: 'ListAccounts', kind: 'throttle', times: 3 });
    await discover(opened.deps);
    const before = await ids();
    expect(before).toHaveLength(ACCOUNTS.length);
    await opened.fault({ service: 'organizations', operation: 'ListRoots', kind: 'deny', times: 100 });
    expect(await discover(opened.deps)).toBeUndefined();
    expect(await ids()).toEqual(before);
    expect((await store.read.organization.head()).problem).toMatchObject({
      hint: expect.stringContaining('delegated administrator'),
    });
  });

  test('two that read at once do not get into each other’s way', async () => {
    const opened = await enter({ settings: { accounts: [] } });
    const both = await Promise.all([discover(opened.deps), discover(opened.deps)]);
    expect(both.every((change) => change !== undefined)).toBe(true);
  });

  test('of a thousand is put together once, not at every look', async () => {
    const opened = await enter({ settings: { accounts: [] } });
    const accounts = Array.from({ length: 1_000 }, (_, index) => member(furtherAccountId(index + 1)));
    await store.tx((tx) => tx.organization.replace({ managementId: MANAGEMENT_ACCOUNT, accounts }));
    const first = await opened.settings();
    expect(first.accounts).toHaveLength(1_000);
    expect(await opened.settings()).toBe(first);
  });
});

describe('an account that does not answer', () => {
  test('holds its own place and nobody else’s', async () => {
    const opened = await enter({
      furtherAccounts: 12,
      settings: { accounts: [], accountChecks: { atOnce: 2 } },
    });
    const hanging = furtherAccountId(1);
    await opened.fault({
      service: 'ec2',
      operation: 'DescribeRegions',
      account: hanging,
      kind: 'timeout-before',
      times: 1_000,
    });
    await discover(opened.deps);
    await store.pool.query(
      `INSERT INTO cordon.account_check (account_id, due_at) VALUES ($1, now() - interval '1 day')`,
      [hanging],
    );
    const stop = new AbortController();
    const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 20)));
    const watching = watchAccounts({ ...opened.deps, pause }, stop.signal);
    const others = (await ids(opened)).filter((id) => id !== hanging);
    await until(async () => {
      const seen = new Set((await store.read.health.list()).map(({ accountId }) => accountId));
      return others.every((id) => seen.has(id));
    });
    const calls = await opened.calls();
    const ofHanging = calls.filter(({ account }) => account === hanging);
    expect(ofHanging.length).toBeGreaterThanOrEqual(2);
    expect(ofHanging.length).toBeLessThanOrEqual(3);
    expect(await store.read.health.ofAccount(hanging)).toEqual([]); // It hangs on, and nobody has waited for it.
    stop.abort();
    await watching;
  });

  async function ids(opened: OrganizationWorld): Promise<readonly string[]> {
    return (await opened.settings()).accounts.filter(({ management }) => !management).map(({ id }) => id);
  }
});
