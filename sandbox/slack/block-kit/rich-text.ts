import { boolean, byType, type Check, integer, list, object, oneOf, string, url } from './check.ts';

const type = string();
const style = object({
  optional: { bold: boolean, italic: boolean, strike: boolean, code: boolean, underline: boolean },
});
const border = integer(0, 1);

const text = object({ required: { type, text: string({ min: 1 }) }, optional: { style } });
const link = object({
  required: { type, url: url(3_000) },
  optional: { text: string({ min: 1 }), unsafe: boolean, style },
});

/** The words of a rich_text section or quote. */
const inline: Check = byType({
  text,
  link,
  user: object({ required: { type, user_id: string({ min: 1 }) }, optional: { style } }),
  channel: object({ required: { type, channel_id: string({ min: 1 }) }, optional: { style } }),
  usergroup: object({ required: { type, usergroup_id: string({ min: 1 }) }, optional: { style } }),
  broadcast: object({ required: { type, range: oneOf('here', 'channel', 'everyone') }, optional: { style } }),
  emoji: object({
    required: { type, name: string({ min: 1 }) },
    optional: { unicode: string(), skin_tone: integer(1, 6), style },
  }),
  date: object({
    required: { type, timestamp: integer(0, 9_999_999_999), format: string({ min: 1 }) },
    optional: { url: url(3_000), fallback: string(), style },
  }),
  color: object({ required: { type, value: string({ min: 1 }) }, optional: { style } }),
});

const section = object({ required: { type, elements: list(inline) } });

/** The parts of a rich_text block. */
export const richTextElement: Check = byType({
  rich_text_section: section,
  rich_text_preformatted: object({
    required: { type, elements: list(byType({ text, link })) },
    optional: { border, language: string() },
  }),
  rich_text_quote: object({ required: { type, elements: list(inline) }, optional: { border } }),
  rich_text_list: object({
    required: { type, style: oneOf('bullet', 'ordered'), elements: list(byType({ rich_text_section: section })) },
    optional: { indent: integer(0, 8), offset: integer(0, 1_000), border },
  }),
});
