import { SLACK_BOT } from '../world.ts';
import { ApiError } from './api-error.ts';
import { withIds } from './block-ids.ts';
import type { JsonObject } from './json.ts';
import { BLOCK_LIMITS } from './limits.ts';
import { announce, type Conversation, type Message, type Workspace } from './workspace.ts';

/** What somebody wants to say. */
export interface Draft {
  readonly author: string;
  readonly text: string;
  readonly blocks?: readonly JsonObject[] | undefined;
  readonly threadTs?: string | undefined;
  readonly ephemeralTo?: string | undefined;
  readonly fromSlack?: boolean;
  readonly metadata?: JsonObject | undefined;
  readonly options?: JsonObject;
}

/**
 * Adds a message to a conversation. A reply to a reply lands under the root, as in Slack.
 * @throws ApiError thread_not_found.
 */
export function postMessage(workspace: Workspace, conversation: Conversation, draft: Draft): Message {
  const root = draft.threadTs === undefined ? undefined : threadRoot(conversation, draft.threadTs);
  const message: Message = {
    channel: conversation.id,
    ts: workspace.ids.ts(),
    author: draft.author,
    threadTs: root?.ts,
    ephemeralTo: draft.ephemeralTo,
    fromSlack: draft.fromSlack ?? false,
    text: draft.text.slice(0, BLOCK_LIMITS.messageText),
    blocks: withIds(draft.blocks ?? [], workspace.ids),
    metadata: draft.metadata,
    options: draft.options ?? {},
    edited: undefined,
    reactions: new Map(),
    pinned: false,
    state: {},
  };
  conversation.messages.set(message.ts, message);
  announce(workspace, { kind: 'message', message });
  if (root) announce(workspace, { kind: 'message', message: root });
  return message;
}

function threadRoot(conversation: Conversation, threadTs: string): Message {
  const parent = conversation.messages.get(threadTs);
  if (!parent) throw new ApiError('thread_not_found', `no message ${threadTs} in ${conversation.id}`);
  if (parent.threadTs === undefined) return parent;
  return conversation.messages.get(parent.threadTs) ?? parent;
}

/** What an edit sets. Without blocks the old ones go, as in Slack. */
export interface Edit {
  readonly text: string;
  readonly blocks?: readonly JsonObject[] | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly options?: JsonObject;
}

/** Replaces a message's content in place and marks it as edited by the app. */
export function editMessage(workspace: Workspace, message: Message, edit: Edit): void {
  message.text = edit.text.slice(0, BLOCK_LIMITS.messageText);
  message.blocks = withIds(edit.blocks ?? [], workspace.ids);
  if (edit.metadata !== undefined) message.metadata = edit.metadata;
  message.options = edit.options ?? {};
  message.edited = { user: SLACK_BOT.userId, ts: workspace.ids.ts() };
  message.state = {};
  announce(workspace, { kind: 'message', message });
}

/** Takes a message away; its replies stay, as orphans do in Slack. */
export function removeMessage(workspace: Workspace, conversation: Conversation, message: Message): void {
  conversation.messages.delete(message.ts);
  announce(workspace, { kind: 'message-removed', message });
  const root = message.threadTs === undefined ? undefined : conversation.messages.get(message.threadTs);
  if (root) announce(workspace, { kind: 'message', message: root });
}

/** The visible replies under a root message, oldest first. */
export function repliesTo(conversation: Conversation, rootTs: string): readonly Message[] {
  return [...conversation.messages.values()].filter(
    (message) => message.threadTs === rootTs && message.ephemeralTo === undefined,
  );
}
