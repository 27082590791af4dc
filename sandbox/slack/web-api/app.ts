import { z } from 'zod';
import { SLACK_BOT, SLACK_TEAM } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import { type ApiMethod, method } from './method.ts';

const Anything = z.record(z.string(), z.unknown());

const apiTest = method({ token: 'none' }, Anything, (_sim, { token: _token, ...args }) => {
  if (typeof args['error'] === 'string') throw new ApiError(args['error'], 'asked for', { args });
  return { args };
});

const authTest = method({}, Anything, (sim) => ({
  url: `${sim.origin()}/`,
  team: SLACK_TEAM.name,
  user: SLACK_BOT.name,
  team_id: SLACK_TEAM.id,
  user_id: SLACK_BOT.userId,
  bot_id: SLACK_BOT.botId,
  is_enterprise_install: false,
}));

const connectionsOpen = method({ token: 'app' }, Anything, (sim) => ({
  url: sim.origin().replace(/^http/, 'ws') + sim.sockets.ticket(),
}));

export const appMethods: Readonly<Record<string, ApiMethod>> = {
  'api.test': apiTest,
  'apps.connections.open': connectionsOpen,
  'auth.test': authTest,
};
