import { z } from 'zod';
import { SLACK_APP_ID, SLACK_BOT, SLACK_TEAM } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import type { JsonObject } from '../json.ts';
import type { Sim } from '../sim.ts';
import type { Member } from '../workspace.ts';
import { type ApiMethod, memberFor, method } from './method.ts';

const User = z.object({ user: z.string() });
const Usergroup = z.object({ usergroup: z.string() });

function userObject(sim: Sim, member: Member): JsonObject {
  const isBot = member.id === SLACK_BOT.userId;
  const email = sim.scopes.has('users:read.email') && !isBot ? { email: `${member.handle}@acme.example` } : {};
  return {
    id: member.id,
    team_id: SLACK_TEAM.id,
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

const usergroupUsers = method({ scope: 'usergroups:read' }, Usergroup, (sim, args) => {
  const users = sim.workspace.usergroups.get(args.usergroup);
  if (!users) throw new ApiError('no_such_subteam', `no user group ${args.usergroup}`);
  return { users };
});

export const peopleMethods: Readonly<Record<string, ApiMethod>> = {
  'usergroups.users.list': usergroupUsers,
  'users.info': info,
};
