import type { Actor } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import { type Clause, clauseOf, groupReference, isIn, type Membership, NO_MEMBERSHIP } from '../domain/people.ts';
import type { Settings } from '../domain/settings.ts';
import type { Deps } from '../ports.ts';
import { groupsNow, notConfirmed, unconfirmed } from './membership.ts';
import { type Outcome, refuse } from './outcome.ts';

export interface Rights {
  readonly responder: boolean;
  readonly approver: boolean;
  readonly operator: boolean;
  /** Account ids whose owner the person is. */
  readonly ownerOf: readonly string[];
  /** True for anybody whom cordon.yaml names anywhere: in a role, as an owner, or in a group. */
  readonly named: boolean;
}

/** What a person may do by cordon.yaml and by who is in Slack's user groups. Being in a channel grants nothing; an empty list means nobody. */
function rights(settings: Settings, personId: string, membership: Membership): Rights {
  const within = (references: readonly string[]) => isIn(clauseOf(references, settings.groups), personId, membership);
  const responder = within(settings.people.responders);
  const approver = within(settings.people.approvers);
  const operator = within(settings.people.operators);
  const ownerOf = settings.accounts.filter((account) => within(account.owners)).map((account) => account.id);
  const named =
    responder ||
    approver ||
    operator ||
    ownerOf.length > 0 ||
    Object.keys(settings.groups).some((name) => within([groupReference(name)]));
  return { responder, approver, operator, ownerOf, named };
}

/**
 * What a person may do, to show it and to let them in: by an answer of Slack's that may be a minute old, so that somebody without a role cannot use up
 * the calls that decisions need. Without an answer, somebody whom cordon.yaml names by id has what it gives them by id; throws for anybody else.
 */
export async function rightsToShow(deps: Pick<Deps, 'people'>, settings: Settings, personId: string): Promise<Rights> {
  const byId = rights(settings, personId, NO_MEMBERSHIP);
  if (!Object.values(settings.groups).some((group) => 'usergroup' in group)) return byId;
  try {
    return rights(settings, personId, await deps.people.usergroups('recent'));
  } catch (error) {
    if (byId.named) return byId;
    throw error;
  }
}

/** What a decision can ask of somebody. `any`: named in some role, which is enough to stop. */
export type Role = 'responder' | 'operator' | 'any';

const WHY_NOT: Readonly<Record<Role, ReturnType<typeof refuse>>> = {
  responder: refuse(
    'not_a_responder',
    'Only a responder may do this.',
    'Responders are named under people.responders in cordon.yaml; being in the channel grants nothing.',
  ),
  operator: refuse(
    'not_an_operator',
    'Only operators may vote to resume.',
    'They are named under people.operators in cordon.yaml.',
  ),
  any: refuse(
    'no_role',
    'Only people with a role in cordon.yaml may stop Cordon.',
    'Ask a responder, approver or operator, or stop on the host.',
  ),
};

/**
 * Why the person may not, decided by who is in Slack's user groups at this moment; undefined when they may. Slack is asked only for somebody whom
 * cordon.yaml does not name by id. Whoever can open the socket on the host counts as a responder and may stop and resume.
 */
export async function whyNot(
  deps: Pick<Deps, 'people' | 'log'>,
  settings: Settings,
  actor: Actor,
  role: Role,
): Promise<Extract<Outcome<never>, { ok: false }> | undefined> {
  if (actor.kind !== 'slack') return undefined;
  const clause = clauseOfRole(settings, role);
  if (isIn(clause, actor.id, NO_MEMBERSHIP)) return undefined;
  const groups = await groupsNow(deps, clause.usergroups);
  // In one group for certain is enough, whatever is the matter with another.
  if (isIn(clause, actor.id, groups.membership)) return whyNoMember(deps, actor, role);
  const unknown = unconfirmed(groups, clause.usergroups);
  return unknown === undefined ? WHY_NOT[role] : notConfirmed(unknown);
}

/** A guest, or somebody of another organisation, may be in a user group and counts for nothing there. */
async function whyNoMember(deps: Pick<Deps, 'people' | 'log'>, actor: Actor, role: Role) {
  try {
    return (await deps.people.lookUp(actor.id)).ok ? undefined : WHY_NOT[role];
  } catch (error) {
    deps.log.warn({ personId: actor.id, err: messageOf(error) }, 'a member of a user group could not be looked up');
    return notConfirmed('Slack did not confirm who you are just now.');
  }
}

/** Everybody who has the role. */
export function clauseOfRole(settings: Settings, role: Role): Clause {
  const { responders, approvers, operators } = settings.people;
  switch (role) {
    case 'responder':
      return clauseOf(responders, settings.groups);
    case 'operator':
      return clauseOf(operators, settings.groups);
    case 'any': {
      const owners = settings.accounts.flatMap((account) => account.owners);
      return clauseOf([...responders, ...approvers, ...operators, ...owners], settings.groups);
    }
  }
}
