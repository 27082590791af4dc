import type { Checkpoint } from '../../domain/checkpoint.ts';
import type { Message } from '../block-limits.ts';
import { date, mrkdwn, spoken } from '../escape.ts';
import { blocks, preformatted, section } from './parts.ts';

/** The whole checkpoint as a text that can be copied into a file and given to `verify-export`. */
export function checkpointNotice(checkpoint: Checkpoint, rev: number): Message {
  const ids = { kind: 'checkpoint', id: String(checkpoint.seq), rev } as const;
  const text = mrkdwn`Audit checkpoint: ${checkpoint.seq} rows at ${date(checkpoint.at)}, signed. Keep it: with it a later cut or rewrite of the record shows.`;
  return {
    text: spoken(text),
    blocks: blocks(
      section(ids, 'text', text),
      preformatted(ids, 'checkpoint', 'Checkpoint', [JSON.stringify(checkpoint)]),
    ),
  };
}
