import { renderBlocks } from './blocks.js';
import { byId, fill, h, keepingFocus, wordsOf } from './dom.js';

/**
 * The person's open modals; the top one is shown. `send(path, body)` posts in the person's name and resolves to the answer.
 * What is typed is kept while the app updates the view.
 */
export function createModal(send) {
  const dialog = byId('modal');
  const drafts = new Map();
  const marks = new Map();
  let views = [];
  let isBusy = false;
  let trouble = '';
  let shownId = '';

  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    void close(false);
  });

  function show(next) {
    views = next;
    for (const id of drafts.keys()) {
      if (!views.some((view) => view.id === id)) drafts.delete(id);
    }
    draw();
  }

  function draw() {
    const view = views.at(-1);
    if (!view) {
      marks.clear();
      trouble = '';
      shownId = '';
      if (dialog.open) dialog.close();
      return;
    }
    if (view.id !== shownId) {
      marks.clear();
      trouble = '';
      isBusy = false;
    }
    keepingFocus(dialog, () => fill(dialog, form(view)));
    if (!dialog.open) dialog.showModal();
    if (view.id !== shownId) {
      shownId = view.id;
      (
        dialog.querySelector('[data-first]') ??
        dialog.querySelector('.modal-body input, .modal-body textarea, .modal-body select')
      )?.focus();
    }
  }

  function form(view) {
    const close_ = wordsOf(view.close) || 'Cancel';
    return h(
      'form',
      {
        class: 'modal-form',
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          void submit(view);
        },
      },
      h(
        'header',
        { class: 'modal-head' },
        h('span', { class: 'avatar avatar-app', 'aria-hidden': 'true' }),
        h('h2', { id: 'modal-title' }, wordsOf(view.title)),
        h(
          'button',
          { type: 'button', class: 'icon-button', 'aria-label': 'Close all', onclick: () => close(true) },
          '×',
        ),
      ),
      h(
        'div',
        { class: 'modal-body' },
        trouble &&
          h(
            'p',
            { class: 'trouble', role: 'alert' },
            h('span', { class: 'triangle', 'aria-hidden': 'true' }, '!'),
            trouble,
          ),
        renderBlocks(view.blocks, surfaceOf(view)),
      ),
      h(
        'footer',
        { class: 'modal-foot' },
        h(
          'button',
          { type: 'button', class: 'button plain', 'data-testid': 'modal-close', onclick: () => close(false) },
          close_,
        ),
        view.submit &&
          h(
            'button',
            {
              type: 'submit',
              class: 'button primary',
              'data-testid': 'modal-submit',
              'aria-busy': isBusy && 'true',
              'aria-disabled': isBusy && 'true',
            },
            wordsOf(view.submit),
          ),
      ),
    );
  }

  function draftsOf(view) {
    const known = drafts.get(view.id) ?? new Map();
    drafts.set(view.id, known);
    return known;
  }

  /** Values typed so far, without those of inputs that are gone. */
  function valuesOf(view) {
    const blockIds = new Set(view.blocks.map((block) => block.block_id));
    return Object.fromEntries([...draftsOf(view)].filter(([blockId]) => blockIds.has(blockId)));
  }

  function surfaceOf(view) {
    return {
      state: view.state.values,
      errors: view.errors,
      drafts: draftsOf(view),
      marks,
      redraw: draw,
      act: (_blockId, element, value) => act(view, element, value),
    };
  }

  async function act(view, element, value) {
    marks.set(element.action_id, 'busy');
    draw();
    const answer = await send('click', {
      view_id: view.id,
      action_id: element.action_id,
      value,
      values: valuesOf(view),
    });
    if (answer.ok) marks.delete(element.action_id);
    else marks.set(element.action_id, answer.message ?? answer.hint ?? 'That did not work.');
    draw();
  }

  async function submit(view) {
    if (isBusy) return;
    isBusy = true;
    trouble = '';
    draw();
    const answer = await send('submit', { view_id: view.id, values: valuesOf(view) });
    isBusy = false;
    if (!answer.ok && answer.result !== 'errors') trouble = answer.message ?? answer.hint ?? 'That did not work.';
    draw();
    if (answer.result === 'errors') dialog.querySelector('[aria-invalid="true"]')?.focus();
  }

  async function close(all) {
    const view = views.at(-1);
    if (view) await send('close', { view_id: view.id, all });
  }

  return { show };
}
