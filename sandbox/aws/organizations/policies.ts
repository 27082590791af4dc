import { MANAGEMENT_ACCOUNT } from '../../world.ts';
import type { PolicyDocument } from '../iam/policy.ts';
import type { OrganizationPolicy } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import { membership } from './account-state.ts';

/** What every root, unit and account has attached from the start. */
export const FULL_ACCESS = { SERVICE_CONTROL_POLICY: 'p-FullAWSAccess', RESOURCE_CONTROL_POLICY: 'p-RCPFullAWSAccess' };

const EVERYTHING: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
};

/** The rows of AWS's own two policies. */
export const OWN_POLICIES: readonly OrganizationPolicy[] = [
  {
    Id: FULL_ACCESS.SERVICE_CONTROL_POLICY,
    Name: 'FullAWSAccess',
    Type: 'SERVICE_CONTROL_POLICY',
    Content: EVERYTHING,
  },
  {
    Id: FULL_ACCESS.RESOURCE_CONTROL_POLICY,
    Name: 'RCPFullAWSAccess',
    Type: 'RESOURCE_CONTROL_POLICY',
    Content: EVERYTHING,
  },
];

/**
 * The policies of one type that bind an account, one list for the account, each unit above it and the root. Undefined where none bind: in the management account
 * and outside the organisation.
 */
export function policiesOver(
  state: State,
  account: string,
  type: OrganizationPolicy['Type'],
): readonly (readonly PolicyDocument[])[] | undefined {
  const row = membership(state, account);
  if (row === undefined || account === MANAGEMENT_ACCOUNT) return undefined;
  return [row.Policies, ...unitsAbove(state, row.ParentId)].map((ids) => documentsOf(state, ids, type));
}

function unitsAbove(state: State, id: string | undefined): readonly (readonly string[])[] {
  const unit = id === undefined ? undefined : state.table('organizational-units', MANAGEMENT_ACCOUNT).get(id);
  return unit === undefined ? [] : [unit.Policies, ...unitsAbove(state, unit.ParentId)];
}

function documentsOf(state: State, ids: readonly string[], type: OrganizationPolicy['Type']): PolicyDocument[] {
  const policies = state.table('organization-policies', MANAGEMENT_ACCOUNT);
  return ids.flatMap((id) => {
    const policy = policies.get(id);
    return policy?.Type === type ? [policy.Content] : [];
  });
}
