import type { AccountId } from './ids.ts';

/** A member account as Cordon knows it: from cordon.yaml, never from a finding. */
export interface Account {
  readonly id: AccountId;
  readonly alias: string;
  readonly environment?: string;
  /** Those who answer for the account: member ids and groups of cordon.yaml (`group:platform`). */
  readonly owners: readonly string[];
  readonly regions: readonly string[];
  /** False: plans are shown, no approval is offered. */
  readonly act: boolean;
  /** Overrides the ExternalId that is made from the secret. */
  readonly externalId?: string;
  readonly management: boolean;
}

/** `prod-payments (333333333331)`, or `unlisted account (…)`: an account id is never shown without its name. */
export function accountLabel(account: Account | undefined, id: AccountId): string {
  return `${account?.alias ?? 'unlisted account'} (${id})`;
}
