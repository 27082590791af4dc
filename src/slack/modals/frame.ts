import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import type { z } from 'zod';
import { LIMITS } from '../block-limits.ts';
import { type BlockIds, section } from '../cards/parts.ts';
import { type Mrkdwn, mrkdwn, plain, withMentions } from '../escape.ts';
import type { FlowRefusal } from '../flow-api.ts';

/** Shortest reason that says something; the flow asks for the same. */
export const MIN_REASON = 10;

export interface ModalParts {
  readonly callbackId: string;
  readonly title: string;
  readonly blocks: readonly KnownBlock[];
  /** Label of the submit button; without it the modal can only be closed. */
  readonly submit?: string;
  /** Ids only: Slack keeps it and hands it back, and anybody with the app's token could read it. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** Puts a modal together within Slack's limits. */
export function modal(parts: ModalParts): ModalView {
  const view: ModalView = {
    type: 'modal',
    callback_id: parts.callbackId,
    title: plain(parts.title, LIMITS.modalTitle),
    close: plain('Close', LIMITS.modalTitle),
    blocks: [...parts.blocks],
    private_metadata: JSON.stringify(parts.ids ?? {}),
  };
  return parts.submit === undefined ? view : { ...view, submit: plain(parts.submit, LIMITS.modalTitle) };
}

/** A modal that only says something. */
export function sayingModal(title: string, text: Mrkdwn): ModalView {
  const ids: BlockIds = { kind: 'say', id: 'modal', rev: 0 };
  return modal({ callbackId: 'cordon.say', title, blocks: [section(ids, 'text', text)] });
}

/** The refusal in the place where the person is looking. */
export function refusedModal(title: string, refusal: FlowRefusal, reference: string): ModalView {
  return sayingModal(
    title,
    mrkdwn`${withMentions(refusal.message, 800)}\n\n${withMentions(refusal.hint, 800)}\n\nRule ${refusal.code}, reference ${reference}.`,
  );
}

/** Shown while the answer is not there yet. */
export function workingModal(title: string): ModalView {
  return sayingModal(title, mrkdwn`Working on it. This window shows the answer as soon as it is there.`);
}

export function reasonInput(label: string, hint: string): InputBlock {
  return {
    type: 'input',
    block_id: 'reason',
    label: plain(label),
    hint: plain(hint),
    element: {
      type: 'plain_text_input',
      action_id: 'reason',
      multiline: true,
      min_length: MIN_REASON,
      max_length: 500,
    },
  };
}

/** Errors for the reason's field, in Slack's form. */
export function reasonErrors(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return (values['reason'] ?? '').trim().length < MIN_REASON
    ? { reason: `Say why, in at least ${MIN_REASON} characters.` }
    : {};
}

/** Reads the ids that a modal was opened with. Throws ZodError when they are not there, which a modal of ours never lacks. */
export function readIds<T>(schema: z.ZodType<T>, metadata: string): T {
  return schema.parse(JSON.parse(metadata));
}

/** An open view and the hash of its state, as one text that a run can keep: an update of a view that has changed since is refused by Slack. */
export function viewReference(view: { readonly id: string; readonly hash: string }): string {
  return `${view.id}#${view.hash}`;
}

/** The reverse of `viewReference`; a bare id has no hash. */
export function parseViewReference(text: string): { readonly id: string; readonly hash: string | undefined } {
  const at = text.indexOf('#');
  return at < 0 ? { id: text, hash: undefined } : { id: text.slice(0, at), hash: text.slice(at + 1) };
}

/** Splits lines into chunks that each fit into one block. */
export function chunks(lines: readonly string[], size: number): readonly (readonly string[])[] {
  const out: string[][] = [];
  let used = 0;
  for (const text of lines) {
    const last = out.at(-1);
    if (last === undefined || used + text.length + 1 > size) {
      out.push([text]);
      used = text.length;
    } else {
      last.push(text);
      used += text.length + 1;
    }
  }
  return out;
}
