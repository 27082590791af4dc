import { accountLabel } from '../domain/account.ts';
import type { Plan } from '../domain/plan.ts';
import type { Settings } from '../domain/settings.ts';
import type { Repositories } from '../ports.ts';

/** The window that slides over the starts of runs. */
const HOUR_SECONDS = 3600;
/** All claims queue here, so that what is counted cannot change before the claim is written. */
const CAPS_LOCK = 'caps';

/**
 * Why one more run may not start now; undefined when it may. Counts the runs that started within the last hour by the database's clock, undos too:
 * in the plan's account, in all, and the accounts in which the plan's action ran as a share of all accounts. Must be called in the transaction of the claim.
 */
export async function overCap(tx: Repositories, settings: Settings, plan: Plan): Promise<string | undefined> {
  await tx.incidents.lockKey(CAPS_LOCK);
  const started = await tx.runs.startedWithin(HOUR_SECONDS);
  const { runsPerAccountPerHour, runsPerHour, shareOfAccountsPerHour } = settings.limits;
  if (started.length >= runsPerHour) return overCount(started, runsPerHour, 'in all', 'limits.runsPerHour');
  const here = started.filter((run) => run.accountId === plan.accountId);
  if (here.length >= runsPerAccountPerHour) {
    const account = settings.accounts.find((one) => one.id === plan.accountId);
    const where = `in ${accountLabel(account, plan.accountId)}`;
    return overCount(here, runsPerAccountPerHour, where, 'limits.runsPerAccountPerHour');
  }
  const others = new Set(
    started
      .filter((run) => run.actionId === plan.action.id && run.accountId !== plan.accountId)
      .map((run) => run.accountId),
  );
  const most = Math.max(
    shareOfAccountsPerHour.atLeast,
    Math.floor((settings.accounts.length * shareOfAccountsPerHour.percent) / 100),
  );
  if (others.size < most) return undefined;
  return `${plan.action.id} ran in ${others.size} accounts within the last hour, and ${most} of ${settings.accounts.length} is the limit (limits.shareOfAccountsPerHour)`;
}

function overCount(
  runs: readonly { readonly startedAt: string }[],
  most: number,
  where: string,
  setting: string,
): string {
  const oldest =
    runs
      .map((run) => run.startedAt)
      .sort()
      .at(runs.length - most) ?? '';
  const free = new Date(Date.parse(oldest) + HOUR_SECONDS * 1000).toISOString().slice(11, 16);
  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} started ${where} within the last hour, and ${most} is the limit (${setting}); the next may start at ${free} UTC`;
}
