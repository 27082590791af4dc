import { isObject, type JsonObject } from '../json.ts';
import { BLOCK_LIMITS as L } from '../limits.ts';
import {
  boolean,
  byType,
  type Check,
  integer,
  list,
  object,
  oneOf,
  type Report,
  string,
  url,
  withRule,
} from './check.ts';
import { accessory, actionsElement, imageElement, inputElement } from './elements.ts';
import { anyText, blockId, mrkdwn, plainText, slackFile } from './objects.ts';
import { richTextElement } from './rich-text.ts';

const type = string();
const id = { block_id: blockId };

const section = withRule(
  object({
    required: { type },
    optional: {
      ...id,
      text: anyText(L.sectionText),
      fields: list(anyText(L.fieldText), { min: 1, max: L.fields }),
      accessory,
      expand: boolean,
    },
  }),
  (block, at, report) => {
    if (block['text'] === undefined && block['fields'] === undefined)
      report(at, 'must define either `text` or `fields`');
  },
);

const context = object({
  required: {
    type,
    elements: list(
      byType({ plain_text: plainText(L.contextText), mrkdwn: mrkdwn(L.contextText), image: imageElement }),
      {
        min: 1,
        max: L.contextElements,
      },
    ),
  },
  optional: id,
});

const image = withRule(
  object({
    required: { type, alt_text: string({ min: 1, max: L.imageAltText }) },
    optional: { ...id, title: plainText(L.imageTitle), image_url: url(L.imageUrl), slack_file: slackFile },
  }),
  (block, at, report) => {
    if ((block['image_url'] === undefined) === (block['slack_file'] === undefined))
      report(at, 'must define either `image_url` or `slack_file`');
  },
);

const richText = object({ required: { type, elements: list(richTextElement) }, optional: id });

const cell = byType({
  raw_text: object({ required: { type, text: string({ min: 1 }) } }),
  raw_number: object({ required: { type, text: string({ min: 1 }) }, optional: { value: () => undefined } }),
  rich_text: richText,
});

function tableSum(block: JsonObject, at: string, report: Report): void {
  if (textSum(block['rows']) > L.tableCharacters)
    report(`${at}/rows`, `must be less than ${L.tableCharacters + 1} characters in all`);
}

const table = withRule(
  object({
    required: { type, rows: list(list(cell, { min: 1, max: L.tableColumns }), { min: 1, max: L.tableRows }) },
    optional: {
      ...id,
      column_settings: list(object({ optional: { align: oneOf('left', 'center', 'right'), is_wrapped: boolean } }), {
        max: L.tableColumns,
      }),
    },
  }),
  tableSum,
);

const dataTable = withRule(
  object({
    required: {
      type,
      caption: string({ min: 1 }),
      rows: list(list(cell, { min: 1, max: L.tableColumns }), { min: 1, max: L.dataTableRows }),
    },
    optional: { ...id, page_size: integer(1, 100), row_header_column_index: integer(0, L.tableColumns - 1) },
  }),
  tableSum,
);

const common: Readonly<Record<string, Check>> = {
  actions: object({
    required: { type, elements: list(actionsElement, { min: 1, max: L.actionsElements }) },
    optional: id,
  }),
  alert: object({
    required: { type, text: anyText(L.alertText) },
    optional: { ...id, level: oneOf('default', 'info', 'warning', 'error', 'success') },
  }),
  context,
  divider: object({ required: { type }, optional: id }),
  header: object({ required: { type, text: plainText(L.headerText) }, optional: id }),
  image,
  input: object({
    required: { type, label: plainText(L.inputLabel), element: inputElement },
    optional: { ...id, hint: plainText(L.inputHint), optional: boolean, dispatch_action: boolean },
  }),
  rich_text: richText,
  section,
};

const messageOnly: Readonly<Record<string, Check>> = {
  data_table: dataTable,
  markdown: object({ required: { type, text: string({ min: 1, max: L.markdownSum }) }, optional: id }),
  table,
};

/** The blocks of a message. Types that this simulator does not draw (card, carousel, plan and others) are refused like unknown ones. */
export const messageBlocks: Check = list(byType({ ...common, ...messageOnly }), { max: L.blocksPerMessage });

/** The blocks of a modal or of the Home tab. */
export const viewBlocks: Check = list(byType(common), { max: L.blocksPerView });

/** How many characters of text stand in a value, every `text` string counted once. */
export function textSum(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + textSum(entry), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [key, field]) => {
    return sum + (key === 'text' && typeof field === 'string' ? field.length : textSum(field));
  }, 0);
}
