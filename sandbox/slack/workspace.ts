import { CHANNELS, PEOPLE, SLACK_BOT } from '../world.ts';
import { createIds, type Ids } from './ids.ts';
import type { JsonObject } from './json.ts';

/** A person or the app's bot user. */
export interface Member {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly role: 'responder' | 'approver' | 'outsider' | 'app';
  active: boolean;
  guest: boolean;
  /** A member of another organisation, met through Slack Connect. */
  foreign: boolean;
}

/** A user group. Slack keeps a disabled one with its members. */
export interface Usergroup {
  readonly id: string;
  readonly name: string;
  readonly handle: string;
  readonly users: readonly string[];
  readonly disabled: boolean;
  /** Only admins may edit it; told by Slack on some plans only. */
  readonly locked: boolean;
}

type ConversationKind = 'public' | 'private' | 'dm';

/** A channel, or the direct message of one person with the app. */
export interface Conversation {
  readonly id: string;
  readonly name: string;
  readonly kind: ConversationKind;
  readonly members: Set<string>;
  readonly messages: Map<string, Message>;
  readonly bookmarks: JsonObject[];
}

/** Slack's `state.values`: block id -> action id -> the element's present value. */
export type StateValues = Record<string, Record<string, JsonObject>>;

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly author: string;
  readonly threadTs: string | undefined;
  /** The one person who sees it, for an ephemeral message. */
  readonly ephemeralTo: string | undefined;
  /** Slack itself speaks, as it does after a command that failed. */
  readonly fromSlack: boolean;
  text: string;
  blocks: readonly JsonObject[];
  metadata: JsonObject | undefined;
  /** parse, link_names, unfurl_links and unfurl_media as they were sent, for tests. */
  options: JsonObject;
  edited: { readonly user: string; readonly ts: string } | undefined;
  readonly reactions: Map<string, Set<string>>;
  pinned: boolean;
  state: StateValues;
}

export interface View {
  readonly id: string;
  readonly user: string;
  readonly type: 'modal' | 'home';
  readonly rootViewId: string;
  readonly previousViewId: string | undefined;
  content: ViewContent;
  hash: string;
  state: StateValues;
  errors: Readonly<Record<string, string>>;
}

/** The part of a view that the app writes. */
export interface ViewContent {
  readonly title: JsonObject | undefined;
  readonly submit: JsonObject | undefined;
  readonly close: JsonObject | undefined;
  readonly blocks: readonly JsonObject[];
  readonly privateMetadata: string;
  readonly callbackId: string;
  readonly externalId: string;
  readonly clearOnClose: boolean;
  readonly notifyOnClose: boolean;
}

/** What has just changed; the page is told by these. */
export type Change =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'message-removed'; readonly message: Message }
  | { readonly kind: 'views'; readonly user: string }
  | { readonly kind: 'home'; readonly user: string }
  | { readonly kind: 'people' }
  | { readonly kind: 'app' };

/** The whole state of the simulated workspace. It lives in memory and ends with the process. */
export interface Workspace {
  readonly now: () => number;
  readonly ids: Ids;
  readonly members: Map<string, Member>;
  readonly conversations: Map<string, Conversation>;
  /** The modals each person has open, the top one last. */
  readonly modals: Map<string, View[]>;
  readonly homes: Map<string, View>;
  readonly usergroups: Map<string, Usergroup>;
  readonly listeners: Set<(change: Change) => void>;
}

/** The workspace at its start: the cast of world.ts, everybody in every channel, no messages. Being in a channel grants nothing, so the outsider is in them too. */
export function createWorkspace(now: () => number): Workspace {
  const bot: Member = {
    id: SLACK_BOT.userId,
    handle: SLACK_BOT.name,
    name: 'Cordon',
    role: 'app',
    active: true,
    guest: false,
    foreign: false,
  };
  const people = PEOPLE.map((person): Member => ({ ...person, active: true, guest: false, foreign: false }));
  const members = new Map([bot, ...people].map((member) => [member.id, member]));
  const channels = CHANNELS.map(
    (channel): Conversation => ({
      id: channel.id,
      name: channel.name,
      kind: channel.private ? 'private' : 'public',
      members: new Set(members.keys()),
      messages: new Map(),
      bookmarks: [],
    }),
  );
  return {
    now,
    ids: createIds(now),
    members,
    conversations: new Map(channels.map((channel) => [channel.id, channel])),
    modals: new Map(),
    homes: new Map(),
    usergroups: new Map(),
    listeners: new Set(),
  };
}

/** Tells everybody who listens. */
export function announce(workspace: Workspace, change: Change): void {
  for (const listener of workspace.listeners) listener(change);
}

/** A member by id or handle. */
export function findMember(workspace: Workspace, idOrHandle: string): Member | undefined {
  return (
    workspace.members.get(idOrHandle) ?? [...workspace.members.values()].find((member) => member.handle === idOrHandle)
  );
}

/** A conversation by id, or a channel by name with or without "#". */
export function findConversation(workspace: Workspace, idOrName: string): Conversation | undefined {
  const name = idOrName.replace(/^#/, '');
  return (
    workspace.conversations.get(idOrName) ??
    [...workspace.conversations.values()].find(
      (conversation) => conversation.kind !== 'dm' && conversation.name === name,
    )
  );
}

/** The direct message between a person and the app, opened when it does not exist yet. */
export function directMessage(workspace: Workspace, member: Member): Conversation {
  const id = `D${member.id.slice(1)}`;
  const known = workspace.conversations.get(id);
  if (known) return known;
  const opened: Conversation = {
    id,
    name: member.handle,
    kind: 'dm',
    members: new Set([member.id, SLACK_BOT.userId]),
    messages: new Map(),
    bookmarks: [],
  };
  workspace.conversations.set(id, opened);
  return opened;
}
