import { z } from 'zod';
import { SLACK_BOT, SLACK_TEAM } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import type { JsonObject } from '../json.ts';
import { repliesTo } from '../messages.ts';
import { messageObject } from '../payloads.ts';
import { type Conversation, directMessage, type Message } from '../workspace.ts';
import { type ApiMethod, channelFor, flag, memberFor, method } from './method.ts';

const Channel = z.object({ channel: z.string() });
const Open = z.object({ users: z.string().optional(), channel: z.string().optional() });
const History = z.object({
  channel: z.string(),
  oldest: z.string().optional(),
  latest: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(999).default(100),
  include_all_metadata: flag.default(false),
});
const Replies = History.extend({ ts: z.string() });

function conversationObject(conversation: Conversation): JsonObject {
  const isDm = conversation.kind === 'dm';
  const person = [...conversation.members].find((id) => id !== SLACK_BOT.userId);
  return {
    id: conversation.id,
    ...(isDm ? { user: person } : { name: conversation.name, name_normalized: conversation.name }),
    is_channel: conversation.kind === 'public',
    is_group: conversation.kind === 'private',
    is_im: isDm,
    is_mpim: false,
    is_private: conversation.kind !== 'public',
    is_member: conversation.members.has(SLACK_BOT.userId),
    is_archived: false,
    is_general: conversation.name === 'general',
    is_shared: false,
    is_ext_shared: false,
    is_org_shared: false,
    context_team_id: SLACK_TEAM.id,
    num_members: conversation.members.size,
  };
}

const info = method({ scope: 'groups:read' }, Channel, (sim, args) => ({
  channel: conversationObject(channelFor(sim, args.channel)),
}));

const members = method({ scope: 'groups:read' }, Channel, (sim, args) => ({
  members: [...channelFor(sim, args.channel).members],
  response_metadata: { next_cursor: '' },
}));

const open = method({ scope: 'im:write' }, Open, (sim, args) => {
  if (args.channel !== undefined) return { channel: { id: channelFor(sim, args.channel).id } };
  const users = (args.users ?? '').split(',').filter((id) => id !== '');
  if (users.length !== 1)
    throw new ApiError(
      users.length === 0 ? 'users_list_not_supplied' : 'method_not_supported_for_channel_type',
      'one user a direct message',
    );
  const member = memberFor(sim, users[0] ?? '');
  if (!member.active) throw new ApiError('user_disabled', `${member.handle} is deactivated`);
  return { channel: { id: directMessage(sim.workspace, member).id } };
});

type Range = z.output<typeof History>;

function isWithin(message: Message, range: Range): boolean {
  const at = Number(message.ts);
  return at > Number(range.oldest ?? 0) && at <= Number(range.latest ?? Number.POSITIVE_INFINITY);
}

/** One page of messages. Slack leaves their metadata out unless it is asked for. */
function pageOf(conversation: Conversation, messages: readonly Message[], range: Range): JsonObject {
  const shown = messages.slice(0, range.limit).map((message) => {
    const { metadata, ...rest } = messageObject(conversation, message);
    return metadata !== undefined && range.include_all_metadata ? { ...rest, metadata } : rest;
  });
  return { messages: shown, has_more: messages.length > range.limit, response_metadata: { next_cursor: '' } };
}

const history = method({ scope: 'groups:history' }, History, (sim, args) => {
  const conversation = channelFor(sim, args.channel);
  const roots = [...conversation.messages.values()]
    .filter((message) => message.threadTs === undefined && message.ephemeralTo === undefined)
    .filter((message) => isWithin(message, args))
    .reverse();
  return pageOf(conversation, roots, args);
});

const replies = method({ scope: 'groups:history' }, Replies, (sim, args) => {
  const conversation = channelFor(sim, args.channel);
  const root = conversation.messages.get(args.ts);
  if (!root || root.ephemeralTo !== undefined) throw new ApiError('thread_not_found', `no message ${args.ts}`);
  const under = repliesTo(conversation, root.ts).filter((message) => isWithin(message, args));
  return pageOf(conversation, [root, ...under], args);
});

export const conversationMethods: Readonly<Record<string, ApiMethod>> = {
  'conversations.history': history,
  'conversations.info': info,
  'conversations.members': members,
  'conversations.open': open,
  'conversations.replies': replies,
};
