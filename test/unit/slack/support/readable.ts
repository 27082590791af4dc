import type { KnownBlock, ModalView, RichTextElement } from '@slack/types';
import type { Message } from '../../../../src/slack/block-limits.ts';

/** A message as text that a person can review: what each block says, and what can be pressed. */
export function readable(message: Message): string {
  return [`text: ${message.text}`, '', ...message.blocks.flatMap(ofBlock)].join('\n').concat('\n');
}

export function readableModal(view: ModalView): string {
  const blocks = view.blocks.filter((block): block is KnownBlock => 'type' in block);
  const ends = [`submit: ${view.submit?.text ?? '(none)'}`, `ids: ${view.private_metadata ?? ''}`];
  return [`title: ${view.title.text}`, `callback: ${view.callback_id ?? ''}`, ...blocks.flatMap(ofBlock), ...ends]
    .join('\n')
    .concat('\n');
}

function ofBlock(block: KnownBlock): readonly string[] {
  const id = `[${block.block_id ?? ''}]`;
  switch (block.type) {
    case 'header':
      return [`# ${block.text.text}  ${id}`];
    case 'section':
      return [
        id,
        ...(block.text === undefined ? [] : [block.text.text]),
        ...(block.fields ?? []).map((field) => `  | ${field.text.replace('\n', ' ')}`),
      ];
    case 'context':
      return [id, ...block.elements.map((element) => `  ~ ${'text' in element ? element.text : ''}`)];
    case 'rich_text':
      return [
        id,
        ...block.elements.flatMap((element) => {
          if (element.type === 'rich_text_list')
            return element.elements.map(
              (one) => `  ${element.style === 'ordered' ? '1.' : '-'} ${ofNodes(one.elements)}`,
            );
          if (element.type === 'rich_text_preformatted')
            return ofNodes(element.elements)
              .split('\n')
              .map((line) => `  ‖ ${line}`);
          return [ofNodes(element.elements)];
        }),
      ];
    case 'actions':
      return [
        id,
        ...block.elements.map((element) => {
          if (element.type === 'button')
            return `  ( ${element.text.text} )  ${element.action_id} = ${element.value} ${element.style ?? ''}`.trimEnd();
          if (element.type === 'static_select')
            return `  ( ${element.placeholder?.text} ▾ )  ${element.action_id}: ${(element.options ?? []).map((option) => option.text.text).join(' / ')}`;
          return `  ( ${element.type} )`;
        }),
      ];
    case 'input':
      return [`${id} input: ${block.label.text} (${block.element.type})`];
    default:
      return [`${id} ${block.type}`];
  }
}

function ofNodes(nodes: readonly RichTextElement[]): string {
  return nodes
    .map((node) =>
      node.type === 'text' ? node.text : node.type === 'link' ? `[${node.text}](${node.url})` : node.type,
    )
    .join('');
}
