import { z } from 'zod';
import { SLACK_BOT } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import { areBlocksTooLong, validateMessageBlocks } from '../block-kit/validate.ts';
import { isObject, type JsonObject, objectsIn } from '../json.ts';
import { editMessage, postMessage, removeMessage } from '../messages.ts';
import { messageObject } from '../payloads.ts';
import type { Sim } from '../sim.ts';
import type { Conversation, Message } from '../workspace.ts';
import { type ApiMethod, channelFor, flag, memberFor, method, structured } from './method.ts';

const content = {
  text: z.string().optional(),
  blocks: structured.optional(),
  metadata: structured.optional(),
  parse: z.enum(['none', 'full', 'client']).optional(),
  link_names: flag.optional(),
  unfurl_links: flag.optional(),
  unfurl_media: flag.optional(),
};

const Post = z.object({ ...content, channel: z.string(), thread_ts: z.string().optional() });
const Update = z.object({ ...content, channel: z.string(), ts: z.string() });
const Ephemeral = z.object({ ...content, channel: z.string(), user: z.string(), thread_ts: z.string().optional() });
const Pointed = z.object({ channel: z.string(), ts: z.string() });
const Permalink = z.object({ channel: z.string(), message_ts: z.string() });

type Content = Pick<
  z.output<typeof Post>,
  'text' | 'blocks' | 'metadata' | 'parse' | 'link_names' | 'unfurl_links' | 'unfurl_media'
>;

interface Checked {
  readonly text: string;
  readonly blocks: readonly JsonObject[] | undefined;
  readonly metadata: JsonObject | undefined;
  readonly options: JsonObject;
}

function checkContent(args: Content, parseDefault: 'none' | 'client'): Checked {
  if (args.blocks !== undefined) {
    const problems = validateMessageBlocks(args.blocks);
    if (problems.length > 0) {
      throw new ApiError('invalid_blocks', problems.join('; '), {
        errors: problems,
        response_metadata: { messages: problems },
      });
    }
  }
  const blocks = args.blocks === undefined ? undefined : objectsIn(args.blocks);
  if (blocks && areBlocksTooLong(blocks))
    throw new ApiError('msg_blocks_too_long', 'the blocks hold too much text together');
  if (!args.text && (blocks === undefined || blocks.length === 0))
    throw new ApiError('no_text', 'a message needs text or blocks');
  if (args.metadata !== undefined && !isObject(args.metadata))
    throw new ApiError('invalid_metadata_format', 'metadata must be an object');
  const { parse = parseDefault, link_names = false, unfurl_links = false, unfurl_media = true } = args;
  return {
    text: args.text ?? '',
    blocks,
    metadata: args.metadata,
    options: { parse, link_names, unfurl_links, unfurl_media },
  };
}

function ownMessage(conversation: Conversation, ts: string, refusal: string): Message {
  const message = conversation.messages.get(ts);
  // An ephemeral message cannot be reached by its ts, only by its response_url.
  if (!message || message.ephemeralTo !== undefined)
    throw new ApiError('message_not_found', `no message ${ts} in ${conversation.id}`);
  if (message.author !== SLACK_BOT.userId) throw new ApiError(refusal, 'only the author may do this');
  return message;
}

function writable(sim: Sim, channel: string): Conversation {
  const conversation = channelFor(sim, channel);
  if (!conversation.members.has(SLACK_BOT.userId))
    throw new ApiError('not_in_channel', `the app is not in ${conversation.name}`);
  return conversation;
}

const postMessageMethod = method({ scope: 'chat:write' }, Post, (sim, args) => {
  const conversation = writable(sim, args.channel);
  const checked = checkContent(args, 'none');
  const message = postMessage(sim.workspace, conversation, {
    author: SLACK_BOT.userId,
    threadTs: args.thread_ts,
    ...checked,
  });
  return { channel: conversation.id, ts: message.ts, message: messageObject(conversation, message) };
});

const update = method({ scope: 'chat:write' }, Update, (sim, args) => {
  const conversation = writable(sim, args.channel);
  const message = ownMessage(conversation, args.ts, 'cant_update_message');
  editMessage(sim.workspace, message, checkContent(args, 'client'));
  return {
    channel: conversation.id,
    ts: message.ts,
    text: message.text,
    message: messageObject(conversation, message),
  };
});

const remove = method({ scope: 'chat:write' }, Pointed, (sim, args) => {
  const conversation = writable(sim, args.channel);
  removeMessage(sim.workspace, conversation, ownMessage(conversation, args.ts, 'cant_delete_message'));
  return { channel: conversation.id, ts: args.ts };
});

const postEphemeral = method({ scope: 'chat:write' }, Ephemeral, (sim, args) => {
  const conversation = writable(sim, args.channel);
  const member = memberFor(sim, args.user);
  if (!conversation.members.has(member.id))
    throw new ApiError('user_not_in_channel', `${member.handle} is not in ${conversation.name}`);
  const checked = checkContent(args, 'none');
  const message = postMessage(sim.workspace, conversation, {
    author: SLACK_BOT.userId,
    threadTs: args.thread_ts,
    ephemeralTo: member.id,
    ...checked,
  });
  return { message_ts: message.ts };
});

const getPermalink = method({}, Permalink, (sim, args) => {
  const conversation = channelFor(sim, args.channel);
  const message = conversation.messages.get(args.message_ts);
  if (!message) throw new ApiError('message_not_found', `no message ${args.message_ts}`);
  const path = `/archives/${conversation.id}/p${message.ts.replace('.', '')}`;
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${conversation.id}`;
  // Slack's is https://<workspace>.slack.com/archives/...; here it opens the simulator's own page.
  return { channel: conversation.id, permalink: `${sim.origin()}${path}${thread}` };
});

export const chatMethods: Readonly<Record<string, ApiMethod>> = {
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
  'chat.postEphemeral': postEphemeral,
  'chat.postMessage': postMessageMethod,
  'chat.update': update,
};
