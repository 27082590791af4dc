import { renderBlocks, renderPieces } from './blocks.js';
import { dayOf, timeOf } from './dates.js';
import { h } from './dom.js';

/** Draws a message. `surface` is what its blocks need; `openThread` is missing inside a thread. */
export function renderMessage(message, surface, openThread) {
  const isCard = message.blocks.length > 0;
  return h(
    'article',
    {
      class: `message${message.is_ephemeral ? ' ephemeral' : ''}`,
      'data-testid': `message-${message.ts}`,
      'data-ts': message.ts,
      'aria-label': `${message.author.name}, ${timeOf(message.ts)}`,
    },
    avatar(message.author),
    h(
      'div',
      { class: 'message-main' },
      message.is_ephemeral &&
        h('p', { class: 'only-you' }, h('span', { class: 'eye', 'aria-hidden': 'true' }), 'Only visible to you'),
      h(
        'p',
        { class: 'byline' },
        h('span', { class: 'author' }, message.author.name),
        message.author.is_app && h('span', { class: 'badge' }, 'APP'),
        h('time', { datetime: new Date(Number(message.ts) * 1000).toISOString() }, timeOf(message.ts)),
        message.is_pinned && h('span', { class: 'pinned' }, 'Pinned'),
      ),
      isCard ? renderBlocks(message.blocks, surface) : h('div', { class: 'text' }, renderPieces(message.text)),
      message.is_edited && h('span', { class: 'edited' }, '(edited)'),
      message.reactions.length > 0 &&
        h(
          'p',
          { class: 'reactions' },
          message.reactions.map((reaction) =>
            h('span', { class: 'reaction', title: reaction.name }, `${reaction.emoji} ${reaction.count}`),
          ),
        ),
      openThread && message.reply_count > 0 && threadLink(message, openThread),
    ),
    openThread &&
      h('button', {
        type: 'button',
        class: 'reply-button',
        'aria-label': 'Reply in thread',
        title: 'Reply in thread',
        onclick: () => openThread(message.ts),
      }),
  );
}

function threadLink(message, openThread) {
  const count = `${message.reply_count} ${message.reply_count === 1 ? 'reply' : 'replies'}`;
  return h(
    'button',
    {
      type: 'button',
      class: 'thread-link',
      'data-testid': `thread-${message.ts}`,
      onclick: () => openThread(message.ts),
    },
    h('strong', {}, count),
    h('span', {}, `Last reply ${dayOf(message.latest_reply).toLowerCase()} at ${timeOf(message.latest_reply)}`),
  );
}

/** The square beside a name: initials for a person, a shield for the app. */
export function avatar(person) {
  if (person.is_app) return h('span', { class: 'avatar avatar-app', 'aria-hidden': 'true' });
  const initials = person.name
    .split(' ')
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 2);
  return h('span', { class: `avatar avatar-${person.handle ?? 'nobody'}`, 'aria-hidden': 'true' }, initials);
}

/** The line that says which day begins. */
export function dayLine(ts) {
  return h('div', { class: 'day-line' }, h('span', {}, dayOf(ts)));
}
