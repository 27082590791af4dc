import type { ModalView } from '@slack/types';
import type { Message } from '../../../src/slack/block-limits.ts';
import { BUTTONS } from '../../../src/slack/buttons/index.generated.ts';
import { SlackCallError, type SlackCalls } from '../../../src/slack/calls.ts';
import { COMMANDS } from '../../../src/slack/commands/index.generated.ts';
import type { SlackDeps } from '../../../src/slack/deps.ts';
import { enter } from '../../../src/slack/enter.ts';
import { readInbound } from '../../../src/slack/inbound.ts';
import { pressButton, runCommand, submitModal } from '../../../src/slack/listeners.ts';
import { MODALS } from '../../../src/slack/modals/index.generated.ts';
import { TEAM } from './people.ts';
import type { Process } from './process.ts';
import type { WorldRecord } from './record.ts';
import { now } from './time.ts';

export type SlackTrouble = 'rate-limited' | 'lost-answer' | 'lost-request' | 'gone';

interface Standing {
  readonly channel: string;
  readonly ts: string;
  message: Message;
}

/** Slack with its messages and windows, and its own log. */
export class FakeSlack {
  readonly messages = new Map<string, Standing>();
  readonly views = new Map<string, ModalView>();
  readonly troubles: SlackTrouble[] = [];
  readonly #record: WorldRecord;
  readonly #onEvent: (event: string) => void;
  #number = 0;

  constructor(record: WorldRecord, onEvent: (event: string) => void) {
    this.#record = record;
    this.#onEvent = onEvent;
  }

  /** Slack as one process reaches it. */
  callsOf(process: Process): SlackCalls {
    const call = async <T>(done: () => T): Promise<T> => {
      await process.at('slack.call');
      const trouble = this.troubles.shift();
      if (trouble !== undefined) this.#onEvent(`Slack: ${trouble}`);
      if (trouble === 'rate-limited')
        throw new SlackCallError('rate-limited', 'ratelimited', { retryAfterSeconds: 30 });
      if (trouble === 'lost-request') throw new SlackCallError('ambiguous', 'no_answer');
      if (trouble === 'gone') throw new SlackCallError('refused', 'channel_not_found');
      const answer = done();
      if (trouble === 'lost-answer') throw new SlackCallError('ambiguous', 'no_answer');
      await process.at('slack.called');
      return answer;
    };
    const shown = (message: Message, isPrivate: boolean) =>
      this.#record.posts.push({ at: now(), key: '', text: message.text, blocks: message.blocks, private: isPrivate });
    const windowed = (view: ModalView) =>
      this.#record.posts.push({ at: now(), key: view.callback_id ?? '', text: '', blocks: view.blocks, private: true });
    return {
      post: (channel, _thread, message) =>
        call(() => {
          const ts = `${Math.floor(now() / 1000)}.${String(this.nextNumber()).padStart(6, '0')}`;
          this.messages.set(`${channel} ${ts}`, { channel, ts, message });
          shown(message, channel.startsWith('D'));
          return { channel, ts };
        }),
      update: ({ channel, ts }, message) =>
        call(() => {
          const standing = this.messages.get(`${channel} ${ts}`);
          if (standing === undefined) throw new SlackCallError('refused', 'message_not_found');
          standing.message = message;
          shown(message, channel.startsWith('D'));
        }),
      whisper: (_channel, _user, _thread, message) => call(() => void shown(message, true)),
      permalink: ({ channel, ts }) => call(() => `https://acme.slack.com/archives/${channel}/p${ts.replace('.', '')}`),
      openDirect: (userId) => call(() => `D${userId}`),
      openView: (_trigger, view) =>
        call(() => {
          const id = `V${this.nextNumber()}`;
          this.views.set(id, view);
          windowed(view);
          return { id, hash: `h${this.#number}` };
        }),
      updateView: ({ id }, view) =>
        call(() => {
          this.views.set(id, view);
          windowed(view);
        }),
    };
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }
}

/** Sends an interaction to a process as Slack would, through gate and listeners; what the person was told, as text. */
export async function interact(
  process: Process,
  deps: SlackDeps,
  calls: SlackCalls,
  body: unknown,
  told: string[],
): Promise<void> {
  const inbound = readInbound(body);
  if (inbound === undefined) throw new Error('the model sent what Slack does not send');
  const tell = async (what: unknown) => {
    await process.at('slack.called');
    told.push(JSON.stringify(what));
  };
  const entry = await enter({
    deps,
    calls,
    commands: COMMANDS,
    inbound,
    known: { buttons: BUTTONS.map((one) => one.actionId), modals: MODALS.map((one) => one.callbackId) },
    ack: async (response) => (response === undefined ? undefined : tell(response)),
    respond: (message) => tell(message),
  });
  if (entry === undefined) return;
  if (inbound.kind === 'command') return runCommand(entry, COMMANDS);
  if (inbound.kind === 'button') {
    const button = BUTTONS.find((one) => one.actionId === inbound.actionId);
    return button && pressButton(entry, button);
  }
  const modal = MODALS.find((one) => one.callbackId === inbound.callbackId);
  return modal && submitModal(entry, modal);
}

interface From {
  readonly user: string;
  readonly team?: string;
  readonly number: number;
}

/** The body of a submitted window. */
export function submission(
  from: From,
  callbackId: string,
  ids: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): object {
  const filled = Object.entries(values).map(([block, value]) => [
    block,
    { [block]: block === 'reason' ? { value } : { selected_option: { value } } },
  ]);
  return {
    type: 'view_submission',
    team: { id: from.team ?? TEAM },
    user: { id: from.user, team_id: from.team ?? TEAM },
    trigger_id: `trigger-${from.number}`,
    view: {
      id: `V${from.number}`,
      hash: `h${from.number}`,
      callback_id: callbackId,
      private_metadata: JSON.stringify(ids),
      state: { values: Object.fromEntries(filled) },
    },
  };
}

/** The body of a pressed button. */
export function pressOf(from: From, actionId: string, value: string): object {
  return {
    type: 'block_actions',
    team: { id: from.team ?? TEAM },
    user: { id: from.user, team_id: from.team ?? TEAM },
    trigger_id: `trigger-${from.number}`,
    channel: { id: 'C0TRIAGE' },
    actions: [{ action_id: actionId, action_ts: String(now() / 1000), value }],
  };
}

/** The body of a slash command. */
export function commandOf(from: From, text: string): object {
  return {
    command: '/cordon',
    text,
    team_id: from.team ?? TEAM,
    user_id: from.user,
    channel_id: 'C0TRIAGE',
    trigger_id: `trigger-${from.number}`,
  };
}
