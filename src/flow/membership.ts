import { CordonError, messageOf } from '../domain/errors.ts';
import { type Membership, NO_MEMBERSHIP } from '../domain/people.ts';
import type { Deps } from '../ports.ts';
import { refuse } from './outcome.ts';

/**
 * Who is in Slack's user groups for one decision. It is asked before the decision's transaction, never inside it, and at most once a decision however
 * many groups matter. Between the answer and the commit somebody may leave a group: that window is as long as the transaction, it is the same as for a
 * change of cordon.yaml, and the claim asks again before anything is changed in AWS.
 */
export interface GroupsNow {
  readonly membership: Membership;
  /** Why there is no answer; null when there is one, or when none was needed. */
  readonly problem: string | null;
}

/** Asks Slack when one of the groups is needed. Never throws: without an answer nobody is in a user group, and `problem` says so. */
export async function groupsNow(deps: Pick<Deps, 'people' | 'log'>, needed: readonly string[]): Promise<GroupsNow> {
  if (needed.length === 0) return { membership: NO_MEMBERSHIP, problem: null };
  try {
    const membership = await deps.people.usergroups('now');
    return { membership, problem: null };
  } catch (error) {
    deps.log.warn({ usergroups: needed, err: messageOf(error) }, 'Slack did not say who is in its user groups');
    const why = error instanceof CordonError ? error.hint : '';
    return {
      membership: NO_MEMBERSHIP,
      problem: `Slack did not say just now who is in its user groups. ${why}`.trim(),
    };
  }
}

/** Why one of these groups cannot be decided by, in words; undefined when every one is known. */
export function unconfirmed(groups: GroupsNow, needed: readonly string[]): string | undefined {
  if (needed.length === 0) return undefined;
  if (groups.problem !== null) return groups.problem;
  const gone = needed.find((id) => !groups.membership.has(id));
  return gone === undefined
    ? undefined
    : `The Slack user group ${gone} of cordon.yaml is disabled, or there is no such group.`;
}

/** The refusal for a decision that hangs on a user group that Slack did not confirm. */
export function notConfirmed(why: string) {
  return refuse(
    'groups_not_confirmed',
    `${why} So nothing was decided.`,
    'Try again in a moment; `doctor` on the host tells what is wrong. People whom cordon.yaml names by member id are not affected.',
  );
}
