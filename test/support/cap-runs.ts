import type { Settings } from '../../src/domain/settings.ts';
import { vote } from '../../src/flow/approve.ts';
import { approvalPending, deliver, unwrap } from './flow-steps.ts';
import { BO, guardDutyEvent, testSettings, type World } from './flow-world.ts';
import { present } from './rows.ts';

export const ACCOUNTS = Array.from({ length: 20 }, (_, index) => String(333_333_333_000 + index));

/** Twenty accounts with the limits that hold when cordon.yaml says nothing, but for the share of the accounts that one action may touch within an hour. */
export function manyAccounts(percent: number): Settings {
  return testSettings((file) => {
    const first = present(file.accounts[0]);
    file.accounts = ACCOUNTS.map((id, index) => ({ ...first, id, alias: `account-${index}` }));
    file.limits = { shareOfAccountsPerHour: { percent } };
  });
}

/** A run of an incident of its own in the account, approved and not started. */
export async function approvedRunIn(world: World, accountId: string, number: number): Promise<string> {
  const id = number.toString(16).padStart(32, '0');
  await deliver(world.deps, guardDutyEvent({ accountId, instanceId: `i-${id.slice(-17)}`, id }));
  const [incident] = await world.deps.store.read.incidents.list({ limit: 1 });
  const { id: approvalId, planHash, runId } = await approvalPending(world.deps, present(incident));
  unwrap(await vote(world.deps, BO, { approvalId, planHash, decision: 'approve', reason: 'yes' }));
  return runId;
}
