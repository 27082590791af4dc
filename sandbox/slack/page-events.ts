import type { IncomingMessage, ServerResponse } from 'node:http';
import { PEOPLE, SLACK_BOT, SLACK_COMMANDS, SLACK_TEAM } from '../world.ts';
import { addressOf, HttpRefusal } from './http.ts';
import type { JsonObject } from './json.ts';
import { presentMember, presentMessage, presentView } from './present.ts';
import type { Sim } from './sim.ts';
import { modalsOf } from './views.ts';
import { type Change, type Conversation, directMessage, findMember, type Member, type Message } from './workspace.ts';

/** A named address in the page's header. */
export interface PageLink {
  readonly name: string;
  readonly url: string;
}

/** What the open pages are told, by Server-Sent Events: first everything the person may see, then each change. */
export interface PageEvents {
  serve(name: string, request: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

/** How many messages of a conversation a freshly opened page gets, counted from the newest. */
const SHOWN_MESSAGES = 300;

/** Starts listening to the workspace. */
export function createPageEvents(sim: Sim, links: readonly PageLink[]): PageEvents {
  const { workspace } = sim;
  const watchers = new Map<ServerResponse, Member>();

  function serve(name: string, request: IncomingMessage, response: ServerResponse): void {
    if (name !== 'events') throw new HttpRefusal(404, 'not_found', 'the page has /_page/events only');
    const viewer = findMember(workspace, addressOf(request).searchParams.get('as') ?? '');
    if (!viewer || viewer.role === 'app') throw new HttpRefusal(404, 'unknown_user', 'no such person');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    watchers.set(response, viewer);
    response.on('close', () => watchers.delete(response));
    send(response, snapshot(sim, viewer, links));
  }

  function onChange(change: Change): void {
    for (const [response, viewer] of watchers) {
      const event = eventFor(sim, viewer, change);
      if (event) send(response, event);
    }
  }

  workspace.listeners.add(onChange);
  return {
    serve,
    close() {
      workspace.listeners.delete(onChange);
      for (const response of watchers.keys()) response.end();
    },
  };
}

function send(response: ServerResponse, event: JsonObject): void {
  response.write(`data: ${JSON.stringify(event)}\n\n`);
}

function snapshot(sim: Sim, viewer: Member, links: readonly PageLink[]): JsonObject {
  const { workspace } = sim;
  directMessage(workspace, viewer);
  const visible = [...workspace.conversations.values()].filter((conversation) => conversation.members.has(viewer.id));
  return {
    kind: 'snapshot',
    team: { name: SLACK_TEAM.name },
    app: {
      name: workspace.members.get(SLACK_BOT.userId)?.name ?? SLACK_BOT.name,
      is_connected: sim.isConnected(),
    },
    commands: SLACK_COMMANDS,
    links,
    you: presentMember(viewer),
    people: people(sim),
    conversations: visible.map((conversation) => ({
      id: conversation.id,
      name: conversation.name,
      kind: conversation.kind,
      count: conversation.members.size,
    })),
    messages: visible.flatMap((conversation) => messagesFor(sim, viewer, conversation)),
    views: views(sim, viewer),
    home: home(sim, viewer),
  };
}

function people(sim: Sim): readonly JsonObject[] {
  return PEOPLE.map((person) => presentMember(sim.workspace.members.get(person.id)));
}

function messagesFor(sim: Sim, viewer: Member, conversation: Conversation): readonly JsonObject[] {
  return [...conversation.messages.values()]
    .filter((message) => canSee(viewer, conversation, message))
    .slice(-SHOWN_MESSAGES)
    .map((message) => presentMessage(sim.workspace, conversation, message));
}

function canSee(viewer: Member, conversation: Conversation, message: Message): boolean {
  return (
    conversation.members.has(viewer.id) && (message.ephemeralTo === undefined || message.ephemeralTo === viewer.id)
  );
}

function views(sim: Sim, viewer: Member): readonly JsonObject[] {
  return modalsOf(sim.workspace, viewer.id).map((view) => presentView(sim.workspace, view));
}

function home(sim: Sim, viewer: Member): JsonObject | null {
  const view = sim.workspace.homes.get(viewer.id);
  return view ? presentView(sim.workspace, view) : null;
}

function eventFor(sim: Sim, viewer: Member, change: Change): JsonObject | undefined {
  switch (change.kind) {
    case 'message':
    case 'message-removed': {
      const conversation = sim.workspace.conversations.get(change.message.channel);
      if (!conversation || !canSee(viewer, conversation, change.message)) return undefined;
      if (change.kind === 'message-removed')
        return { kind: 'removed', channel: conversation.id, ts: change.message.ts };
      return { kind: 'message', message: presentMessage(sim.workspace, conversation, change.message) };
    }
    case 'views':
      return change.user === viewer.id ? { kind: 'views', views: views(sim, viewer) } : undefined;
    case 'home':
      return change.user === viewer.id ? { kind: 'home', home: home(sim, viewer) } : undefined;
    case 'people':
      return { kind: 'people', people: people(sim) };
    case 'app':
      return { kind: 'app', is_connected: sim.isConnected() };
  }
}
