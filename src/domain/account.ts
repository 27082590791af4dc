import type { AccountId } from './ids.ts';
import type { AccountState } from './organization.ts';

/** A member account as Cordon knows it: from cordon.yaml or AWS Organizations, never from a finding. */
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
  /** Absent for an entry of cordon.yaml. */
  readonly from?: 'organization';
  /** The organizational unit with those above it, `Workloads / Production`; absent while the organization has not been read. */
  readonly unit?: string;
  /** What is odd about the entry, for those who look after the accounts. */
  readonly notes?: readonly string[];
}

/** An account that is known and neither read nor acted in. */
export interface LeftOut {
  readonly account: Account;
  readonly because: 'excluded' | 'not-included' | 'unit-unknown' | Exclude<AccountState, 'ACTIVE'> | 'UNKNOWN';
}

/** Why, in words that go on after "is" or a colon. */
export function leftOutText({ because }: LeftOut): string {
  switch (because) {
    case 'excluded':
      return 'excluded in cordon.yaml (organization.exclude)';
    case 'not-included':
      return 'not among those that cordon.yaml includes (organization.include)';
    case 'unit-unknown':
      return 'left out until its organizational unit is known, because cordon.yaml goes by units';
    case 'SUSPENDED':
      return 'suspended by AWS';
    case 'CLOSED':
    case 'PENDING_CLOSURE':
      return 'closed';
    case 'PENDING_ACTIVATION':
      return 'not active yet';
    case 'UNKNOWN':
      return 'in a state that this version does not know';
  }
}

/** True when AWS, and not cordon.yaml, keeps everybody out. */
export function isShut({ because }: LeftOut): boolean {
  return because !== 'excluded' && because !== 'not-included' && because !== 'unit-unknown';
}

/** `prod-payments (333333333331)`, or `unlisted account (…)`: an account id is never shown without its name. */
export function accountLabel(account: Account | undefined, id: AccountId): string {
  return `${account?.alias ?? 'unlisted account'} (${id})`;
}
