import { z } from 'zod';
import { SLACK_APP_ID, SLACK_BOT } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import type { Sim } from '../sim.ts';
import { announce, type Message } from '../workspace.ts';
import { type ApiMethod, channelFor, method } from './method.ts';

const Reaction = z.object({ channel: z.string(), timestamp: z.string(), name: z.string().regex(/^[a-z0-9_+'-]+$/) });
const Pin = z.object({ channel: z.string(), timestamp: z.string() });
const Bookmark = z.object({
  channel_id: z.string(),
  title: z.string().min(1),
  type: z.literal('link'),
  link: z.url({ protocol: /^https?$/ }),
  emoji: z.string().optional(),
});

function messageAt(sim: Sim, channel: string, ts: string): Message {
  const message = channelFor(sim, channel).messages.get(ts);
  if (!message || message.ephemeralTo !== undefined)
    throw new ApiError('message_not_found', `no message ${ts} in ${channel}`);
  return message;
}

const react = method({ scope: 'reactions:write' }, Reaction, (sim, args) => {
  const message = messageAt(sim, args.channel, args.timestamp);
  const people = message.reactions.get(args.name) ?? new Set();
  if (people.has(SLACK_BOT.userId))
    throw new ApiError('already_reacted', `the app has already reacted with ${args.name}`);
  message.reactions.set(args.name, people.add(SLACK_BOT.userId));
  announce(sim.workspace, { kind: 'message', message });
  return {};
});

const pin = method({ scope: 'pins:write' }, Pin, (sim, args) => {
  const message = messageAt(sim, args.channel, args.timestamp);
  if (message.pinned) throw new ApiError('already_pinned', 'the message is pinned');
  message.pinned = true;
  announce(sim.workspace, { kind: 'message', message });
  return {};
});

const bookmark = method({ scope: 'bookmarks:write' }, Bookmark, (sim, args) => {
  const conversation = channelFor(sim, args.channel_id);
  const made = {
    id: sim.workspace.ids.id('Bk'),
    channel_id: conversation.id,
    title: args.title,
    type: args.type,
    link: args.link,
    app_id: SLACK_APP_ID,
  };
  conversation.bookmarks.push(made);
  return { bookmark: made };
});

export const markMethods: Readonly<Record<string, ApiMethod>> = {
  'bookmarks.add': bookmark,
  'pins.add': pin,
  'reactions.add': react,
};
