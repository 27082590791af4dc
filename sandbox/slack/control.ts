import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { CALL_FAULTS } from './faults.ts';
import { addressOf, HttpRefusal, isJson, readArguments, sendJson } from './http.ts';
import { click, close, deliverRaw, mention, openHome, say, sendCommand, submit } from './interactions.ts';
import type { JsonObject } from './json.ts';
import { repliesTo } from './messages.ts';
import { viewObject } from './payloads.ts';
import type { Sim } from './sim.ts';
import { modalsOf } from './views.ts';
import {
  announce,
  type Conversation,
  directMessage,
  findConversation,
  findMember,
  type Member,
  type Message,
} from './workspace.ts';

const Given = z.union([z.string(), z.array(z.string()), z.null()]);
const Values = z.record(z.string(), Given);
const Click = z.strictObject({
  user: z.string(),
  channel: z.string().optional(),
  ts: z.string().optional(),
  view_id: z.string().optional(),
  action_id: z.string().optional(),
  text: z.string().optional(),
  value: Given.optional(),
  values: Values.optional(),
});
const Spoken = z.strictObject({
  user: z.string(),
  channel: z.string(),
  text: z.string().min(1),
  thread_ts: z.string().optional(),
});
const Submit = z.strictObject({ user: z.string(), view_id: z.string().optional(), values: Values.optional() });
const Close = z.strictObject({ user: z.string(), view_id: z.string().optional(), all: z.boolean().optional() });
const Home = z.strictObject({ user: z.string(), tab: z.enum(['home', 'messages']).default('home') });
const Raw = z.strictObject({
  payload: z.record(z.string(), z.unknown()),
  type: z.enum(['interactive', 'slash_commands', 'events_api']).default('interactive'),
});
const times = z.number().int().min(1).max(100_000).default(1);
/** Every kind takes the same fields, whether it uses them or not, so that a caller may keep one shape. */
const fault = {
  method: z.string().default('*'),
  times,
  retryAfter: z.number().int().min(0).default(1),
  error: z.string().default('internal_error'),
};
const Fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(CALL_FAULTS), ...fault }),
  z.strictObject({ kind: z.literal('drop-socket'), ...fault }),
  z.strictObject({ kind: z.literal('duplicate-envelope'), ...fault }),
  z.strictObject({
    kind: z.enum(['deactivate-user', 'guest', 'other-team']),
    user: z.string(),
    undo: z.boolean().default(false),
    ...fault,
  }),
]);
const Limits = z.strictObject({ enabled: z.boolean() });
const Scopes = z.strictObject({ scopes: z.array(z.string()) });
/** What is not given stays as it was. */
const Usergroup = z.strictObject({
  id: z.string().regex(/^S[A-Z0-9]{1,20}$/),
  users: z.array(z.string()).optional(),
  name: z.string().optional(),
  handle: z.string().optional(),
  disabled: z.boolean().optional(),
  locked: z.boolean().optional(),
});
const Disconnect = z.strictObject({ reason: z.enum(['refresh_requested', 'warning']).default('refresh_requested') });

type Handler = (sim: Sim, args: JsonObject) => JsonObject | Promise<JsonObject>;

function handler<T>(shape: z.ZodType<T>, run: (sim: Sim, args: T) => JsonObject | Promise<JsonObject>): Handler {
  return (sim, args) => {
    const parsed = shape.safeParse(args);
    if (parsed.success) return run(sim, parsed.data);
    throw new HttpRefusal(
      400,
      'invalid_arguments',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  };
}

const Where = z.object({ channel: z.string(), thread_ts: z.string().optional() });
const Who = z.object({ user: z.string() });
const Nothing = z.object({});

const ROUTES: Readonly<Record<string, Handler>> = {
  'GET health': handler(Nothing, (sim) => ({
    ok: true,
    connections: sim.sockets.connections(),
    limits: sim.limits.enabled,
  })),
  'GET messages': handler(Where, (sim, args) => {
    const conversation = findConversation(sim.workspace, args.channel);
    if (!conversation) throw new ApiError('channel_not_found', `no channel ${args.channel}`);
    return { ok: true, messages: messagesIn(conversation, args.thread_ts) };
  }),
  'GET dms': handler(Who, (sim, args) => {
    const conversation = directMessage(sim.workspace, personOf(sim, args.user));
    return { ok: true, channel: conversation.id, messages: messagesIn(conversation, undefined) };
  }),
  'GET views': handler(Who, (sim, args) => {
    const person = personOf(sim, args.user);
    const home = sim.workspace.homes.get(person.id);
    const views = modalsOf(sim.workspace, person.id).map((view) => ({ ...viewObject(view), errors: view.errors }));
    return { ok: true, views, home: home ? viewObject(home) : null };
  }),
  'GET log': handler(Nothing, (sim) => ({ ok: true, calls: sim.calls })),
  'GET deliveries': handler(Nothing, (sim) => ({ ok: true, deliveries: sim.deliveries() })),
  'GET faults': handler(Nothing, (sim) => ({ ok: true, faults: sim.faults.pending() })),
  'POST click': handler(Click, (sim, { view_id, action_id, ...rest }) =>
    click(sim, { ...rest, viewId: view_id, actionId: action_id }),
  ),
  'POST command': handler(Spoken, (sim, args) => sendCommand(sim, args)),
  'POST mention': handler(Spoken, (sim, { thread_ts, ...rest }) => mention(sim, { ...rest, threadTs: thread_ts })),
  'POST say': handler(Spoken, (sim, { thread_ts, ...rest }) => say(sim, { ...rest, threadTs: thread_ts })),
  'POST submit': handler(Submit, (sim, { view_id, ...rest }) => submit(sim, { ...rest, viewId: view_id })),
  'POST close': handler(Close, (sim, { view_id, ...rest }) => close(sim, { ...rest, viewId: view_id })),
  'POST home': handler(Home, (sim, args) => openHome(sim, args.user, args.tab)),
  'POST raw-interaction': handler(Raw, (sim, args) => deliverRaw(sim, args.type, args.payload)),
  'POST faults': handler(Fault, addFault),
  'DELETE faults': handler(Nothing, clearFaults),
  'POST disconnect': handler(Disconnect, (sim, args) => ({
    ok: true,
    told: sim.sockets.requestDisconnect(args.reason),
  })),
  'POST limits': handler(Limits, (sim, args) => {
    sim.limits.enabled = args.enabled;
    return { ok: true, enabled: args.enabled };
  }),
  'POST scopes': handler(Scopes, (sim, args) => {
    sim.scopes.clear();
    for (const scope of args.scopes) sim.scopes.add(scope);
    return { ok: true, scopes: args.scopes };
  }),
  'POST usergroups': handler(Usergroup, (sim, args) => {
    const before = sim.workspace.usergroups.get(args.id);
    sim.workspace.usergroups.set(args.id, {
      id: args.id,
      name: args.name ?? before?.name ?? args.id,
      handle: args.handle ?? before?.handle ?? args.id.toLowerCase(),
      users: args.users ?? before?.users ?? [],
      disabled: args.disabled ?? before?.disabled ?? false,
      locked: args.locked ?? before?.locked ?? false,
    });
    return { ok: true };
  }),
};

/** Serves `/_control/<name>`: what tests and the page do to the workspace in people's names. */
export async function serveControl(
  sim: Sim,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A form from another site can be sent without asking; JSON cannot.
  if (request.method === 'POST' && !isJson(request))
    throw new HttpRefusal(415, 'json_only', 'send content-type: application/json');
  const key = `${request.method ?? 'GET'} ${name}`;
  const route = Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined;
  if (!route) throw new HttpRefusal(404, 'unknown_route', `known: ${Object.keys(ROUTES).join(', ')}`);
  const args =
    request.method === 'GET' ? Object.fromEntries(addressOf(request).searchParams) : await readArguments(request);
  try {
    sendJson(response, 200, await route(sim, args));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    sendJson(response, 404, { ok: false, error: error.code, hint: error.hint });
  }
}

function personOf(sim: Sim, user: string): Member {
  const member = findMember(sim.workspace, user);
  if (!member) throw new ApiError('unknown_user', `no person ${user}`);
  return member;
}

/** A thread with its root, or all of a conversation; ephemeral messages are among them, with their addressee. */
function messagesIn(conversation: Conversation, threadTs: string | undefined): readonly JsonObject[] {
  return [...conversation.messages.values()]
    .filter((message) => threadTs === undefined || message.ts === threadTs || message.threadTs === threadTs)
    .map((message) => describe(conversation, message));
}

function describe(conversation: Conversation, message: Message): JsonObject {
  return {
    channel: message.channel,
    ts: message.ts,
    author: message.author,
    text: message.text,
    blocks: message.blocks,
    thread_ts: message.threadTs ?? null,
    ephemeral_to: message.ephemeralTo ?? null,
    from_slack: message.fromSlack,
    edited: message.edited ?? null,
    metadata: message.metadata ?? null,
    options: message.options,
    pinned: message.pinned,
    reactions: Object.fromEntries([...message.reactions].map(([name, people]) => [name, [...people]])),
    reply_count: message.threadTs === undefined ? repliesTo(conversation, message.ts).length : 0,
  };
}

function addFault(sim: Sim, fault: z.output<typeof Fault>): JsonObject {
  switch (fault.kind) {
    case 'drop-socket':
      return { ok: true, dropped: sim.sockets.drop() };
    case 'duplicate-envelope':
      sim.faults.duplicateNext(fault.method, fault.times);
      return { ok: true };
    case 'deactivate-user':
    case 'guest':
    case 'other-team': {
      const person = personOf(sim, fault.user);
      if (fault.kind === 'guest') person.guest = !fault.undo;
      else if (fault.kind === 'other-team') person.foreign = !fault.undo;
      else person.active = fault.undo;
      announce(sim.workspace, { kind: 'people' });
      return { ok: true, user: person.id, active: person.active, guest: person.guest };
    }
    case '429':
    case '5xx':
    case 'timeout':
    case 'timeout-after-accept':
    case 'error':
      sim.faults.add({
        method: fault.method,
        kind: fault.kind,
        retryAfter: fault.retryAfter,
        error: fault.error,
        left: fault.times,
      });
      return { ok: true };
  }
}

/** No more faults, and everybody is an ordinary, active member again. */
function clearFaults(sim: Sim): JsonObject {
  sim.faults.clear();
  for (const member of sim.workspace.members.values()) {
    member.active = true;
    member.guest = false;
    member.foreign = false;
  }
  announce(sim.workspace, { kind: 'people' });
  return { ok: true };
}
