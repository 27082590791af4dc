import { z } from 'zod';
import { SLACK_APP_ID, SLACK_BOT, SLACK_TEAM } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import type { JsonObject } from '../json.ts';
import type { Sim } from '../sim.ts';
import type { Member, Usergroup } from '../workspace.ts';
import { type ApiMethod, flag, memberFor, method } from './method.ts';

const User = z.object({ user: z.string() });
const GroupsList = z.object({
  include_users: flag.default(false),
  include_count: flag.default(false),
  include_disabled: flag.default(false),
});
const UsergroupUsers = z.object({ usergroup: z.string(), include_disabled: flag.default(false) });
/** The team of those whom Slack Connect brings in. */
const OTHER_TEAM = 'T0ELSEWHERE';

function userObject(sim: Sim, member: Member): JsonObject {
  const isBot = member.id === SLACK_BOT.userId;
  const email = sim.scopes.has('users:read.email') && !isBot ? { email: `${member.handle}@acme.example` } : {};
  return {
    id: member.id,
    team_id: member.foreign ? OTHER_TEAM : SLACK_TEAM.id,
    name: member.handle,
    deleted: !member.active,
    real_name: member.name,
    tz: 'Etc/UTC',
    tz_label: 'Coordinated Universal Time',
    tz_offset: 0,
    profile: {
      real_name: member.name,
      display_name: member.handle,
      team: SLACK_TEAM.id,
      ...(isBot ? { api_app_id: SLACK_APP_ID } : {}),
      ...email,
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: member.guest,
    is_ultra_restricted: false,
    is_bot: isBot,
    is_app_user: false,
    is_email_confirmed: true,
    updated: 1_763_000_000,
  };
}

const info = method({ scope: 'users:read' }, User, (sim, args) => ({
  user: userObject(sim, memberFor(sim, args.user)),
}));

/** https://docs.slack.dev/reference/objects/usergroup-object; the two lock fields come with some plans only. */
function usergroupObject(group: Usergroup, withUsers: boolean, withCount: boolean): JsonObject {
  return {
    id: group.id,
    team_id: SLACK_TEAM.id,
    is_usergroup: true,
    is_subteam: true,
    name: group.name,
    description: '',
    handle: group.handle,
    is_external: false,
    date_create: 1_763_000_000,
    date_update: 1_763_000_000,
    date_delete: group.disabled ? 1_763_100_000 : 0,
    auto_type: null,
    created_by: SLACK_BOT.userId,
    updated_by: SLACK_BOT.userId,
    deleted_by: group.disabled ? SLACK_BOT.userId : null,
    prefs: { channels: [], groups: [] },
    ...(group.locked ? { is_membership_locked: true, is_editing_restricted: true } : {}),
    ...(withUsers ? { users: group.users } : {}),
    ...(withCount ? { user_count: group.users.length } : {}),
  };
}

const usergroups = method({ scope: 'usergroups:read' }, GroupsList, (sim, args) => ({
  usergroups: [...sim.workspace.usergroups.values()]
    .filter((group) => args.include_disabled || !group.disabled)
    .map((group) => usergroupObject(group, args.include_users, args.include_count)),
}));

const usergroupUsers = method({ scope: 'usergroups:read' }, UsergroupUsers, (sim, args) => {
  const group = sim.workspace.usergroups.get(args.usergroup);
  if (!group || (group.disabled && !args.include_disabled))
    throw new ApiError('no_such_subteam', `no enabled user group ${args.usergroup}`);
  return { users: group.users };
});

export const peopleMethods: Readonly<Record<string, ApiMethod>> = {
  'usergroups.list': usergroups,
  'usergroups.users.list': usergroupUsers,
  'users.info': info,
};
