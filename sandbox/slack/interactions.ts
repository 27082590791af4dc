import { SLACK_APP_ID, SLACK_BOT, SLACK_COMMANDS, SLACK_TEAM } from '../world.ts';
import { ApiError } from './api-error.ts';
import { validateView } from './block-kit/validate.ts';
import type { Delivered, EnvelopeType } from './deliveries.ts';
import { elementsOf, labelOf, optionsOf, type PlacedElement } from './elements.ts';
import { isObject, type JsonObject, objectIn } from './json.ts';
import { postMessage } from './messages.ts';
import {
  commandPayload,
  eventPayload,
  messageActionPayload,
  viewActionPayload,
  viewClosedPayload,
  viewSubmissionPayload,
} from './payloads.ts';
import { postResponse } from './respond.ts';
import type { Sim } from './sim.ts';
import { chosenValue, clientSideErrors, fill, findOption, type GivenValue, initialState } from './state-values.ts';
import { clearViews, closeFrom, findView, modalsOf, pushView, setContent } from './views.ts';
import {
  announce,
  type Conversation,
  directMessage,
  findConversation,
  findMember,
  type Member,
  type Message,
  type View,
} from './workspace.ts';

/** What a person sees when the app stays silent. */
const NOT_RESPONDING = 'This app did not respond.';
const TROUBLE_CONNECTING = 'We had some trouble connecting. Try again?';

/** What came of an interaction: the app's acknowledgement, or why there is none. */
export type Outcome = JsonObject & { readonly ok: boolean };

function outcomeOf(delivered: Delivered): Outcome {
  if (delivered.acked) return { ok: true, acked: true, ack: delivered.ack, ms: delivered.ms };
  return { ok: false, acked: false, error: delivered.error, message: NOT_RESPONDING };
}

/** Which element a person uses, and on what surface. */
export interface Click {
  readonly user: string;
  readonly channel?: string | undefined;
  readonly ts?: string | undefined;
  readonly viewId?: string | undefined;
  readonly actionId?: string | undefined;
  /** The words on the button, or on the option of a menu. */
  readonly text?: string | undefined;
  /** The option chosen, or the text typed, for elements that hold a value. */
  readonly value?: GivenValue | undefined;
  /** What is typed in the other inputs of the view at that moment. */
  readonly values?: Readonly<Record<string, GivenValue>> | undefined;
}

/**
 * A person uses an element of a message, a modal or the Home tab.
 * @throws ApiError unknown_user, channel_not_found, message_not_found, not_found, no_such_element, no_such_option, not_in_channel.
 */
export function click(sim: Sim, request: Click): Promise<Outcome> {
  const member = memberOf(sim, request.user);
  return request.viewId === undefined ? clickMessage(sim, member, request) : clickView(sim, member, request);
}

async function clickMessage(sim: Sim, member: Member, request: Click): Promise<Outcome> {
  const conversation = conversationOf(sim, request.channel ?? '', member);
  const message = conversation.messages.get(request.ts ?? '');
  if (!message || (message.ephemeralTo !== undefined && message.ephemeralTo !== member.id)) {
    throw new ApiError(
      'message_not_found',
      `no message ${request.ts} in ${conversation.name} that ${member.handle} can see`,
    );
  }
  const placed = findElement(message.blocks, request);
  message.state = { ...initialState(message.blocks, message.state) };
  const action = use(sim, placed, request, message);
  const triggerId = sim.triggers.issue(member.id);
  const responseUrl =
    sim.origin() +
    sim.responseUrls.issue({
      channel: conversation.id,
      user: member.id,
      messageTs: message.ts,
      threadTs: message.threadTs,
    });
  const payload = messageActionPayload({ member, conversation, message, action, triggerId, responseUrl });
  return outcomeOf(await sim.deliver('interactive', payload));
}

async function clickView(sim: Sim, member: Member, request: Click): Promise<Outcome> {
  const view = findView(sim.workspace, { id: request.viewId });
  if (!view || view.user !== member.id)
    throw new ApiError('not_found', `${member.handle} has no view ${request.viewId} open`);
  const placed = findElement(view.content.blocks, request);
  view.state = fill(view.content.blocks, view.state, request.values ?? {}).state;
  const action = use(sim, placed, request, view);
  const payload = viewActionPayload(member, view, action, sim.triggers.issue(member.id));
  return outcomeOf(await sim.deliver('interactive', payload));
}

function findElement(blocks: readonly JsonObject[], request: Click): PlacedElement {
  const all = elementsOf(blocks);
  const found =
    request.actionId === undefined
      ? (all.find((placed) => labelOf(placed.element) === request.text) ??
        all.find((placed) => optionsOf(placed.element).some((option) => labelOf(option) === request.text)))
      : all.find((placed) => placed.actionId === request.actionId);
  if (found) return found;
  const seen = all.map((placed) => `${placed.actionId} "${labelOf(placed.element) ?? placed.element['type']}"`);
  throw new ApiError('no_such_element', `there is ${seen.join(', ') || 'nothing to click'}`);
}

/** Applies the choice to the surface's state and returns the `actions` entry that tells of it. */
function use(sim: Sim, placed: PlacedElement, request: Click, surface: Message | View): JsonObject {
  const { element, blockId, actionId } = placed;
  const base = { action_id: actionId, block_id: blockId, action_ts: sim.workspace.ids.ts() };
  if (element['type'] === 'button') {
    const { text, value, style, url } = element;
    return {
      ...base,
      type: 'button',
      text,
      ...(value === undefined ? {} : { value }),
      ...(style === undefined ? {} : { style }),
      ...(url === undefined ? {} : { url }),
    };
  }
  const given = request.value ?? request.text ?? null;
  if (element['type'] === 'overflow') {
    const option = findOption(element, String(given));
    if (!option) throw new ApiError('no_such_option', `the menu ${actionId} has no option ${String(given)}`);
    return { ...base, type: 'overflow', selected_option: option };
  }
  const chosen = chosenValue(element, given);
  if (!chosen) throw new ApiError('no_such_option', `${actionId} has no option ${JSON.stringify(given)}`);
  surface.state = { ...surface.state, [blockId]: { ...surface.state[blockId], [actionId]: chosen } };
  return { ...base, ...chosen };
}

/**
 * A person sends a slash command. It does not work in threads, as in Slack.
 * @throws ApiError unknown_user, channel_not_found, not_in_channel.
 */
export async function sendCommand(
  sim: Sim,
  request: { user: string; channel: string; text: string },
): Promise<Outcome> {
  const member = memberOf(sim, request.user);
  const conversation = conversationOf(sim, request.channel, member);
  const [command = '', rest = ''] = splitCommand(request.text);
  const target = { channel: conversation.id, user: member.id, messageTs: undefined, threadTs: undefined };
  if (!SLACK_COMMANDS.includes(command)) {
    tellFromSlack(
      sim,
      conversation,
      member,
      `${command} is not a valid command. Known here: ${SLACK_COMMANDS.join(', ')}`,
    );
    return { ok: false, acked: false, error: 'unknown_command', message: `${command} is not a valid command.` };
  }
  const triggerId = sim.triggers.issue(member.id);
  const responseUrl = sim.origin() + sim.responseUrls.issue(target);
  const payload = commandPayload({ member, conversation, command, text: rest, triggerId, responseUrl });
  const delivered = await sim.deliver('slash_commands', payload);
  if (!delivered.acked) {
    const code = delivered.error === 'operation_timeout' ? 'operation_timeout' : 'dispatch_failed';
    tellFromSlack(sim, conversation, member, `${command} failed with the error "${code}"`);
    return outcomeOf(delivered);
  }
  const problem = hasContent(delivered.ack) ? postResponse(sim, target, delivered.ack) : undefined;
  if (problem !== undefined) tellFromSlack(sim, conversation, member, `${command} failed with the error "${problem}"`);
  return { ...outcomeOf(delivered), ...(problem === undefined ? {} : { ok: false, error: problem }) };
}

function splitCommand(text: string): readonly string[] {
  const [, command, rest] = /^(\S+)\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  return [command ?? '', (rest ?? '').trim()];
}

function hasContent(ack: JsonObject): boolean {
  return Boolean(ack['text']) || Array.isArray(ack['blocks']);
}

function tellFromSlack(sim: Sim, conversation: Conversation, member: Member, text: string): void {
  postMessage(sim.workspace, conversation, { author: SLACK_BOT.userId, text, ephemeralTo: member.id, fromSlack: true });
}

/**
 * A person writes a message. The app hears of it only when it is mentioned.
 * @throws ApiError unknown_user, channel_not_found, not_in_channel, thread_not_found.
 */
export async function say(
  sim: Sim,
  request: { user: string; channel: string; text: string; threadTs?: string | undefined },
): Promise<Outcome> {
  const member = memberOf(sim, request.user);
  const conversation = conversationOf(sim, request.channel, member);
  const mention = `<@${SLACK_BOT.userId}>`;
  const text = escapeTyped(request.text).replaceAll(/@cordon\b/gi, mention);
  const message = postMessage(sim.workspace, conversation, { author: member.id, text, threadTs: request.threadTs });
  if (!text.includes(mention) || conversation.kind === 'dm') return { ok: true, ts: message.ts };
  const event = {
    type: 'app_mention',
    user: member.id,
    text,
    ts: message.ts,
    channel: conversation.id,
    event_ts: message.ts,
    team: SLACK_TEAM.id,
    client_msg_id: sim.workspace.ids.uuid(),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
  };
  const delivered = await sim.deliver('events_api', eventPayload(sim.workspace, event));
  return { ...outcomeOf(delivered), ts: message.ts };
}

/** What a person types is text: Slack escapes it before an app sees it. */
function escapeTyped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * A person mentions the app: the text gets the mention when it has none.
 * @throws ApiError as `say` does.
 */
export function mention(
  sim: Sim,
  request: { user: string; channel: string; text: string; threadTs?: string | undefined },
): Promise<Outcome> {
  const text = /@cordon\b/i.test(request.text) ? request.text : `@cordon ${request.text}`;
  return say(sim, { ...request, text });
}

/** A person opens the app's Home tab or its messages. */
export async function openHome(sim: Sim, user: string, tab: 'home' | 'messages'): Promise<Outcome> {
  const member = memberOf(sim, user);
  const home = sim.workspace.homes.get(member.id);
  const event = {
    type: 'app_home_opened',
    user: member.id,
    channel: directMessage(sim.workspace, member).id,
    tab,
    event_ts: sim.workspace.ids.ts(),
    ...(home && tab === 'home' ? { view: { id: home.id, hash: home.hash, type: 'home', app_id: SLACK_APP_ID } } : {}),
  };
  return outcomeOf(await sim.deliver('events_api', eventPayload(sim.workspace, event)));
}

/**
 * A person presses Submit on their top modal, or on the one named. Slack's own client first refuses what is visibly incomplete; the app is not asked then.
 * @throws ApiError unknown_user, not_found, no_such_input.
 */
export async function submit(
  sim: Sim,
  request: { user: string; viewId?: string | undefined; values?: Readonly<Record<string, GivenValue>> | undefined },
): Promise<Outcome> {
  const member = memberOf(sim, request.user);
  const view = modalOf(sim, member, request.viewId);
  const { blocks } = view.content;
  const filled = fill(blocks, view.state, request.values ?? {});
  if (Object.keys(filled.misfits).length > 0) throw new ApiError('no_such_input', JSON.stringify(filled.misfits));
  if (!view.content.submit) throw new ApiError('no_submit', 'this modal has no submit button');
  view.state = filled.state;
  const errors = clientSideErrors(blocks, view.state);
  if (Object.keys(errors).length > 0)
    return showErrors(sim, view, errors, { ok: false, acked: false, error: 'incomplete' });
  const payload = viewSubmissionPayload(member, view, sim.triggers.issue(member.id));
  const delivered = await sim.deliver('interactive', payload);
  if (!delivered.acked) return { ...outcomeOf(delivered), message: TROUBLE_CONNECTING };
  return { ...outcomeOf(delivered), ...applySubmitAck(sim, view, delivered.ack) };
}

function showErrors(sim: Sim, view: View, errors: Readonly<Record<string, string>>, outcome: Outcome): Outcome {
  view.errors = errors;
  announce(sim.workspace, { kind: 'views', user: view.user });
  return { ...outcome, result: 'errors', errors };
}

/** Does what the app answered to a submission: close, show errors, update, push or clear. */
function applySubmitAck(sim: Sim, view: View, ack: JsonObject): JsonObject {
  const { workspace } = sim;
  const action = ack['response_action'];
  switch (action) {
    case undefined:
      closeFrom(workspace, view);
      return { result: 'closed' };
    case 'clear':
      clearViews(workspace, view.user);
      return { result: 'cleared' };
    case 'errors':
      return answerErrors(sim, view, objectIn(ack, 'errors') ?? {});
    case 'update':
    case 'push':
      return answerView(sim, view, action, ack['view']);
    default:
      return brokenAnswer(`unknown response_action ${String(action)}`);
  }
}

function answerErrors(sim: Sim, view: View, errors: JsonObject): JsonObject {
  const inputs = new Set(
    view.content.blocks.filter((block) => block['type'] === 'input').map((block) => block['block_id']),
  );
  const strangers = Object.keys(errors).filter((blockId) => !inputs.has(blockId));
  // Slack shows nothing but "trouble connecting" when an error names no input block.
  if (strangers.length > 0 || Object.keys(errors).length === 0)
    return brokenAnswer(`errors name no input block: ${strangers.join(', ')}`);
  const texts = Object.fromEntries(Object.entries(errors).map(([blockId, text]) => [blockId, String(text)]));
  return showErrors(sim, view, texts, { ok: true });
}

function answerView(sim: Sim, view: View, action: 'update' | 'push', source: unknown): JsonObject {
  const problems = validateView(source);
  if (problems.length > 0 || !isObject(source)) return brokenAnswer(problems.join('; '));
  if (action === 'update') {
    setContent(sim.workspace, view, source);
    return { result: 'updated', view_id: view.id };
  }
  return { result: 'pushed', view_id: pushView(sim.workspace, view.user, source).id };
}

function brokenAnswer(hint: string): JsonObject {
  return { ok: false, error: 'invalid_response', hint, message: TROUBLE_CONNECTING };
}

/**
 * A person closes their top modal (Cancel), or all of them (the cross).
 * @throws ApiError unknown_user, not_found.
 */
export async function close(
  sim: Sim,
  request: { user: string; viewId?: string | undefined; all?: boolean | undefined },
): Promise<Outcome> {
  const member = memberOf(sim, request.user);
  const top = modalOf(sim, member, request.viewId);
  const isCleared = request.all === true || top.content.clearOnClose;
  const closing = isCleared ? [...modalsOf(sim.workspace, member.id)].reverse() : [top];
  if (isCleared) clearViews(sim.workspace, member.id);
  else closeFrom(sim.workspace, top);
  const told = closing.filter((view) => view.content.notifyOnClose);
  const delivered = await Promise.all(
    told.map((view) => sim.deliver('interactive', viewClosedPayload(member, view, isCleared))),
  );
  return { ok: delivered.every((one) => one.acked), closed: closing.map((view) => view.id), told: told.length };
}

/** Sends the app any payload at all: forged people, other workspaces, replays. */
export async function deliverRaw(sim: Sim, type: EnvelopeType, payload: JsonObject): Promise<Outcome> {
  return outcomeOf(await sim.deliver(type, payload));
}

function modalOf(sim: Sim, member: Member, viewId: string | undefined): View {
  const stack = modalsOf(sim.workspace, member.id);
  const view = viewId === undefined ? stack.at(-1) : stack.find((candidate) => candidate.id === viewId);
  if (!view)
    throw new ApiError(
      'not_found',
      `${member.handle} has ${viewId === undefined ? 'no modal' : `no view ${viewId}`} open`,
    );
  return view;
}

function memberOf(sim: Sim, user: string): Member {
  const member = findMember(sim.workspace, user);
  if (!member || member.role === 'app') throw new ApiError('unknown_user', `no person ${user}`);
  return member;
}

function conversationOf(sim: Sim, channel: string, member: Member): Conversation {
  const conversation = findConversation(sim.workspace, channel);
  if (!conversation) throw new ApiError('channel_not_found', `no channel ${channel}`);
  if (!conversation.members.has(member.id))
    throw new ApiError('not_in_channel', `${member.handle} is not in ${channel}`);
  return conversation;
}
