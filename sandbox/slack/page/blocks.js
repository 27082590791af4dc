import { formatDate } from './dates.js';
import { h, wordsOf } from './dom.js';
import { renderControl, renderInput } from './inputs.js';

/**
 * Draws blocks. The surface tells what the elements need: `state` (present values by block and action id), `errors` by block id, `marks` (what is busy or
 * failed, by action id) and `act(blockId, element, value)`, called when a person uses an element.
 */
export function renderBlocks(blocks, surface) {
  return h(
    'div',
    { class: 'blocks' },
    blocks.map((block) => h('div', { class: `block block-${block.type}` }, renderBlock(block, surface))),
  );
}

function renderBlock(block, surface) {
  switch (block.type) {
    case 'header':
      return h('h3', {}, wordsOf(block.text));
    case 'section':
      return renderSection(block, surface);
    case 'context':
      return block.elements.map((element) =>
        element.type === 'image' ? renderImage(element, 'small') : h('span', {}, renderText(element)),
      );
    case 'divider':
      return h('hr');
    case 'actions':
      return block.elements.map((element) => renderControl(block.block_id, element, surface));
    case 'input':
      return renderInput(block, surface);
    case 'image':
      return [block.title && h('div', { class: 'image-title' }, wordsOf(block.title)), renderImage(block, 'large')];
    case 'alert':
      return renderAlert(block);
    case 'rich_text':
      return block.elements.map(renderRichPart);
    case 'markdown':
      return h('div', { class: 'markdown' }, block.text);
    case 'table':
    case 'data_table':
      return renderTable(block);
    default:
      return h('p', { class: 'unsupported' }, `A block of type “${block.type}” is not drawn here.`);
  }
}

function renderSection(block, surface) {
  const side =
    block.accessory &&
    (block.accessory.type === 'image'
      ? renderImage(block.accessory, 'side')
      : renderControl(block.block_id, block.accessory, surface));
  const fields =
    block.fields &&
    h(
      'div',
      { class: 'fields' },
      block.fields.map((field) => h('div', { class: 'field' }, renderText(field))),
    );
  return [
    h(
      'div',
      { class: 'section-main' },
      block.text && h('div', { class: 'section-text' }, renderText(block.text)),
      fields,
    ),
    side && h('div', { class: 'section-side' }, side),
  ];
}

/** Pictures are never fetched: the words that describe them stand in. */
function renderImage(image, size) {
  return h(
    'span',
    { class: `picture picture-${size}`, role: 'img', 'aria-label': image.alt_text, title: image.alt_text },
    size === 'large' ? image.alt_text : '',
  );
}

const ALERT_SIGNS = { default: 'i', info: 'i', warning: '!', error: '!', success: '✓' };

function renderAlert(block) {
  const level = block.level ?? 'default';
  return h(
    'div',
    { class: `alert alert-${level}`, role: 'note' },
    h('span', { class: 'alert-sign', 'aria-hidden': 'true' }, ALERT_SIGNS[level] ?? 'i'),
    h('span', {}, renderText(block.text)),
  );
}

function renderTable(block) {
  const [head = [], ...rows] = block.rows;
  const cell = (tag) => (content) =>
    h(
      tag,
      tag === 'th' ? { scope: 'col' } : {},
      content.type === 'rich_text' ? content.elements.map(renderRichPart) : content.text,
    );
  return h(
    'div',
    { class: 'table-frame' },
    h(
      'table',
      {},
      block.caption && h('caption', {}, block.caption),
      h('thead', {}, h('tr', {}, head.map(cell('th')))),
      h(
        'tbody',
        {},
        rows.map((row) => h('tr', {}, row.map(cell('td')))),
      ),
    ),
  );
}

/** A text object: plain words, or mrkdwn that the server has read into pieces. */
export function renderText(text) {
  return text.type === 'mrkdwn' ? renderPieces(text.pieces) : wordsOf(text);
}

/** Pieces of mrkdwn. */
export function renderPieces(pieces) {
  return pieces.map((piece) => {
    switch (piece.kind) {
      case 'bold':
        return h('strong', {}, renderPieces(piece.children));
      case 'italic':
        return h('em', {}, renderPieces(piece.children));
      case 'strike':
        return h('s', {}, renderPieces(piece.children));
      case 'quote':
        return h('blockquote', {}, renderPieces(piece.children));
      case 'code':
        return h('code', {}, piece.text);
      case 'pre':
        return h('pre', {}, piece.text);
      case 'link':
        return link(piece.url, piece.text);
      case 'mention':
        return h('span', { class: 'mention' }, piece.text);
      case 'date':
        return dateWords(piece);
      default:
        return piece.text ?? '';
    }
  });
}

/** A link; the address is shown on hover, as the words may say something else. Outward ones open beside this page. */
function link(url, words) {
  const isOwn = url.startsWith(`${location.origin}/`);
  const outward = isOwn ? {} : { target: '_blank', rel: 'noopener noreferrer' };
  return h('a', { href: url, title: url, ...outward }, words);
}

function dateWords({ timestamp, format, fallback, url }) {
  const words = formatDate(timestamp, format, fallback ?? '');
  const time = h(
    'time',
    { datetime: new Date(timestamp * 1000).toISOString(), title: new Date(timestamp * 1000).toString() },
    words,
  );
  return url ? link(url, time) : time;
}

function renderRichPart(part) {
  switch (part.type) {
    case 'rich_text_preformatted':
      return h('pre', {}, part.elements.map(renderRichElement));
    case 'rich_text_quote':
      return h('blockquote', {}, part.elements.map(renderRichElement));
    case 'rich_text_list':
      return h(
        part.style === 'ordered' ? 'ol' : 'ul',
        { class: `indent-${part.indent ?? 0}`, start: part.offset ? part.offset + 1 : undefined },
        part.elements.map((item) => h('li', {}, item.elements.map(renderRichElement))),
      );
    default:
      return h('p', {}, part.elements.map(renderRichElement));
  }
}

function renderRichElement(element) {
  return Object.entries({ code: 'code', bold: 'strong', italic: 'em', strike: 's', underline: 'u' }).reduce(
    (inner, [style, tag]) => (element.style?.[style] ? h(tag, {}, inner) : inner),
    richElement(element),
  );
}

function richElement(element) {
  switch (element.type) {
    case 'text':
      return element.text;
    case 'link':
      return element.is_safe ? link(element.url, element.text ?? element.url) : (element.text ?? element.url);
    case 'user':
    case 'channel':
      return h('span', { class: 'mention' }, element.shown);
    case 'usergroup':
      return h('span', { class: 'mention' }, `@${element.usergroup_id}`);
    case 'broadcast':
      return h('span', { class: 'mention' }, `@${element.range}`);
    case 'emoji':
      return element.shown;
    case 'date':
      return dateWords({ ...element, url: undefined });
    case 'color':
      return h('code', {}, element.value);
    default:
      return '';
  }
}
