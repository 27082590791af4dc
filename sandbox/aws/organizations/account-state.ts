import { MANAGEMENT_ACCOUNT, OPT_IN_REGIONS, REGIONS } from '../../world.ts';
import { AwsError } from '../errors.ts';
import { authError } from '../sigv4/auth-errors.ts';
import type { OrganizationAccount } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import type { ServiceName } from '../wire/schemas.ts';

/** An account's row in the organisation; undefined for an account outside it. */
export function membership(state: State, account: string): OrganizationAccount | undefined {
  return state.table('organization-accounts', MANAGEMENT_ACCOUNT).get(account);
}

/** Suspended or (being) closed: nobody gets in, and what is signed in already is not known any more. */
export function isShut(state: State, account: string): boolean {
  const row = membership(state, account);
  return row !== undefined && row.State !== 'ACTIVE' && row.State !== 'PENDING_ACTIVATION';
}

/** The Regions of an account, with EC2's words for whether each is on. */
export function regionsOf(
  state: State,
  account: string,
): readonly { readonly name: string; readonly on: boolean; readonly status: string }[] {
  const optedIn = membership(state, account)?.OptedInRegions ?? [];
  return [
    ...REGIONS.map((name) => ({ name, on: true, status: 'opt-in-not-required' })),
    ...OPT_IN_REGIONS.map((name) => {
      const on = optedIn.includes(name);
      return { name, on, status: on ? 'opted-in' : 'not-opted-in' };
    }),
  ];
}

function isOff(state: State, account: string, region: string): boolean {
  return regionsOf(state, account).some(({ name, on }) => name === region && !on);
}

/**
 * Throws what a service answers when the caller's account is shut, or the Region is one that it has not switched on: in both cases the credentials are said to be
 * invalid, in the service's own words.
 */
export function checkAccountOpen(state: State, service: ServiceName, account: string, region: string): void {
  if (isShut(state, account) || isOff(state, account, region)) throw authError(service, 'unknown-key');
}

/** The one case where STS is plain: the account of the role has not activated it in this Region. */
export function checkTokenService(state: State, account: string, region: string): void {
  if (!isOff(state, account, region)) return;
  const text = `STS is not activated in this region for account:${account}. Your account administrator can activate STS in this region using the IAM Console.`;
  throw new AwsError('RegionDisabledException', text, { status: 403 });
}
