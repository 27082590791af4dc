import type {
  ActionsBlock,
  Button,
  ContextBlock,
  HeaderBlock,
  KnownBlock,
  RichTextBlock,
  RichTextElement,
  RichTextLink,
  RichTextPreformatted,
  SectionBlock,
} from '@slack/types';
import type { Json } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/json.ts';
import type { Change } from '../../domain/plan.ts';
import { LIMITS } from '../block-limits.ts';
import { CUT_MARK, clean, type Mrkdwn, mrkdwn, mrkdwnText, node, plain } from '../escape.ts';

/** Names one message's blocks: a block_id must be unique in a message and new with every edit. */
export interface BlockIds {
  readonly kind: string;
  readonly id: string;
  readonly rev: number;
}

/** `<kind>:<id>:<rev>:<part>`. */
function blockId(ids: BlockIds, part: string): string {
  return `${ids.kind}:${ids.id}:${ids.rev}:${part}`;
}

export function header(ids: BlockIds, text: string): HeaderBlock {
  return { type: 'header', block_id: blockId(ids, 'head'), text: plain(text, LIMITS.header) };
}

/** The text with a full stop, where it does not end a sentence already. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A labelled fact for a section's fields. */
export interface Fact {
  readonly label: string;
  readonly value: Mrkdwn;
}

/** At most ten facts side by side. */
export function facts(ids: BlockIds, part: string, list: readonly Fact[]): SectionBlock {
  return {
    type: 'section',
    block_id: blockId(ids, part),
    fields: list
      .slice(0, LIMITS.sectionFields)
      .map(({ label, value }) => mrkdwnText({ mrkdwn: `*${label}*\n${value.mrkdwn}` }, 320)),
  };
}

export function section(ids: BlockIds, part: string, text: Mrkdwn): SectionBlock {
  return { type: 'section', block_id: blockId(ids, part), text: mrkdwnText(text) };
}

export function context(ids: BlockIds, part: string, lines: readonly Mrkdwn[]): ContextBlock {
  return {
    type: 'context',
    block_id: blockId(ids, part),
    elements: lines.slice(0, LIMITS.contextElements).map((line) => mrkdwnText(line, 420)),
  };
}

/** A line of rich text; its nodes come from `node`, `strong` and our own builders. */
export type RichLine = readonly RichTextElement[];

/** A heading of ours and a bulleted list below it. */
export function list(
  ids: BlockIds,
  part: string,
  heading: string,
  lines: readonly RichLine[],
  style: 'bullet' | 'ordered' = 'bullet',
): RichTextBlock {
  return {
    type: 'rich_text',
    block_id: blockId(ids, part),
    elements: [
      { type: 'rich_text_section', elements: [{ type: 'text', text: heading, style: { bold: true } }] },
      {
        type: 'rich_text_list',
        style,
        elements: lines.map((line) => ({ type: 'rich_text_section', elements: [...line] })),
      },
    ],
  };
}

/** A line that leads somewhere, made by the link builders only; undefined without a link. */
export function linkLine(ids: BlockIds, link: RichTextLink | undefined): RichTextBlock | undefined {
  if (link === undefined) return undefined;
  return {
    type: 'rich_text',
    block_id: blockId(ids, 'link'),
    elements: [{ type: 'rich_text_section', elements: [link] }],
  };
}

/** A heading of ours and preformatted lines; each line has been cleaned by `line`, `diffLines` or `clean`. */
export function preformatted(ids: BlockIds, part: string, heading: string, lines: readonly string[]): RichTextBlock {
  const body: RichTextPreformatted = {
    type: 'rich_text_preformatted',
    elements: [{ type: 'text', text: lines.join('\n') || '–' }],
  };
  return {
    type: 'rich_text',
    block_id: blockId(ids, part),
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: heading, style: { bold: true } }] }, body],
  };
}

/** What would change, as a diff: `- path: before` and `+ path: after`, each on one line. */
export function diffLines(changes: readonly Change[], max = 2_000): readonly string[] {
  return changes.flatMap((change) => [
    clean(`- ${change.path}: ${jsonText(change.before)}`, max),
    clean(`+ ${change.path}: ${jsonText(change.after)}`, max),
  ]);
}

/** JSON on one line; null reads as "(none)", because a person reads it. */
function jsonText(value: Json): string {
  if (value === null) return '(none)';
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** As many lines as fit into `budget` characters of JSON, and a last line that says how many are missing. */
export function fitLines(lines: readonly string[], budget: number, more: string): readonly string[] {
  const kept: string[] = [];
  let used = 0;
  for (const [index, line] of lines.entries()) {
    used += JSON.stringify(line).length + 2;
    if (used > budget) return [...kept, `${CUT_MARK} ${lines.length - index} more lines: ${more}`];
    kept.push(line);
  }
  return kept;
}

export function button(actionId: string, label: string, value: string, style?: 'primary' | 'danger'): Button {
  const element: Button = { type: 'button', action_id: actionId, text: plain(label, LIMITS.buttonText), value };
  return style === undefined ? element : { ...element, style };
}

/** The block of buttons; its block_id is the bare `<kind>:<id>:<rev>`. Undefined when there is nothing to press. */
export function actions(ids: BlockIds, elements: ActionsBlock['elements']): ActionsBlock | undefined {
  if (elements.length === 0) return undefined;
  return { type: 'actions', block_id: `${ids.kind}:${ids.id}:${ids.rev}`, elements };
}

/** Leaves out the blocks that are not there. */
export function blocks(...parts: readonly (KnownBlock | undefined)[]): readonly KnownBlock[] {
  return parts.filter((part): part is KnownBlock => part !== undefined);
}

/** `1 person`, `2 people`. */
export function people(count: number): string {
  return count === 1 ? '1 person' : `${count} people`;
}

/** A line of rich text of one cleaned text. */
export function line(text: string, max?: number): RichLine {
  return [node(text, max)];
}

/** The first characters of a plan's hash, as people compare them. */
export function shortHash(hash: string): string {
  return hash.slice(0, 8);
}

/** A bullet-free sentence end for lists in plain text: `a, b and 3 more`. */
export function some(items: readonly string[], limit: number): Mrkdwn {
  const shown = items.slice(0, limit).map((item) => mrkdwn`${clean(item, 120)}`.mrkdwn);
  const rest = items.length - shown.length;
  return { mrkdwn: `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}` };
}
