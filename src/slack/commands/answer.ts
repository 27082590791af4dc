import type { KnownBlock } from '@slack/types';
import type { Message } from '../block-limits.ts';
import { type BlockIds, blocks, context, list, type RichLine, section } from '../cards/parts.ts';
import { cut, type Mrkdwn, mrkdwn, mrkdwnText } from '../escape.ts';

const IDS: BlockIds = { kind: 'answer', id: 'command', rev: 0 };

/** A command's answer of one text. */
export function saying(text: Mrkdwn): Message {
  return {
    text: cut(text.mrkdwn, 2_900),
    blocks: [{ type: 'section', block_id: 'answer:text', text: mrkdwnText(text) }],
  };
}

/** A command's answer with a list; the top-level text repeats the lines for those who do not see the blocks. */
export function listing(heading: string, lines: readonly RichLine[], foot?: Mrkdwn, above?: KnownBlock): Message {
  const spoken = lines
    .map((line) => mrkdwn`${line.map((part) => ('text' in part ? (part.text ?? '') : '')).join('')}`.mrkdwn)
    .join('; ');
  const shown =
    lines.length === 0 ? section(IDS, 'none', mrkdwn`${heading}: none.`) : list(IDS, 'list', heading, lines);
  return {
    text: cut(`${mrkdwn`${heading}`.mrkdwn}: ${lines.length === 0 ? 'none' : spoken}`, 2_900),
    blocks: blocks(above, shown, foot === undefined ? undefined : context(IDS, 'foot', [foot])),
  };
}

/** A wrong use, with the right one. */
export function misuse(usage: string, why: string): Message {
  return saying(mrkdwn`${why} Use: \`/cordon ${usage}\``);
}
