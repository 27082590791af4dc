import type { Account } from '../domain/account.ts';
import type { Settings } from '../domain/settings.ts';

/** The channel for an account's incidents: the first route of cordon.yaml that fits, else the triage channel. */
export function channelFor(settings: Settings, account: Account | undefined): string {
  const route = settings.routes.find((one) => {
    if (one.environment !== undefined && one.environment !== account?.environment) return false;
    return one.accounts === undefined || (account !== undefined && one.accounts.includes(account.id));
  });
  return route?.channel ?? settings.channels.triage;
}
