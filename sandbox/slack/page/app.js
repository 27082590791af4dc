import { renderBlocks } from './blocks.js';
import { dayOf } from './dates.js';
import { byId, fill, h, keepingFocus } from './dom.js';
import { avatar, dayLine, renderMessage } from './messages.js';
import { createModal } from './modal.js';

/** What the server has told, and where the person is looking. */
const state = {
  as: 'rina',
  snapshot: undefined,
  channel: undefined,
  thread: undefined,
  tab: 'messages',
  messages: new Map(),
  home: undefined,
};

/** What is busy or failed: "channel/ts" -> action id -> "busy" or the words to show. */
const marks = new Map();
const homeMarks = new Map();
const modal = createModal(send);
let events;

/* ---- talking to the server ---- */

async function send(path, body) {
  try {
    const response = await fetch(`/_control/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: state.as, ...body }),
    });
    return await response.json();
  } catch {
    return { ok: false, message: 'The simulated Slack cannot be reached.' };
  }
}

function connect() {
  events?.close();
  events = new EventSource(`/_page/events?as=${encodeURIComponent(state.as)}`);
  events.addEventListener('message', (event) => receive(JSON.parse(event.data)));
  events.addEventListener('error', () => showStatus(false, 'Reconnecting…'));
}

function receive(event) {
  switch (event.kind) {
    case 'snapshot':
      return showSnapshot(event);
    case 'message':
      return upsert(event.message);
    case 'removed':
      return remove(event.channel, event.ts);
    case 'views':
      return modal.show(event.views);
    case 'home':
      state.home = event.home;
      return state.tab === 'home' ? drawMain() : undefined;
    case 'people':
      state.snapshot.people = event.people;
      return drawPeople();
    case 'app':
      return showStatus(event.is_connected);
  }
}

function showSnapshot(snapshot) {
  state.snapshot = snapshot;
  state.home = snapshot.home;
  state.messages = new Map(snapshot.conversations.map((conversation) => [conversation.id, new Map()]));
  for (const message of snapshot.messages) state.messages.get(message.channel)?.set(message.ts, message);
  if (!state.messages.has(state.channel)) state.channel = snapshot.conversations[0]?.id;
  if (state.thread && !conversationMessages().has(state.thread)) state.thread = undefined;
  document.title = `${snapshot.team.name} · ${snapshot.you.name}`;
  fill(byId('team-name'), snapshot.team.name);
  fill(
    byId('links'),
    snapshot.links.map((link) => h('a', { href: link.url, target: '_blank', rel: 'noopener noreferrer' }, link.name)),
  );
  showStatus(snapshot.app.is_connected);
  showBanner();
  drawPeople();
  drawMain();
  drawThread();
  modal.show(snapshot.views);
  jumpToPermalink();
}

function showStatus(isConnected, words) {
  const status = byId('app-status');
  status.className = `app-status ${isConnected ? 'on' : 'off'}`;
  fill(status, words ?? (isConnected ? 'Cordon is connected' : 'Cordon is not connected'));
}

/* ---- the sidebar ---- */

const ROLES = { responder: 'Responder', approver: 'Approver', outsider: 'Outsider' };

function drawPeople() {
  keepingFocus(byId('people'), () =>
    fill(
      byId('people'),
      state.snapshot.people.map((person) => {
        const note = !person.active ? 'Deactivated' : person.guest ? 'Guest' : ROLES[person.role];
        return h(
          'button',
          {
            type: 'button',
            class: 'person',
            'data-testid': `person-${person.handle}`,
            'aria-pressed': String(person.handle === state.as),
            onclick: () => become(person.handle),
          },
          avatar(person),
          h('span', { class: 'person-name' }, person.name),
          h('span', { class: `role role-${person.active ? person.role : 'gone'}` }, note),
        );
      }),
    ),
  );
}

function become(handle) {
  state.as = handle;
  localStorage.setItem('as', handle);
  if (conversationOf(state.channel)?.kind === 'dm') state.channel = undefined;
  marks.clear();
  homeMarks.clear();
  state.tab = 'messages';
  modal.show([]);
  writeAddress();
  connect();
}

function drawChannels() {
  const { conversations } = state.snapshot;
  fill(byId('channels'), conversations.filter((conversation) => conversation.kind !== 'dm').map(channelButton));
  fill(byId('dms'), conversations.filter((conversation) => conversation.kind === 'dm').map(channelButton));
}

function channelButton(conversation) {
  const isCurrent = conversation.id === state.channel;
  const unread = isCurrent ? 0 : unreadIn(conversation.id);
  const isDm = conversation.kind === 'dm';
  const name = isDm ? state.snapshot.app.name : conversation.name;
  return h(
    'button',
    {
      type: 'button',
      class: `channel-button${unread > 0 ? ' unread' : ''}`,
      'data-testid': `channel-${isDm ? 'cordon' : conversation.name}`,
      'aria-current': isCurrent && 'page',
      onclick: () => openChannel(conversation.id),
    },
    h('span', { class: `channel-sign ${conversation.kind}`, 'aria-hidden': 'true' }),
    h('span', { class: 'channel-name' }, name),
    unread > 0 &&
      h('span', { class: 'unread-count', 'aria-label': `${unread} unread` }, unread > 99 ? '99+' : String(unread)),
  );
}

function readKey(channel) {
  return `read/${state.as}/${channel}`;
}

function unreadIn(channel) {
  const read = Number(localStorage.getItem(readKey(channel)) ?? 0);
  return [...(state.messages.get(channel)?.values() ?? [])].filter(
    (message) => message.author.handle !== state.as && Number(message.ts) > read,
  ).length;
}

function markRead() {
  const newest = Math.max(0, ...[...conversationMessages().keys()].map(Number));
  localStorage.setItem(readKey(state.channel), String(newest));
}

/* ---- the channel ---- */

function conversationOf(id) {
  return state.snapshot?.conversations.find((conversation) => conversation.id === id);
}

function conversationMessages() {
  return state.messages.get(state.channel) ?? new Map();
}

function openChannel(id) {
  state.channel = id;
  state.thread = undefined;
  state.tab = 'messages';
  if (conversationOf(id)?.kind === 'dm') void send('home', { tab: 'messages' });
  writeAddress();
  drawMain();
  drawThread();
  byId('composer').focus();
}

function drawMain() {
  const conversation = conversationOf(state.channel);
  if (!conversation) return;
  const isDm = conversation.kind === 'dm';
  const isHome = isDm && state.tab === 'home';
  fill(
    byId('channel-title'),
    h('span', { class: `channel-sign ${conversation.kind}`, 'aria-hidden': 'true' }),
    isDm ? state.snapshot.app.name : conversation.name,
  );
  fill(
    byId('channel-note'),
    isDm ? 'App' : `${conversation.kind === 'private' ? 'Private channel' : 'Channel'} · ${conversation.count} members`,
  );
  drawTabs(isDm);
  byId('composer').placeholder =
    `Message ${isDm ? state.snapshot.app.name : `#${conversation.name}`}, or type ${state.snapshot.commands[0] ?? '/'} help`;
  byId('composer-form').hidden = isHome;
  const list = byId('messages');
  keepingFocus(list, () => fill(list, isHome ? homeView() : messageList()));
  if (!isHome) list.scrollTop = list.scrollHeight;
  byId('more-below').hidden = true;
  markRead();
  drawChannels();
}

function drawTabs(isDm) {
  const tabs = byId('tabs');
  tabs.hidden = !isDm;
  fill(
    tabs,
    ['messages', 'home'].map((tab) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          'aria-selected': String(state.tab === tab),
          'data-testid': `tab-${tab}`,
          onclick: () => openTab(tab),
        },
        tab === 'home' ? 'Home' : 'Messages',
      ),
    ),
  );
}

function openTab(tab) {
  state.tab = tab;
  void send('home', { tab });
  drawMain();
}

function homeView() {
  if (!state.home) return h('p', { class: 'empty' }, 'The app has not published a Home for you yet.');
  const view = state.home;
  const surface = {
    state: view.state.values,
    errors: {},
    marks: homeMarks,
    redraw: drawMain,
    act: (_blockId, element, value) => actOn(homeMarks, element, { view_id: view.id, value }, drawMain),
  };
  return h('div', { class: 'home' }, renderBlocks(view.blocks, surface));
}

function roots() {
  return [...conversationMessages().values()]
    .filter((message) => message.thread_ts === null)
    .sort((a, b) => Number(a.ts) - Number(b.ts));
}

function messageList() {
  const messages = roots();
  if (messages.length === 0) return h('p', { class: 'empty' }, 'No messages here yet.');
  return messages.flatMap((message, index) => {
    const isNewDay = index === 0 || dayOf(messages[index - 1].ts) !== dayOf(message.ts);
    return [isNewDay && dayLine(message.ts), draw(message, openThread)];
  });
}

function draw(message, opener) {
  return renderMessage(message, surfaceOf(message), opener);
}

function surfaceOf(message) {
  const key = `${message.channel}/${message.ts}`;
  if (!marks.has(key)) marks.set(key, new Map());
  const own = marks.get(key);
  return {
    state: message.state,
    errors: {},
    marks: own,
    redraw: () => redraw(message.ts),
    act: (_blockId, element, value) =>
      actOn(own, element, { channel: message.channel, ts: message.ts, value }, () => redraw(message.ts)),
  };
}

async function actOn(own, element, body, again) {
  own.set(element.action_id, 'busy');
  again();
  const answer = await send('click', { action_id: element.action_id, ...body });
  if (answer.ok) own.delete(element.action_id);
  else own.set(element.action_id, answer.message ?? answer.hint ?? 'That did not work.');
  again();
}

/** Draws one message anew where it stands, in the channel and in the thread. */
function redraw(ts) {
  const message = conversationMessages().get(ts);
  if (!message) return;
  for (const [list, opener] of [
    [byId('messages'), openThread],
    [byId('thread-messages'), undefined],
  ]) {
    const old = list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (old) keepingFocus(list, () => old.replaceWith(draw(message, opener)));
  }
}

function upsert(message) {
  const messages = state.messages.get(message.channel);
  if (!messages) return;
  const isKnown = messages.has(message.ts);
  messages.set(message.ts, message);
  if (message.channel !== state.channel) return drawChannels();
  if (isKnown) {
    forgetFailures(message);
    redraw(message.ts);
  } else append(message);
  markRead();
}

/** A message that has changed since is not the one whose click failed. */
function forgetFailures(message) {
  const own = marks.get(`${message.channel}/${message.ts}`);
  for (const [actionId, mark] of own ?? []) {
    if (mark !== 'busy') own.delete(actionId);
  }
}

function append(message) {
  if (message.thread_ts !== null) return message.thread_ts === state.thread ? drawThread() : undefined;
  if (conversationOf(state.channel)?.kind === 'dm' && state.tab === 'home') return;
  const list = byId('messages');
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  const before = roots().at(-2);
  if (!before) fill(list);
  if (!before || dayOf(before.ts) !== dayOf(message.ts)) list.append(dayLine(message.ts));
  list.append(draw(message, openThread));
  if (isAtEnd) list.scrollTop = list.scrollHeight;
  else showMoreBelow(message);
}

/** What arrives below the visible part is told of, or an answer to a click on an older card would never be seen. */
function showMoreBelow(message) {
  const more = byId('more-below');
  const isForYou = message.is_ephemeral || (!more.hidden && more.dataset.forYou === 'true');
  more.dataset.forYou = String(isForYou);
  fill(more, isForYou ? 'New message below, only visible to you' : 'New message below');
  more.hidden = false;
}

byId('more-below').addEventListener('click', () => {
  const list = byId('messages');
  list.scrollTop = list.scrollHeight;
});

byId('messages').addEventListener('scroll', () => {
  const list = byId('messages');
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 120) byId('more-below').hidden = true;
});

function remove(channel, ts) {
  state.messages.get(channel)?.delete(ts);
  if (channel !== state.channel) return drawChannels();
  for (const node of document.querySelectorAll(`[data-ts="${CSS.escape(ts)}"]`)) node.remove();
}

/* ---- threads ---- */

function openThread(ts) {
  state.thread = ts;
  drawThread();
  byId('thread-composer').focus();
}

function drawThread() {
  const root = conversationMessages().get(state.thread);
  byId('thread').hidden = !root;
  if (!root) return;
  const replies = [...conversationMessages().values()]
    .filter((message) => message.thread_ts === root.ts)
    .sort((a, b) => Number(a.ts) - Number(b.ts));
  const list = byId('thread-messages');
  const line = h(
    'div',
    { class: 'day-line left' },
    h('span', {}, replies.length === 1 ? '1 reply' : `${replies.length} replies`),
  );
  keepingFocus(list, () =>
    fill(
      list,
      draw(root),
      replies.length > 0 && line,
      replies.map((reply) => draw(reply)),
    ),
  );
  list.scrollTop = list.scrollHeight;
}

byId('thread-close').addEventListener('click', () => {
  state.thread = undefined;
  drawThread();
  byId('composer').focus();
});

/* ---- composers ---- */

function wireComposer(formId, inputId, noteId, target) {
  byId(formId).addEventListener('submit', async (event) => {
    event.preventDefault();
    const input = byId(inputId);
    const text = input.value.trim();
    if (text === '' || input.hasAttribute('aria-busy')) return;
    const isCommand = text.startsWith('/');
    const { thread_ts } = target();
    if (isCommand && thread_ts) return fill(byId(noteId), `${text.split(/\s/)[0]} is not supported in threads. Sorry!`);
    input.setAttribute('aria-busy', 'true');
    fill(byId(noteId), isCommand ? 'Sending…' : '');
    const answer = await send(isCommand ? 'command' : 'say', { ...target(), text });
    input.removeAttribute('aria-busy');
    if (answer.ok || answer.ts || isCommand) input.value = '';
    fill(byId(noteId), answer.ok || isCommand ? '' : (answer.message ?? answer.hint ?? 'That did not work.'));
    input.focus();
  });
}

wireComposer('composer-form', 'composer', 'composer-note', () => ({ channel: state.channel }));
wireComposer('thread-form', 'thread-composer', 'thread-note', () => ({
  channel: state.channel,
  thread_ts: state.thread,
}));

/* ---- the address and the banner ---- */

function readAddress() {
  const query = new URLSearchParams(location.search);
  state.as = query.get('as') ?? localStorage.getItem('as') ?? 'rina';
  state.channel = query.get('channel') ?? undefined;
  const [, channel, digits] = /^\/archives\/(\w+)\/p(\d+)$/.exec(location.pathname) ?? [];
  if (channel) state.channel = channel;
  if (query.get('thread_ts')) state.thread = query.get('thread_ts');
  return digits ? `${digits.slice(0, -6)}.${digits.slice(-6)}` : undefined;
}

function writeAddress() {
  const query = new URLSearchParams({ as: state.as });
  if (state.channel) query.set('channel', state.channel);
  history.replaceState(null, '', `/?${query}`);
}

let permalinkTs = readAddress();

function jumpToPermalink() {
  if (!permalinkTs) return;
  const target = document.querySelector(`[data-ts="${CSS.escape(permalinkTs)}"]`);
  permalinkTs = undefined;
  target?.classList.add('pointed');
  target?.scrollIntoView({ block: 'center' });
}

/** What to try first, by role; the sentence begins with "You are <name>,". */
const TO_TRY = {
  responder: 'a responder: open a card, run a step. Then switch to Alice to approve.',
  approver: 'an approver: review what waits for a decision, and decide. Your own requests need somebody else.',
  outsider: 'an outsider: press any button and see it refused.',
};

function showBanner() {
  const { you } = state.snapshot;
  const banner = byId('banner');
  banner.hidden = localStorage.getItem('banner') === 'dismissed';
  const hide = () => {
    localStorage.setItem('banner', 'dismissed');
    banner.hidden = true;
  };
  fill(
    banner,
    h(
      'p',
      {},
      h('strong', {}, 'Simulated Slack: nothing here leaves this machine.'),
      ` You are ${you.name.split(' ')[0]}, ${TO_TRY[you.role]}`,
    ),
    h(
      'button',
      { type: 'button', class: 'icon-button', 'data-testid': 'banner-dismiss', 'aria-label': 'Dismiss', onclick: hide },
      '×',
    ),
  );
}

connect();
