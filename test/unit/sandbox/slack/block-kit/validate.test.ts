import { describe, expect, it } from 'vitest';
import {
  areBlocksTooLong,
  isViewTooLarge,
  validateMessageBlocks,
  validateView,
} from '../../../../../sandbox/slack/block-kit/validate.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const of = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_nothing, index) => make(index));
const button = (over: object = {}) => ({ type: 'button', action_id: 'go', text: plain('Go'), ...over });
const actions = (...elements: object[]) => [{ type: 'actions', elements }];
const section = (over: object) => [{ type: 'section', ...over }];
const option = (index = 0, over: object = {}) => ({ text: plain(`Option ${index}`), value: `v${index}`, ...over });
const select = (over: object = {}) => ({
  type: 'static_select',
  action_id: 'pick',
  placeholder: plain('Pick'),
  options: [option()],
  ...over,
});
const rich = (...elements: object[]) => [{ type: 'rich_text', elements }];
const input = (element: object, over: object = {}) => ({
  type: 'input',
  block_id: 'in',
  label: plain('Label'),
  element,
  ...over,
});
const modal = (over: object = {}) => ({ type: 'modal', title: plain('Title'), blocks: [{ type: 'divider' }], ...over });

/** What is sent, and a part of the one message that Slack answers, with its pointer; undefined when Slack takes it. */
type Row = readonly [name: string, value: unknown, problem: string | undefined];

const MESSAGES: readonly Row[] = [
  ['50 blocks', times(50, () => ({ type: 'divider' })), undefined],
  ['51 blocks', times(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
  ['no list', { type: 'divider' }, 'must provide an array [json-pointer:/blocks]'],
  ['a block that is text', ['divider'], 'must provide an object [json-pointer:/blocks/0]'],
  ['an unknown block', [{ type: 'fancy' }], 'unsupported type: fancy [json-pointer:/blocks/0/type]'],
  [
    'a block named like a method of objects',
    [{ type: 'toString' }],
    'unsupported type: toString [json-pointer:/blocks/0/type]',
  ],
  ['a block without a type', [{}], 'unsupported type: undefined [json-pointer:/blocks/0/type]'],
  [
    'an unknown field',
    [{ type: 'divider', colour: 'red' }],
    'invalid additional property: colour [json-pointer:/blocks/0]',
  ],
  ['a header of 150', [{ type: 'header', text: plain(of(150)) }], undefined],
  [
    'a header of 151',
    [{ type: 'header', text: plain(of(151)) }],
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header in mrkdwn',
    [{ type: 'header', text: mrkdwn('Hi') }],
    'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
  ],
  ['a header without text', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0]'],
  ['a section of 3000', section({ text: mrkdwn(of(3_000)) }), undefined],
  [
    'a section of 3001',
    section({ text: mrkdwn(of(3_001)) }),
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'an empty section text',
    section({ text: mrkdwn('') }),
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['a section with nothing', section({}), 'must define either `text` or `fields` [json-pointer:/blocks/0]'],
  ['10 fields', section({ fields: times(10, () => mrkdwn('x')) }), undefined],
  [
    '11 fields',
    section({ fields: times(11, () => mrkdwn('x')) }),
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'a field of 2001',
    section({ fields: [mrkdwn(of(2_001))] }),
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    'emoji on mrkdwn',
    section({ text: { ...mrkdwn('x'), emoji: true } }),
    'invalid additional property: emoji [json-pointer:/blocks/0/text]',
  ],
  [
    'verbatim on plain text',
    section({ text: { ...plain('x'), verbatim: true } }),
    'invalid additional property: verbatim [json-pointer:/blocks/0/text]',
  ],
  [
    'text that is a number',
    section({ text: { type: 'mrkdwn', text: 7 } }),
    'must provide a string [json-pointer:/blocks/0/text/text]',
  ],
  ['25 buttons', actions(...times(25, (i) => button({ action_id: `go${i}` }))), undefined],
  [
    '26 buttons',
    actions(...times(26, (i) => button({ action_id: `go${i}` }))),
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  ['an actions block with nothing', actions(), 'no less than 1 items allowed [json-pointer:/blocks/0/elements]'],
  [
    'an unknown element',
    actions({ type: 'slider' }),
    'unsupported type: slider [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an input element among actions',
    actions({ type: 'plain_text_input' }),
    'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'a button text of 76',
    actions(button({ text: plain(of(76)) })),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a button value of 2001',
    actions(button({ value: of(2_001) })),
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'a button url of javascript',
    actions(button({ url: 'javascript:alert(1)' })),
    'must provide a valid URL [json-pointer:/blocks/0/elements/0/url]',
  ],
  [
    'a button style',
    actions(button({ style: 'warning' })),
    'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'an action_id of 256',
    actions(button({ action_id: of(256) })),
    'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
  ],
  [
    'a confirm title of 101',
    actions(button({ confirm: { title: plain(of(101)), text: plain('x') } })),
    'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
  ],
  [
    'a confirm text of 301',
    actions(button({ confirm: { text: plain(of(301)) } })),
    'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
  ],
  [
    'a confirm button of 31',
    actions(button({ confirm: { text: plain('x'), deny: plain(of(31)) } })),
    'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]',
  ],
  ['100 options', actions(select({ options: times(100, (i) => option(i)) })), undefined],
  [
    '101 options',
    actions(select({ options: times(101, (i) => option(i)) })),
    'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'an option text of 76',
    actions(select({ options: [option(0, { text: plain(of(76)) })] })),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
  ],
  [
    'an option value of 151',
    actions(select({ options: [option(0, { value: of(151) })] })),
    'must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]',
  ],
  [
    'an option in mrkdwn in a select',
    actions(select({ options: [option(0, { text: mrkdwn('x') })] })),
    'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/options/0/text/type]',
  ],
  [
    'a select without options',
    actions({ type: 'static_select', action_id: 'pick' }),
    'must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'option groups',
    actions({ type: 'static_select', option_groups: [{ label: plain('G'), options: [option()] }] }),
    undefined,
  ],
  ['5 overflow options', actions({ type: 'overflow', options: times(5, (i) => option(i)) }), undefined],
  [
    '6 overflow options',
    actions({ type: 'overflow', options: times(6, (i) => option(i)) }),
    'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    '11 checkboxes',
    actions({ type: 'checkboxes', options: times(11, (i) => option(i)) }),
    'no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  ['mrkdwn in a checkbox', actions({ type: 'checkboxes', options: [option(0, { text: mrkdwn('*x*') })] }), undefined],
  ['10 context elements', [{ type: 'context', elements: times(10, () => mrkdwn('x')) }], undefined],
  [
    '11 context elements',
    [{ type: 'context', elements: times(11, () => mrkdwn('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a button in a context',
    [{ type: 'context', elements: [button()] }],
    'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an image without words',
    [{ type: 'image', image_url: 'https://example.com/a.png' }],
    'missing required field: alt_text [json-pointer:/blocks/0]',
  ],
  [
    'an image without a source',
    [{ type: 'image', alt_text: 'x' }],
    'must define either `image_url` or `slack_file` [json-pointer:/blocks/0]',
  ],
  [
    'an alert of 201',
    [{ type: 'alert', text: plain(of(201)) }],
    'must be less than 201 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'an alert level',
    [{ type: 'alert', text: plain('x'), level: 'fatal' }],
    'must be one of: default, info, warning, error, success [json-pointer:/blocks/0/level]',
  ],
  [
    'rich text',
    rich({
      type: 'rich_text_section',
      elements: [
        { type: 'text', text: 'x', style: { bold: true } },
        { type: 'user', user_id: 'U1' },
      ],
    }),
    undefined,
  ],
  [
    'an empty rich text node',
    rich({ type: 'rich_text_section', elements: [{ type: 'text', text: '' }] }),
    'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]',
  ],
  [
    'a user in preformatted text',
    rich({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] }),
    'unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]',
  ],
  [
    'a list style',
    rich({ type: 'rich_text_list', style: 'dots', elements: [] }),
    'must be one of: bullet, ordered [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a repeated block_id',
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
    '`block_id` a already exists [json-pointer:/blocks/1/block_id]',
  ],
  [
    'a repeated action_id',
    [...actions(button()), ...actions(button())],
    '`action_id` go already exists [json-pointer:/blocks]',
  ],
  [
    'a table of 21 columns',
    [{ type: 'table', rows: [times(21, () => ({ type: 'raw_text', text: 'x' }))] }],
    'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
  ],
  [
    'a table of 10,001 characters',
    [{ type: 'table', rows: [[{ type: 'raw_text', text: of(10_001) }]] }],
    'must be less than 10001 characters in all [json-pointer:/blocks/0/rows]',
  ],
  [
    'a data table without a caption',
    [{ type: 'data_table', rows: [[{ type: 'raw_text', text: 'x' }]] }],
    'missing required field: caption [json-pointer:/blocks/0]',
  ],
];

const VIEWS: readonly Row[] = [
  ['a small modal', modal(), undefined],
  ['a title of 24', modal({ title: plain(of(24)) }), undefined],
  ['a title of 25', modal({ title: plain(of(25)) }), 'must be less than 25 characters [json-pointer:/view/title/text]'],
  [
    'a submit of 25',
    modal({ submit: plain(of(25)) }),
    'must be less than 25 characters [json-pointer:/view/submit/text]',
  ],
  ['no title', { type: 'modal', blocks: [] }, 'missing required field: title [json-pointer:/view]'],
  ['private_metadata of 3000', modal({ private_metadata: of(3_000) }), undefined],
  [
    'private_metadata of 3001',
    modal({ private_metadata: of(3_001) }),
    'must be less than 3001 characters [json-pointer:/view/private_metadata]',
  ],
  ['100 blocks', modal({ blocks: times(100, () => ({ type: 'divider' })) }), undefined],
  [
    '101 blocks',
    modal({ blocks: times(101, () => ({ type: 'divider' })) }),
    'no more than 100 items allowed [json-pointer:/view/blocks]',
  ],
  [
    'an input without submit',
    modal({ blocks: [input({ type: 'plain_text_input' })] }),
    'missing required field: submit',
  ],
  [
    'an input with submit',
    modal({ submit: plain('Go'), blocks: [input({ type: 'plain_text_input', multiline: true, max_length: 200 })] }),
    undefined,
  ],
  [
    'a max_length of 3001',
    modal({ submit: plain('Go'), blocks: [input({ type: 'plain_text_input', max_length: 3_001 })] }),
    'must be an integer from 1 to 3000 [json-pointer:/view/blocks/0/element/max_length]',
  ],
  [
    'a number input',
    modal({
      submit: plain('Go'),
      blocks: [input({ type: 'number_input', is_decimal_allowed: false, min_value: '1' })],
    }),
    undefined,
  ],
  [
    'a number input that does not say about decimals',
    modal({ submit: plain('Go'), blocks: [input({ type: 'number_input' })] }),
    'missing required field: is_decimal_allowed',
  ],
  [
    'a number as bound',
    modal({ submit: plain('Go'), blocks: [input({ type: 'number_input', is_decimal_allowed: true, min_value: 1 })] }),
    'must be a number in a string',
  ],
  [
    'a button as input',
    modal({ submit: plain('Go'), blocks: [input(button())] }),
    'unsupported type: button [json-pointer:/view/blocks/0/element/type]',
  ],
  [
    'a label in mrkdwn',
    modal({ submit: plain('Go'), blocks: [input({ type: 'plain_text_input' }, { label: mrkdwn('x') })] }),
    'unsupported type: mrkdwn [json-pointer:/view/blocks/0/label/type]',
  ],
  [
    'a table in a modal',
    modal({ blocks: [{ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] }] }),
    'unsupported type: table [json-pointer:/view/blocks/0/type]',
  ],
  ['a home', { type: 'home', blocks: [{ type: 'divider' }] }, undefined],
  [
    'a title on a home',
    { type: 'home', title: plain('x'), blocks: [] },
    'invalid additional property: title [json-pointer:/view]',
  ],
  ['another kind of view', { type: 'dialog', blocks: [] }, 'unsupported type: dialog [json-pointer:/view/type]'],
];

describe('the blocks of a message', () => {
  it.each(MESSAGES)('%s', (_name, blocks, problem) => {
    expectOnly(validateMessageBlocks(blocks), problem);
  });

  it('may hold 13,200 characters of text together', () => {
    const blocks = [
      ...section({ text: mrkdwn(of(3_000)) }),
      ...times(4, () => section({ text: mrkdwn(of(2_550)) })[0] ?? {}),
    ];
    expect(areBlocksTooLong(blocks)).toBe(false);
    expect(areBlocksTooLong([...blocks, { type: 'header', text: plain('x') }])).toBe(true);
  });
});

describe('a view', () => {
  it.each(VIEWS)('%s', (_name, view, problem) => {
    expectOnly(validateView(view), problem);
  });

  it('may have 250 kB', () => {
    expect(isViewTooLarge(modal({ blocks: times(80, () => section({ text: mrkdwn(of(3_000)) })[0]) }))).toBe(false);
    expect(isViewTooLarge(modal({ blocks: times(90, () => section({ text: mrkdwn(of(3_000)) })[0]) }))).toBe(true);
  });
});

function expectOnly(problems: readonly string[], problem: string | undefined): void {
  if (problem === undefined) {
    expect(problems).toEqual([]);
    return;
  }
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('[ERROR] ');
  expect(problems[0]).toContain(problem);
}
