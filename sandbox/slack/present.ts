import { SLACK_BOT } from '../world.ts';
import { emojiFor, withEmoji } from './emoji.ts';
import { isObject, type JsonObject, stringIn } from './json.ts';
import { repliesTo } from './messages.ts';
import { isSafeAddress, type Names, parseMrkdwn } from './mrkdwn.ts';
import { viewObject } from './payloads.ts';
import { initialState } from './state-values.ts';
import type { Conversation, Member, Message, View, Workspace } from './workspace.ts';

/** A message as the page draws it: mrkdwn already read into pieces, ids already turned into names. */
export function presentMessage(workspace: Workspace, conversation: Conversation, message: Message): JsonObject {
  const replies = message.threadTs === undefined ? repliesTo(conversation, message.ts) : [];
  return {
    channel: conversation.id,
    ts: message.ts,
    thread_ts: message.threadTs ?? null,
    author: message.fromSlack
      ? { id: 'USLACKBOT', name: 'Slackbot', is_app: true }
      : presentMember(workspace.members.get(message.author)),
    text: parseMrkdwn(message.text, namesIn(workspace)),
    blocks: presentBlocks(workspace, message.blocks),
    state: initialState(message.blocks, message.state),
    is_edited: message.edited !== undefined,
    is_ephemeral: message.ephemeralTo !== undefined,
    is_pinned: message.pinned,
    reactions: [...message.reactions].map(([name, people]) => ({
      name,
      emoji: emojiFor(name) ?? `:${name}:`,
      count: people.size,
    })),
    reply_count: replies.length,
    latest_reply: replies.at(-1)?.ts ?? null,
  };
}

/** A modal or Home as the page draws it. */
export function presentView(workspace: Workspace, view: View): JsonObject {
  return {
    ...viewObject(view),
    ...presentObject(workspace, viewObject(view)),
    state: { values: view.state },
    errors: view.errors,
  };
}

/** Who somebody is, for the page's lists and message heads. */
export function presentMember(member: Member | undefined): JsonObject {
  if (!member) return { id: 'unknown', name: 'Somebody', is_app: false };
  const { id, handle, name, role, active, guest } = member;
  return { id, handle, name, role, active, guest, is_app: id === SLACK_BOT.userId };
}

function presentBlocks(workspace: Workspace, blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.map((block) => presentObject(workspace, block));
}

function presentObject(workspace: Workspace, source: JsonObject): JsonObject {
  const shown = Object.fromEntries(Object.entries(source).map(([key, value]) => [key, presentValue(workspace, value)]));
  const text = stringIn(source, 'text') ?? '';
  switch (source['type']) {
    case 'mrkdwn':
      return { ...shown, pieces: parseMrkdwn(text, namesIn(workspace), { verbatim: source['verbatim'] === true }) };
    case 'plain_text':
      return { ...shown, shown: source['emoji'] === false ? text : withEmoji(text) };
    case 'link':
      return { ...shown, is_safe: isSafeAddress(stringIn(source, 'url') ?? '') };
    case 'user':
      return { ...shown, shown: `@${namesIn(workspace).user(stringIn(source, 'user_id') ?? '') ?? 'somebody'}` };
    case 'channel':
      return { ...shown, shown: `#${namesIn(workspace).channel(stringIn(source, 'channel_id') ?? '') ?? 'a-channel'}` };
    case 'emoji':
      return { ...shown, shown: emojiFor(stringIn(source, 'name') ?? '') ?? `:${stringIn(source, 'name')}:` };
    default:
      return shown;
  }
}

function presentValue(workspace: Workspace, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => presentValue(workspace, entry));
  return isObject(value) ? presentObject(workspace, value) : value;
}

function namesIn(workspace: Workspace): Names {
  return {
    user: (id) => workspace.members.get(id)?.name,
    channel: (id) => workspace.conversations.get(id)?.name,
    emoji: emojiFor,
  };
}
