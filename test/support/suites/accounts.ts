import { describe, expect, it } from 'vitest';
import type { OrganizationAccount, OrganizationList } from '../../../src/domain/organization.ts';
import type { AccountHealth } from '../../../src/ports.ts';
import type { OpenStore } from '../../../src/store/store.ts';

const HOUR = 3_600;
let last = 700_000_000_000;
/** An account id that no other test has. */
function freshId(): string {
  last += 1;
  return String(last);
}

function account(id: string, over: Partial<OrganizationAccount> = {}): OrganizationAccount {
  return {
    id,
    name: `name of ${id}`,
    state: 'ACTIVE',
    units: [{ id: 'r-acme', name: 'Root' }],
    tags: { env: 'prod' },
    ...over,
  };
}

/** The organization's list and the health of accounts. */
export function accountsSuite(open: () => OpenStore): void {
  const health = async (id: string): Promise<readonly AccountHealth[]> => open().read.health.ofAccount(id);
  const noted = { state: 'no-role', detail: 'd', hint: 'h' } as const;

  describe('the organization’s list', () => {
    const replace = (list: OrganizationList) => open().tx((tx) => tx.organization.replace(list));

    it('is replaced as a whole, and its revision tells whether anything changed', async () => {
      const [one, two, three] = [freshId(), freshId(), freshId()];
      await replace({ managementId: one, accounts: [account(one), account(two)] });
      const before = await open().read.organization.head();
      const next = { managementId: one, accounts: [account(two, { state: 'SUSPENDED' }), account(three)] };
      expect(await replace(next)).toEqual({ added: [three], removed: [one], changed: [two] });
      expect(await open().read.organization.get()).toEqual(next);
      const after = await open().read.organization.head();
      expect(after.revision).toBe(before.revision + 1);
      expect(await replace(next)).toEqual({ added: [], removed: [], changed: [] });
      expect((await open().read.organization.head()).revision).toBe(after.revision);
    });

    it('stays when a refresh fails, with the reason beside it until one succeeds', async () => {
      const id = freshId();
      const list = { managementId: id, accounts: [account(id)] };
      await replace(list);
      const problem = { code: 'aws_call_failed', message: 'no', hint: 'wait' };
      await open().read.organization.failed(problem, 60);
      expect(await open().read.organization.get()).toEqual(list);
      expect(await open().read.organization.head()).toMatchObject({ problem, refreshedAt: expect.any(String) });
      await replace(list);
      expect((await open().read.organization.head()).problem).toBeNull();
    });

    it('is refreshed by one of many, once in its time, and sooner after a failure', async () => {
      const { organization } = open().read;
      await open().pool.query('DELETE FROM cordon.organization');
      const claims = await Promise.all([1, 2, 3, 4].map(() => organization.claimRefresh(HOUR)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await organization.claimRefresh(HOUR)).toBe(false);
      await organization.failed({ code: 'c', message: 'm', hint: 'h' }, 0);
      expect(await organization.claimRefresh(HOUR)).toBe(true);
    });
  });

  describe('the health of accounts', () => {
    it('is one row a role; a rest lasts until it is over or the role works; known Regions stay', async () => {
      const id = freshId();
      const { put } = open().read.health;
      await put({ ...noted, accountId: id, purpose: 'read', restSeconds: HOUR, enabledRegions: ['eu-west-1'] });
      await put({ ...noted, accountId: id, purpose: 'act', restSeconds: 0 });
      await put({ ...noted, accountId: id, purpose: 'read' });
      const [act, read] = await health(id);
      expect(act).toMatchObject({ purpose: 'act', restsUntil: null, enabledRegions: null });
      expect(read).toMatchObject({ purpose: 'read', enabledRegions: ['eu-west-1'] });
      expect(Date.parse(read?.restsUntil ?? '') - Date.now()).toBeGreaterThan(HOUR * 900);
      await put({ accountId: id, purpose: 'read', state: 'ok', detail: '', hint: '' });
      expect((await health(id))[1]).toMatchObject({ state: 'ok', restsUntil: null, enabledRegions: ['eu-west-1'] });
    });

    it('is looked at by one of many, so many accounts at a time and each once in its time', async () => {
      const ids = Array.from({ length: 10 }, freshId);
      const { claimChecks } = open().read.health;
      const claims = await Promise.all([1, 2, 3, 4].map(() => claimChecks(ids, 2, HOUR)));
      const claimed = claims.flat();
      expect(claims.every((one) => one.length <= 2)).toBe(true);
      expect(new Set(claimed).size).toBe(claimed.length);
      const rest = await claimChecks(ids, 100, HOUR);
      expect([...claimed, ...rest].sort()).toEqual(ids);
      expect(await claimChecks(ids, 100, HOUR)).toEqual([]);
    });

    it('is forgotten of accounts that are gone', async () => {
      const [kept, gone] = [freshId(), freshId()];
      const { put, claimChecks, keepOnly } = open().read.health;
      for (const accountId of [kept, gone]) await put({ ...noted, accountId, purpose: 'read' });
      await claimChecks([kept, gone], 2, HOUR);
      await keepOnly([kept]);
      expect(await health(gone)).toEqual([]);
      expect(await health(kept)).toHaveLength(1);
      expect(await claimChecks([kept, gone], 2, HOUR)).toEqual([gone]);
    });
  });
}
