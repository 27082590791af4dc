import { accountLabel } from '../domain/account.ts';
import type { Requirement } from '../domain/approval.ts';
import { messageOf } from '../domain/errors.ts';
import type { Membership } from '../domain/people.ts';
import type { Deps } from '../ports.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { filled, mayFill, requirementFor, usergroupsOf } from './requirement.ts';

/** Who must approve one kind of change, and whether one person may; ids stand for people, to be shown with their names. */
export interface PolicyExplanation {
  readonly account: string;
  readonly action: { readonly id: string; readonly title: string; readonly risk: string };
  /** What the change needs, what its undo needs where that is more, or the policy that forbids it. */
  readonly change: Requirement | { readonly forbiddenBy: string };
  readonly undo: Requirement | null;
  readonly person: { readonly id: string; readonly may: boolean; readonly why: string } | null;
  /** What else is true and easily forgotten; sentences. */
  readonly notes: readonly string[];
}

/** Explains by the rules that a request would be decided by, and changes nothing. Members of user groups are those of the last minute. */
export async function explainPolicy(
  deps: Deps,
  input: { readonly account: string; readonly action: string; readonly personId: string | null },
): Promise<Outcome<PolicyExplanation>> {
  const settings = await deps.settings.current();
  const account = settings.accounts.find(({ alias, id }) => alias === input.account || id === input.account);
  if (!account)
    return refuse(
      'no_such_account',
      `No account “${input.account}” in cordon.yaml.`,
      'Say its alias or id; see accounts.',
    );
  const action = deps.actions.get(input.action);
  if (!action) {
    const known = deps.actions.list().map(({ id }) => id);
    return refuse('no_such_action', `There is no action “${input.action}”.`, `Actions: ${known.join(', ')}.`);
  }
  const { id, version, title, risk } = action;
  const asked = (twoPeople: boolean) =>
    requirementFor(settings, account, { risk, twoPeople, action: { id, version, title } }, undefined);
  const rule = asked(false);
  const undoRule = action.undoReexposes ? asked(true) : rule;
  const notes = ['A playbook may ask for more than this; it never asks for less.'];
  if (!account.act) notes.unshift(`${account.alias} is observe-only: plans are shown there and nothing is run.`);
  const membership = await membersToShow(deps, rule, notes);
  const fill = <R extends Requirement | { readonly forbiddenBy: string }>(one: R) =>
    'forbiddenBy' in one ? one : filled(one, membership);
  const change = fill(rule);
  const undo = fill(undoRule);
  return done({
    account: accountLabel(account, account.id),
    action: { id, title, risk },
    change,
    undo: undoRule === rule || 'forbiddenBy' in undo ? null : undo,
    person: input.personId === null ? null : { id: input.personId, ...(await whyPerson(deps, change, input.personId)) },
    notes,
  });
}

async function membersToShow(
  deps: Deps,
  rule: Requirement | { readonly forbiddenBy: string },
  notes: string[],
): Promise<Membership> {
  if ('forbiddenBy' in rule || usergroupsOf(rule).length === 0) return new Map();
  try {
    const membership = await deps.people.usergroups('recent');
    const gone = usergroupsOf(rule).filter((id) => !membership.has(id));
    for (const id of gone) notes.unshift(`The Slack user group ${id} is disabled or not there: nobody is in it.`);
    return membership;
  } catch (error) {
    deps.log.warn({ err: messageOf(error) }, 'user groups could not be read to explain a policy');
    notes.unshift('Slack did not say who is in its user groups just now, so their members are missing here.');
    return new Map();
  }
}

async function whyPerson(
  deps: Deps,
  change: Requirement | { readonly forbiddenBy: string },
  personId: string,
): Promise<{ readonly may: boolean; readonly why: string }> {
  if ('forbiddenBy' in change) return { may: false, why: `the policy “${change.forbiddenBy}” forbids it to everybody` };
  const known = await deps.people.lookUp(personId).catch(() => undefined);
  if (known === undefined) return { may: false, why: 'Slack does not confirm who they are just now' };
  if (!known.ok) return { may: false, why: `Slack says of them: ${known.why}` };
  const slots = change.slots.filter(({ from }) => from.includes(personId)).map(({ label }) => label);
  if (!mayFill(change, personId))
    return { may: false, why: `they are none of: ${change.slots.map(({ label }) => label).join('; ')}` };
  return { may: true, why: `as ${slots.join(' and as ')}, but not on what they ask for themselves` };
}
