/**
 * People as cordon.yaml names them: by member id, by a group of the file, or through a Slack user group whose members only Slack knows.
 * Pure: who is in a user group is handed in, looked up by the caller just before it decides.
 */

/** What starts a reference to a group where a person may stand: `group:platform`. */
const GROUP_PREFIX = 'group:';

/** A group of cordon.yaml: its members, or the Slack user group that holds them. */
export type PeopleGroup = readonly string[] | { readonly usergroup: string };

/** Somebody who is in one of the lists: by id, or as a member of one of the Slack user groups. Two empty lists mean nobody. */
export interface Clause {
  readonly ids: readonly string[];
  /** Ids of Slack user groups, such as S0604QSJC. */
  readonly usergroups: readonly string[];
}

/** Members of Slack's enabled user groups by the group's id, as Slack answered at one moment. A group that is not in it has nobody. */
export type Membership = ReadonlyMap<string, readonly string[]>;

export const NO_MEMBERSHIP: Membership = new Map();

/** The group that a reference names; undefined when it is a member id. */
export function groupNameOf(reference: string): string | undefined {
  return reference.startsWith(GROUP_PREFIX) ? reference.slice(GROUP_PREFIX.length) : undefined;
}

/** The reference to a group, as it stands where a member id may stand. */
export function groupReference(name: string): string {
  return `${GROUP_PREFIX}${name}`;
}

/** Whom the references name. A group that is not there names nobody. */
export function clauseOf(references: readonly string[], groups: Readonly<Record<string, PeopleGroup>>): Clause {
  const ids: string[] = [];
  const usergroups: string[] = [];
  for (const reference of references) {
    const name = groupNameOf(reference);
    const group = name === undefined ? [reference] : Object.hasOwn(groups, name) ? (groups[name] ?? []) : [];
    if ('usergroup' in group) usergroups.push(group.usergroup);
    else ids.push(...group);
  }
  return { ids: [...new Set(ids)], usergroups: [...new Set(usergroups)] };
}

/** True when one of the lists holds the person. */
export function isIn(clause: Clause, personId: string, membership: Membership): boolean {
  if (clause.ids.includes(personId)) return true;
  return clause.usergroups.some((id) => membership.get(id)?.includes(personId) ?? false);
}

/** Everybody of the clause: first those named by id, in the file's order, then the user groups' members, sorted. */
export function everybodyIn(clause: Clause, membership: Membership): readonly string[] {
  const members = clause.usergroups.flatMap((id) => membership.get(id) ?? []).sort();
  return [...new Set([...clause.ids, ...members])];
}

/** The names of those of the references' groups that are Slack user groups, to be shown. */
export function usergroupNames(
  references: readonly string[],
  groups: Readonly<Record<string, PeopleGroup>>,
): readonly string[] {
  return references.flatMap((reference) => {
    const name = groupNameOf(reference);
    return name !== undefined && isUsergroup(groups, name) ? [name] : [];
  });
}

/** True when the file's group of that name is a Slack user group. */
export function isUsergroup(groups: Readonly<Record<string, PeopleGroup>>, name: string): boolean {
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  return group !== undefined && 'usergroup' in group;
}
