import type { AccountId } from './ids.ts';

/** The states of an account in AWS Organizations; only in an active one does Cordon look or act. */
export const ACCOUNT_STATES = ['PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** The root or an organizational unit. */
export interface OrganizationalUnit {
  readonly id: string;
  readonly name: string;
}

/** An account as AWS Organizations tells of it. */
export interface OrganizationAccount {
  readonly id: AccountId;
  readonly name: string;
  /** `UNKNOWN` for a state that this version does not know: not active, that is. */
  readonly state: AccountState | 'UNKNOWN';
  /** From the root down to the unit the account lies in; empty when it was not found in any. */
  readonly units: readonly OrganizationalUnit[];
  /** Of the account's tags, those that the settings ask for; never a tag of a resource. */
  readonly tags: { readonly [key: string]: string };
}

/** The organization as it was read at one time. */
export interface OrganizationList {
  /** Never acted in. */
  readonly managementId: AccountId;
  readonly accounts: readonly OrganizationAccount[];
}
