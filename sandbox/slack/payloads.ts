import { SLACK_APP_ID, SLACK_BOT, SLACK_TEAM } from '../world.ts';
import type { JsonObject } from './json.ts';
import { repliesTo } from './messages.ts';
import type { Conversation, Member, Message, View, Workspace } from './workspace.ts';

/** Slack's legacy verification token, which is in every payload; nothing may rely on it. */
const VERIFICATION_TOKEN = 'sandbox-verification-token';

const TEAM = { id: SLACK_TEAM.id, domain: SLACK_TEAM.domain } as const;

/** The channel name as payloads carry it: Slack does not tell apps the name of a private channel here. */
function channelName(conversation: Conversation): string {
  switch (conversation.kind) {
    case 'public':
      return conversation.name;
    case 'private':
      return 'privategroup';
    case 'dm':
      return 'directmessage';
  }
}

function interactionUser(member: Member): JsonObject {
  return { id: member.id, username: member.handle, name: member.handle, team_id: SLACK_TEAM.id };
}

/** What every interaction has in common. */
function interaction(type: string, member: Member): JsonObject {
  return {
    type,
    user: interactionUser(member),
    api_app_id: SLACK_APP_ID,
    token: VERIFICATION_TOKEN,
    team: TEAM,
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** A message as the Web API and payloads show it. */
export function messageObject(conversation: Conversation, message: Message): JsonObject {
  const isBot = message.author === SLACK_BOT.userId;
  const replies = message.threadTs === undefined ? repliesTo(conversation, message.ts) : [];
  const threadTs = message.threadTs ?? (replies.length > 0 ? message.ts : undefined);
  return {
    type: 'message',
    user: message.author,
    ts: message.ts,
    text: message.text,
    team: SLACK_TEAM.id,
    ...(isBot ? { bot_id: SLACK_BOT.botId, app_id: SLACK_APP_ID } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.edited ? { edited: message.edited } : {}),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(message.threadTs === undefined ? {} : { parent_user_id: conversation.messages.get(message.threadTs)?.author }),
    ...(replies.length > 0 ? { reply_count: replies.length, latest_reply: replies.at(-1)?.ts } : {}),
    ...(message.metadata ? { metadata: message.metadata } : {}),
  };
}

/** A view as the Web API and payloads show it. */
export function viewObject(view: View): JsonObject {
  const { content } = view;
  return {
    id: view.id,
    team_id: SLACK_TEAM.id,
    type: view.type,
    blocks: content.blocks,
    private_metadata: content.privateMetadata,
    callback_id: content.callbackId,
    state: { values: view.state },
    hash: view.hash,
    title: content.title ?? null,
    clear_on_close: content.clearOnClose,
    notify_on_close: content.notifyOnClose,
    close: content.close ?? null,
    submit: content.submit ?? null,
    previous_view_id: view.previousViewId ?? null,
    root_view_id: view.rootViewId,
    app_id: SLACK_APP_ID,
    external_id: content.externalId,
    app_installed_team_id: SLACK_TEAM.id,
    bot_id: SLACK_BOT.botId,
  };
}

/** A click on an element of a message. An ephemeral message is not shown to the app again, only named. */
export function messageActionPayload(parts: {
  readonly member: Member;
  readonly conversation: Conversation;
  readonly message: Message;
  readonly action: JsonObject;
  readonly triggerId: string;
  readonly responseUrl: string;
}): JsonObject {
  const { member, conversation, message, action, triggerId, responseUrl } = parts;
  const isEphemeral = message.ephemeralTo !== undefined;
  const shown = messageObject(conversation, message);
  return {
    ...interaction('block_actions', member),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: conversation.id,
      is_ephemeral: isEphemeral,
      ...(shown['thread_ts'] === undefined ? {} : { thread_ts: shown['thread_ts'] }),
    },
    trigger_id: triggerId,
    channel: { id: conversation.id, name: channelName(conversation) },
    ...(isEphemeral ? {} : { message: shown }),
    state: { values: message.state },
    response_url: responseUrl,
    actions: [action],
  };
}

/** A click on an element of a modal or of the Home tab. */
export function viewActionPayload(member: Member, view: View, action: JsonObject, triggerId: string): JsonObject {
  return {
    ...interaction('block_actions', member),
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerId,
    view: viewObject(view),
    actions: [action],
  };
}

/** The submit button of a modal. */
export function viewSubmissionPayload(member: Member, view: View, triggerId: string): JsonObject {
  return {
    ...interaction('view_submission', member),
    trigger_id: triggerId,
    view: viewObject(view),
    response_urls: [],
  };
}

/** A modal closed by its person; sent only when the view asked for it. */
export function viewClosedPayload(member: Member, view: View, isCleared: boolean): JsonObject {
  return { ...interaction('view_closed', member), view: viewObject(view), is_cleared: isCleared };
}

/** A slash command. All values are strings, as in the form Slack sends. */
export function commandPayload(parts: {
  readonly member: Member;
  readonly conversation: Conversation;
  readonly command: string;
  readonly text: string;
  readonly triggerId: string;
  readonly responseUrl: string;
}): JsonObject {
  const { member, conversation } = parts;
  return {
    token: VERIFICATION_TOKEN,
    team_id: SLACK_TEAM.id,
    team_domain: SLACK_TEAM.domain,
    channel_id: conversation.id,
    channel_name: channelName(conversation),
    user_id: member.id,
    user_name: member.handle,
    command: parts.command,
    text: parts.text,
    api_app_id: SLACK_APP_ID,
    is_enterprise_install: 'false',
    response_url: parts.responseUrl,
    trigger_id: parts.triggerId,
  };
}

/** An Events API callback around an inner event. */
export function eventPayload(workspace: Workspace, event: JsonObject): JsonObject {
  return {
    token: VERIFICATION_TOKEN,
    team_id: SLACK_TEAM.id,
    context_team_id: SLACK_TEAM.id,
    context_enterprise_id: null,
    api_app_id: SLACK_APP_ID,
    event,
    type: 'event_callback',
    event_id: workspace.ids.id('Ev'),
    event_time: Math.floor(workspace.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: SLACK_TEAM.id,
        user_id: SLACK_BOT.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${workspace.ids.secret()}`,
  };
}
