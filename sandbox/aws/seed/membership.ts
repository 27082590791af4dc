import { ACCOUNTS, MANAGEMENT_ACCOUNT, ORGANIZATIONAL_UNITS, ROOT_ID } from '../../world.ts';
import { FULL_ACCESS, OWN_POLICIES } from '../organizations/policies.ts';
import type { State } from '../state/state.ts';

const JOINED = '2024-03-01T09:00:00.000Z';
const ATTACHED = Object.values(FULL_ACCESS);

/** Id of the nth further member, from 1. */
export function furtherAccountId(number: number): string {
  return `6${String(number).padStart(11, '0')}`;
}

/** The organisation itself: root, units, accounts with their tags, and `further` members more, for tests that need many. */
export function seedMembership(state: State, further: number): void {
  const policies = state.table('organization-policies', MANAGEMENT_ACCOUNT);
  for (const policy of OWN_POLICIES) policies.put(policy.Id, policy);
  const units = state.table('organizational-units', MANAGEMENT_ACCOUNT);
  units.put(ROOT_ID, { Id: ROOT_ID, Name: 'Root', Policies: ATTACHED });
  for (const { id, name, parent } of ORGANIZATIONAL_UNITS)
    units.put(id, { Id: id, Name: name, ParentId: parent, Policies: ATTACHED });
  for (const { id, alias, parent, tags } of ACCOUNTS) seedAccount(state, id, alias, parent, tags);
  for (let number = 1; number <= further; number += 1) {
    const name = `member-${String(number).padStart(4, '0')}`;
    const tags = { environment: 'staging', 'cordon-owners': 'U0BO0000001' };
    seedAccount(state, furtherAccountId(number), name, 'ou-acme-staging10', tags);
  }
}

function seedAccount(
  state: State,
  Id: string,
  Name: string,
  ParentId: string,
  tags: Readonly<Record<string, string>>,
): void {
  state.table('organization-accounts', MANAGEMENT_ACCOUNT).put(Id, {
    Id,
    Name,
    Email: `aws+${Name}@acme.example`,
    State: 'ACTIVE',
    JoinedTimestamp: JOINED,
    ParentId,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    Policies: ATTACHED,
    OptedInRegions: [],
  });
}
