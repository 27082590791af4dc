import type { KnownBlock, ModalView } from '@slack/types';

/**
 * Slack's limits and our own, tighter ones. Sources: https://docs.slack.dev/reference/block-kit, https://docs.slack.dev/reference/views and,
 * for the undocumented limit on a message's sum (`msg_blocks_too_long` from about 13,200 characters), https://github.com/slackapi/bolt-js/issues/2509.
 */
export const LIMITS = {
  messageBlocks: 20,
  messageCharacters: 12_000,
  messageText: 3_000,
  modalBlocks: 100,
  modalCharacters: 240_000,
  modalTitle: 24,
  privateMetadata: 3_000,
  header: 150,
  sectionText: 3_000,
  sectionFields: 10,
  fieldText: 2_000,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  value: 2_000,
  optionText: 75,
  optionValue: 150,
  options: 100,
  blockId: 255,
  inputLabel: 2_000,
} as const;

/** A message as Cordon sends it: `text` holds every fact for those who do not see the blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** Says in words what about a message is over a limit; empty when it may be sent. */
export function messageProblems(message: Message): readonly string[] {
  const problems = blockProblems(message.blocks);
  if (message.text.length === 0 || message.text.length > LIMITS.messageText)
    problems.push(`text has ${message.text.length} characters`);
  if (message.blocks.length > LIMITS.messageBlocks) problems.push(`${message.blocks.length} blocks`);
  const sum = JSON.stringify(message.blocks).length;
  if (sum > LIMITS.messageCharacters) problems.push(`blocks sum up to ${sum} characters`);
  return problems;
}

/** As `messageProblems`, for a modal. */
export function modalProblems(view: ModalView): readonly string[] {
  const blocks = view.blocks.filter((block): block is KnownBlock => 'type' in block);
  const problems = blockProblems(blocks);
  if (view.title.text.length > LIMITS.modalTitle) problems.push(`title has ${view.title.text.length} characters`);
  if (view.blocks.length > LIMITS.modalBlocks) problems.push(`${view.blocks.length} blocks`);
  if ((view.private_metadata ?? '').length > LIMITS.privateMetadata) problems.push('private_metadata is too long');
  if (JSON.stringify(view).length > LIMITS.modalCharacters) problems.push('the view is too large');
  if (view.submit === undefined && blocks.some((block) => block.type === 'input'))
    problems.push('an input without a submit button');
  return problems;
}

function blockProblems(blocks: readonly KnownBlock[]): string[] {
  const problems: string[] = [];
  const blockIds = blocks.flatMap((block) => (block.block_id === undefined ? [] : [block.block_id]));
  if (new Set(blockIds).size !== blockIds.length) problems.push('a block_id is there twice');
  for (const id of blockIds) if (id.length > LIMITS.blockId) problems.push(`block_id ${id} is too long`);
  for (const block of blocks) problems.push(...problemsOf(block));
  return problems;
}

function problemsOf(block: KnownBlock): string[] {
  const problems: string[] = [];
  const atMost = (what: string, length: number, limit: number) => {
    if (length > limit) problems.push(`${block.block_id ?? block.type}: ${what} has ${length}, at most ${limit}`);
    if (length === 0) problems.push(`${block.block_id ?? block.type}: ${what} is empty`);
  };
  switch (block.type) {
    case 'header':
      atMost('text', block.text.text.length, LIMITS.header);
      break;
    case 'section':
      if (block.text !== undefined) atMost('text', block.text.text.length, LIMITS.sectionText);
      if (block.fields !== undefined) atMost('fields', block.fields.length, LIMITS.sectionFields);
      for (const field of block.fields ?? []) atMost('field', field.text.length, LIMITS.fieldText);
      break;
    case 'context':
      atMost('elements', block.elements.length, LIMITS.contextElements);
      for (const element of block.elements)
        if ('text' in element) atMost('element', element.text.length, LIMITS.sectionText);
      break;
    case 'actions':
      atMost('elements', block.elements.length, LIMITS.actionElements);
      for (const element of block.elements) problems.push(...elementProblems(element, atMost));
      break;
    case 'rich_text':
      atMost('elements', block.elements.length, LIMITS.messageCharacters);
      break;
    case 'input':
      atMost('label', block.label.text.length, LIMITS.inputLabel);
      break;
    case 'divider':
      break;
    default:
      problems.push(`${block.type} is a block that Cordon does not use`);
  }
  return problems;
}

type Element = Extract<KnownBlock, { type: 'actions' }>['elements'][number];

function elementProblems(element: Element, atMost: (what: string, length: number, limit: number) => void): string[] {
  if (element.type === 'button') {
    atMost('button', element.text.text.length, LIMITS.buttonText);
    atMost('value', (element.value ?? '').length, LIMITS.value);
    return [];
  }
  if (element.type === 'static_select') {
    atMost('options', (element.options ?? []).length, LIMITS.options);
    for (const option of element.options ?? []) {
      atMost('option', option.text.text.length, LIMITS.optionText);
      atMost('option value', (option.value ?? '').length, LIMITS.optionValue);
    }
    return [];
  }
  return [`${element.type} is an element that Cordon does not use`];
}
