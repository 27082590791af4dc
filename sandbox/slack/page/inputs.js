import { byId, fill, h, wordsOf } from './dom.js';

/** A button, menu or choice that acts at once. */
export function renderControl(blockId, element, surface) {
  const mark = surface.marks.get(element.action_id);
  const use = async (value) => {
    if (element.confirm && !(await askToConfirm(element.confirm))) return surface.redraw();
    surface.act(blockId, element, value);
  };
  return h('span', { class: 'control' }, controlFor(blockId, element, surface, use, mark === 'busy'), failure(mark));
}

/** Slack's warning triangle beside an element whose click the app did not answer. */
function failure(mark) {
  if (!mark || mark === 'busy') return undefined;
  return h(
    'span',
    { class: 'failure', role: 'alert' },
    h('span', { class: 'triangle', 'aria-hidden': 'true' }, '!'),
    mark,
  );
}

function controlFor(blockId, element, surface, use, isBusy) {
  const testId = `button-${element.action_id}`;
  switch (element.type) {
    case 'button':
      return h(
        'button',
        {
          type: 'button',
          class: `button ${element.style ?? 'plain'}`,
          'data-testid': testId,
          'aria-label': element.accessibility_label,
          'aria-busy': isBusy && 'true',
          'aria-disabled': isBusy && 'true',
          onclick: () => {
            if (isBusy) return;
            if (element.url) window.open(element.url, '_blank', 'noopener,noreferrer');
            use();
          },
        },
        wordsOf(element.text),
      );
    case 'overflow':
      return renderOverflow(element, use, testId, isBusy);
    case 'static_select':
      return menu(element, {
        testId,
        isBusy,
        value: stateOf(surface, blockId, element).selected_option?.value,
        onPick: use,
      });
    default:
      // What acts at once is known to the server; only input blocks keep drafts.
      return renderField(blockId, element, { ...surface, drafts: undefined }, { testId, onPick: use });
  }
}

function stateOf(surface, blockId, element) {
  return surface.state?.[blockId]?.[element.action_id] ?? {};
}

function menu(element, { testId, id, isBusy, value, onPick, describedBy, isInvalid }) {
  const option = (entry) => h('option', { value: entry.value, selected: entry.value === value }, wordsOf(entry.text));
  const groups = element.option_groups?.map((group) =>
    h('optgroup', { label: wordsOf(group.label) }, group.options.map(option)),
  );
  const placeholder = wordsOf(element.placeholder) || 'Choose an option';
  return h(
    'select',
    {
      id,
      class: 'select',
      'data-testid': testId,
      'aria-label': id ? undefined : placeholder,
      'aria-describedby': describedBy,
      'aria-invalid': isInvalid && 'true',
      'aria-busy': isBusy && 'true',
      disabled: isBusy,
      onchange: (event) => onPick(event.target.value),
    },
    h('option', { value: '', selected: value === undefined }, placeholder),
    groups ?? element.options?.map(option),
  );
}

function renderOverflow(element, use, testId, isBusy) {
  const list = h('div', { class: 'menu', role: 'menu', hidden: true });
  const opener = h(
    'button',
    {
      type: 'button',
      class: 'button plain overflow',
      'data-testid': testId,
      'aria-label': 'More actions',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-busy': isBusy && 'true',
      onclick: () => toggle(list.hidden),
    },
    h('span', { class: 'dots', 'aria-hidden': 'true' }),
  );
  function toggle(isOpen) {
    list.hidden = !isOpen;
    opener.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) list.querySelector('button')?.focus();
  }
  const items = element.options.map((entry) =>
    h(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        'data-testid': `option-${element.action_id}-${entry.value}`,
        onclick: () => {
          toggle(false);
          use(entry.value);
        },
      },
      wordsOf(entry.text),
    ),
  );
  fill(list, items);
  list.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      toggle(false);
      opener.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  });
  return h(
    'span',
    {
      class: 'menu-anchor',
      onfocusout: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) toggle(false);
      },
    },
    opener,
    list,
  );
}

/** An input block: label, field, hint and what is wrong with it. */
export function renderInput(block, surface) {
  const id = `field-${block.block_id}`;
  const error = surface.errors?.[block.block_id];
  const isChoice = block.element.type === 'radio_buttons' || block.element.type === 'checkboxes';
  const describedBy = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const label = [wordsOf(block.label), block.optional ? h('span', { class: 'optional' }, ' (optional)') : undefined];
  const field = renderField(block.block_id, block.element, surface, {
    testId: `input-${block.block_id}`,
    id,
    describedBy,
    isInvalid: Boolean(error),
    labelledBy: isChoice ? `${id}-label` : undefined,
    onPick: block.dispatch_action ? (value) => surface.act(block.block_id, block.element, value) : undefined,
  });
  return [
    isChoice ? h('div', { class: 'label', id: `${id}-label` }, label) : h('label', { class: 'label', for: id }, label),
    field,
    block.hint && h('p', { class: 'hint', id: `${id}-hint` }, wordsOf(block.hint)),
    error && h('p', { class: 'input-error', id: `${id}-error`, role: 'alert' }, error),
  ];
}

function renderField(blockId, element, surface, options) {
  const draft = surface.drafts?.get(blockId);
  const state = stateOf(surface, blockId, element);
  const keep = (value) => {
    surface.drafts?.set(blockId, value);
    if (element.type !== 'plain_text_input' && element.type !== 'number_input') options.onPick?.(value);
  };
  switch (element.type) {
    case 'static_select':
      return menu(element, { ...options, value: draft ?? state.selected_option?.value, onPick: keep });
    case 'radio_buttons':
      return choices(
        blockId,
        element,
        { ...options, type: 'radio', chosen: [draft ?? state.selected_option?.value] },
        (values) => keep(values[0] ?? null),
      );
    case 'checkboxes':
    case 'multi_static_select':
      return choices(
        blockId,
        element,
        { ...options, type: 'checkbox', chosen: draft ?? (state.selected_options ?? []).map((entry) => entry.value) },
        keep,
      );
    default:
      return textField(element, { ...options, value: draft ?? plainValue(state) }, keep);
  }
}

function plainValue(state) {
  return (
    state.value ??
    state.selected_user ??
    state.selected_conversation ??
    state.selected_channel ??
    state.selected_date ??
    state.selected_time ??
    ''
  );
}

const FIELD_TYPES = {
  number_input: 'number',
  datepicker: 'date',
  timepicker: 'time',
  email_text_input: 'email',
  url_text_input: 'url',
};

function textField(element, options, keep) {
  const attributes = {
    id: options.id,
    class: 'text-input',
    'data-testid': options.testId,
    'data-first': element.focus_on_load,
    'aria-describedby': options.describedBy,
    'aria-invalid': options.isInvalid && 'true',
    placeholder: wordsOf(element.placeholder) || undefined,
    maxlength: element.max_length,
    oninput: (event) => keep(event.target.value),
    onkeydown: (event) => {
      if (event.key === 'Enter' && options.onPick && !element.multiline) {
        event.preventDefault();
        options.onPick(event.target.value);
      }
    },
  };
  if (element.multiline) {
    const area = h('textarea', { ...attributes, rows: 3 });
    area.value = options.value;
    return area;
  }
  const isDecimal = element.type === 'number_input' && element.is_decimal_allowed;
  const field = h('input', {
    ...attributes,
    type: FIELD_TYPES[element.type] ?? 'text',
    min: element.min_value,
    max: element.max_value,
    step: isDecimal ? 'any' : undefined,
  });
  field.value = options.value;
  return field;
}

function choices(blockId, element, options, keep) {
  const name = `choice-${blockId}-${element.action_id}`;
  const group = h(
    'div',
    {
      class: 'choices',
      role: options.type === 'radio' ? 'radiogroup' : 'group',
      id: options.id,
      'data-testid': options.testId,
      'aria-labelledby': options.labelledBy,
      'aria-describedby': options.describedBy,
    },
    element.options.map((entry) =>
      h(
        'label',
        { class: 'choice' },
        h('input', {
          type: options.type,
          name,
          value: entry.value,
          checked: options.chosen.includes(entry.value),
          'data-testid': `${options.testId}-${entry.value}`,
        }),
        h(
          'span',
          {},
          wordsOf(entry.text),
          entry.description && h('span', { class: 'choice-note' }, wordsOf(entry.description)),
        ),
      ),
    ),
  );
  group.addEventListener('change', () =>
    keep([...group.querySelectorAll('input:checked')].map((input) => input.value)),
  );
  return group;
}

/** Shows an element's confirm dialog; true when the person went on. */
export function askToConfirm(confirm) {
  const dialog = byId('confirm');
  return new Promise((resolve) => {
    const answer = (isSure) => {
      dialog.close();
      resolve(isSure);
    };
    dialog.oncancel = (event) => {
      event.preventDefault();
      answer(false);
    };
    fill(
      dialog,
      h('header', { class: 'modal-head' }, h('h2', { id: 'confirm-title' }, wordsOf(confirm.title) || 'Are you sure?')),
      h('div', { class: 'modal-body' }, h('p', {}, wordsOf(confirm.text))),
      h(
        'footer',
        { class: 'modal-foot' },
        h(
          'button',
          { type: 'button', class: 'button plain', 'data-testid': 'confirm-no', onclick: () => answer(false) },
          wordsOf(confirm.deny) || 'Cancel',
        ),
        h(
          'button',
          {
            type: 'button',
            class: `button ${confirm.style === 'danger' ? 'danger' : 'primary'}`,
            'data-testid': 'confirm-yes',
            onclick: () => answer(true),
          },
          wordsOf(confirm.confirm) || 'Yes',
        ),
      ),
    );
    dialog.showModal();
  });
}
