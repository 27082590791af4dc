import type { UsergroupsListResponse } from '@slack/web-api';
import { CordonError } from '../domain/errors.ts';
import type { Membership } from '../domain/people.ts';
import type { Directory } from '../ports.ts';
import { toCallError } from './calls.ts';

/** Asks usergroups.list; the part of the WebClient that is needed. */
export interface UsergroupsList {
  readonly usergroups: {
    list(input: { include_users: true; include_disabled: true }): Promise<UsergroupsListResponse>;
  };
}

/** How old an answer may be that is only shown. */
const RECENT_MILLISECONDS = 60_000;

/**
 * Slack's user groups with their members: one call of tier 2 for all of them. `now` is answered by a call that began after the question, and questions
 * that come while a call is under way share the next one, so that a crowd that votes at the same moment costs two calls. A failed call throws and is
 * not remembered.
 */
export function slackUsergroups(client: UsergroupsList, now: () => number): Directory['usergroups'] {
  let last: { readonly at: number; readonly answer: Promise<Membership> } | undefined;
  let running: Promise<Membership> | undefined;
  let waiting: Promise<Membership> | undefined;

  async function begin(): Promise<Membership> {
    // Whoever asks from here on needs a later call.
    waiting = undefined;
    const call = { at: now(), answer: listed(client) };
    last = call;
    running = call.answer;
    try {
      return await call.answer;
    } catch (error) {
      if (last === call) last = undefined;
      throw error;
    } finally {
      if (running === call.answer) running = undefined;
    }
  }

  function fresh(): Promise<Membership> {
    if (waiting === undefined && running === undefined) return begin();
    waiting ??= running?.then(begin, begin) ?? begin();
    return waiting;
  }

  return async (age) => {
    if (age === 'recent' && last !== undefined && now() - last.at <= RECENT_MILLISECONDS) return last.answer;
    return fresh();
  };
}

type Usergroups = NonNullable<UsergroupsListResponse['usergroups']>;

async function listed(client: UsergroupsList): Promise<Membership> {
  return membershipOf(await usergroupsOf(client));
}

async function usergroupsOf(client: UsergroupsList): Promise<Usergroups> {
  try {
    const { usergroups } = await client.usergroups.list({ include_users: true, include_disabled: true });
    if (usergroups === undefined) throw new Error('the answer holds no user groups');
    return usergroups;
  } catch (error) {
    const failure = toCallError(error);
    throw new CordonError('usergroups_unknown', `usergroups.list: ${failure.slackCode}`, {
      hint: HINTS[failure.slackCode] ?? 'Slack may be slow or down.',
      retry: true,
      cause: error,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  missing_scope: 'The bot lacks the scope usergroups:read: add it to the Slack app and install it again.',
  ratelimited: 'Slack limits how often it may be asked.',
  plan_upgrade_required: 'This workspace’s plan has no user groups.',
};

/** A group that is disabled, or whose members Slack left out, has no entry: it decides nothing. */
function membershipOf(usergroups: Usergroups): Membership {
  const known = usergroups.filter((group) => (group.date_delete ?? 0) === 0);
  return new Map(
    known.flatMap(({ id, users }) =>
      id === undefined || users === undefined ? [] : [[id, users.filter((user) => /^[UW][A-Z0-9]{2,20}$/.test(user))]],
    ),
  );
}

/**
 * For `doctor`: the user groups of cordon.yaml in words, with who may edit them as far as Slack tells. Throws CordonError when Slack cannot be asked
 * (scope usergroups:read) or when a group is disabled or not there.
 */
export async function checkUsergroups(
  client: UsergroupsList,
  wanted: readonly { readonly name: string; readonly id: string }[],
): Promise<string> {
  const known = new Map((await usergroupsOf(client)).map((group) => [group.id, group]));
  const words = wanted.map(({ name, id }) => {
    const group = known.get(id);
    if (group === undefined || (group.date_delete ?? 0) > 0) {
      throw new CordonError(
        'usergroup_gone',
        `groups.${name}: the user group ${id} is ${group ? 'disabled' : 'not there'}`,
        {
          hint: 'Enable it in Slack, or correct its id in cordon.yaml; until then nobody is in it.',
        },
      );
    }
    // Only some plans tell these two; where they are not told, the group counts as editable.
    const locked = group.is_membership_locked === true || group.is_editing_restricted === true;
    return `${name} (${id}): ${group.users?.length ?? 0} members, ${locked ? 'locked in Slack' : 'editable in Slack by whoever may edit user groups'}`;
  });
  return words.join('; ');
}
