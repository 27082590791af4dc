import { describe, expect, it } from 'vitest';
import { clientSideErrors, fill, initialState } from '../../../../sandbox/slack/state-values.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const options = ['approve', 'deny'].map((value) => ({ text: plain(`Please ${value}`), value }));
const [approve] = options;
const BLOCKS = [
  {
    type: 'input',
    block_id: 'reason',
    label: plain('Reason'),
    element: { type: 'plain_text_input', action_id: 'text', min_length: 5, max_length: 10 },
  },
  {
    type: 'input',
    block_id: 'decision',
    label: plain('Decision'),
    element: { type: 'radio_buttons', action_id: 'choice', options, initial_option: approve },
  },
  {
    type: 'input',
    block_id: 'tell',
    optional: true,
    label: plain('Tell'),
    element: { type: 'checkboxes', action_id: 'who', options },
  },
  {
    type: 'input',
    block_id: 'hours',
    optional: true,
    label: plain('Hours'),
    element: { type: 'number_input', action_id: 'n', is_decimal_allowed: false, min_value: '1', max_value: '24' },
  },
];

describe('the values of a form', () => {
  it('begin as the app set them', () => {
    expect(initialState(BLOCKS)).toEqual({
      reason: { text: { type: 'plain_text_input', value: null } },
      decision: { choice: { type: 'radio_buttons', selected_option: approve } },
      tell: { who: { type: 'checkboxes', selected_options: [] } },
      hours: { n: { type: 'number_input', value: null } },
    });
  });

  it('are kept over an update where the element is the same', () => {
    const typed = fill(BLOCKS, initialState(BLOCKS), { reason: 'leaked' }).state;
    expect(initialState(BLOCKS, typed)['reason']).toEqual({ text: { type: 'plain_text_input', value: 'leaked' } });
    const [, ...others] = BLOCKS;
    expect(initialState(others, typed)['reason']).toBeUndefined();
  });

  it('are given by block id, action id, label, option value or option words', () => {
    const { state, misfits } = fill(BLOCKS, initialState(BLOCKS), {
      Reason: 'leaked',
      choice: 'Please deny',
      tell: ['approve', 'deny'],
      Hours: '3',
    });
    expect(misfits).toEqual({});
    expect(state).toMatchObject({
      reason: { text: { value: 'leaked' } },
      decision: { choice: { selected_option: { value: 'deny' } } },
      tell: { who: { selected_options: [{ value: 'approve' }, { value: 'deny' }] } },
      hours: { n: { value: '3' } },
    });
  });

  it('say what does not fit', () => {
    expect(fill(BLOCKS, {}, { Decision: 'maybe', Colour: 'red' }).misfits).toEqual({
      Decision: 'no such option',
      Colour: 'no such input',
    });
  });

  it.each([
    [{}, { reason: 'Please complete this required field.' }],
    [{ reason: 'abc' }, { reason: 'This must be at least 5 characters long.' }],
    [{ reason: 'abcdefghijk' }, { reason: 'This must be at most 10 characters long.' }],
    [{ reason: 'enough', hours: '0' }, { hours: 'This must be 1 or more.' }],
    [{ reason: 'enough', hours: '25' }, { hours: 'This must be 24 or less.' }],
    [{ reason: 'enough', hours: '1.5' }, { hours: 'Please enter a number.' }],
    [{ reason: 'enough', decision: null }, { decision: 'Please complete this required field.' }],
    [{ reason: 'enough', hours: '24' }, {}],
  ])('are checked as the client of Slack does: %j', (values, errors) => {
    expect(clientSideErrors(BLOCKS, fill(BLOCKS, initialState(BLOCKS), values).state)).toEqual(errors);
  });
});
