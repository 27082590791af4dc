import { elementsOf, labelOf, optionsOf, type PlacedElement } from './elements.ts';
import { type JsonObject, objectIn, objectsIn, stringIn } from './json.ts';
import type { StateValues } from './workspace.ts';

/** A value as a person gives it: text, an option's value, several options' values, or nothing. */
export type GivenValue = string | readonly string[] | null;

/** Elements that hold a value, as opposed to buttons and overflow menus. */
const STATEFUL = new Set([
  'plain_text_input',
  'number_input',
  'email_text_input',
  'url_text_input',
  'static_select',
  'multi_static_select',
  'users_select',
  'conversations_select',
  'channels_select',
  'radio_buttons',
  'checkboxes',
  'datepicker',
  'timepicker',
]);

/** The values a surface has before anybody touches it, with the ones of `kept` where the element is still there. */
export function initialState(blocks: readonly JsonObject[], kept: StateValues = {}): StateValues {
  const state: StateValues = {};
  for (const placed of elementsOf(blocks)) {
    if (!STATEFUL.has(String(placed.element['type']))) continue;
    const old = kept[placed.blockId]?.[placed.actionId];
    const value = old !== undefined && old['type'] === placed.element['type'] ? old : initialValue(placed.element);
    put(state, placed, value);
  }
  return state;
}

function put(state: StateValues, placed: PlacedElement, value: JsonObject): void {
  state[placed.blockId] = { ...state[placed.blockId], [placed.actionId]: value };
}

function initialValue(element: JsonObject): JsonObject {
  const type = String(element['type']);
  switch (type) {
    case 'static_select':
    case 'radio_buttons':
      return { type, selected_option: element['initial_option'] ?? null };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: element['initial_options'] ?? [] };
    case 'users_select':
      return { type, selected_user: element['initial_user'] ?? null };
    case 'conversations_select':
      return { type, selected_conversation: element['initial_conversation'] ?? null };
    case 'channels_select':
      return { type, selected_channel: element['initial_channel'] ?? null };
    case 'datepicker':
      return { type, selected_date: element['initial_date'] ?? null };
    case 'timepicker':
      return { type, selected_time: element['initial_time'] ?? null };
    default:
      return { type, value: element['initial_value'] ?? null };
  }
}

/** The state value of one element after a person chose `given`; undefined when the element has no such option. */
export function chosenValue(element: JsonObject, given: GivenValue): JsonObject | undefined {
  const type = String(element['type']);
  const single = Array.isArray(given) ? (given[0] ?? null) : given;
  switch (type) {
    case 'static_select':
    case 'radio_buttons': {
      if (single === null || single === '') return { type, selected_option: null };
      const option = findOption(element, String(single));
      return option && { type, selected_option: option };
    }
    case 'multi_static_select':
    case 'checkboxes': {
      const wanted = given === null ? [] : Array.isArray(given) ? given : [String(given)];
      const options = wanted.map((value) => findOption(element, String(value)));
      return options.includes(undefined) ? undefined : { type, selected_options: options };
    }
    case 'users_select':
      return { type, selected_user: single };
    case 'conversations_select':
      return { type, selected_conversation: single };
    case 'channels_select':
      return { type, selected_channel: single };
    case 'datepicker':
      return { type, selected_date: single };
    case 'timepicker':
      return { type, selected_time: single };
    default:
      return { type, value: single === '' ? null : single };
  }
}

/** An option by its value, or by the words a person sees. */
export function findOption(element: JsonObject, valueOrText: string): JsonObject | undefined {
  const options = optionsOf(element);
  return options.find((o) => o['value'] === valueOrText) ?? options.find((o) => labelOf(o) === valueOrText);
}

/** What came of filling a form in: the new state, and what does not fit, by the key it was given under. */
export interface Filled {
  readonly state: StateValues;
  readonly misfits: Readonly<Record<string, string>>;
}

/** Fills values into a state; each key is a block id, an action id, or the label a person reads. */
export function fill(
  blocks: readonly JsonObject[],
  state: StateValues,
  values: Readonly<Record<string, GivenValue>>,
): Filled {
  const filled: StateValues = structuredClone(state);
  const misfits: Record<string, string> = {};
  for (const [key, given] of Object.entries(values)) {
    const placed = findInput(blocks, key);
    const value = placed && chosenValue(placed.element, given);
    if (placed && value) put(filled, placed, value);
    else misfits[key] = placed ? 'no such option' : 'no such input';
  }
  return { state: filled, misfits };
}

function findInput(blocks: readonly JsonObject[], key: string): PlacedElement | undefined {
  const inputs = elementsOf(blocks).filter((placed) => STATEFUL.has(String(placed.element['type'])));
  return (
    inputs.find((placed) => placed.blockId === key) ??
    inputs.find((placed) => placed.actionId === key) ??
    inputs.find((placed) => labelOf(placed.block, 'label') === key)
  );
}

/** What Slack's own client refuses to submit, by block id: required fields left empty, text too short or too long, numbers out of range. */
export function clientSideErrors(blocks: readonly JsonObject[], state: StateValues): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const placed of elementsOf(blocks)) {
    if (placed.block['type'] !== 'input') continue;
    const problem = inputProblem(placed, state[placed.blockId]?.[placed.actionId] ?? {});
    if (problem !== undefined) errors[placed.blockId] = problem;
  }
  return errors;
}

function inputProblem(placed: PlacedElement, value: JsonObject): string | undefined {
  const { element, block } = placed;
  if (isEmpty(value)) return block['optional'] === true ? undefined : 'Please complete this required field.';
  const text = stringIn(value, 'value');
  if (text === undefined) return undefined;
  if (element['type'] === 'number_input') return numberProblem(element, text);
  const { min_length: min, max_length: max } = element;
  if (typeof min === 'number' && text.length < min) return `This must be at least ${min} characters long.`;
  if (typeof max === 'number' && text.length > max) return `This must be at most ${max} characters long.`;
  return undefined;
}

function numberProblem(element: JsonObject, text: string): string | undefined {
  const pattern = element['is_decimal_allowed'] === true ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  if (!pattern.test(text)) return 'Please enter a number.';
  const min = stringIn(element, 'min_value');
  const max = stringIn(element, 'max_value');
  if (min !== undefined && Number(text) < Number(min)) return `This must be ${min} or more.`;
  if (max !== undefined && Number(text) > Number(max)) return `This must be ${max} or less.`;
  return undefined;
}

function isEmpty(value: JsonObject): boolean {
  const option = objectIn(value, 'selected_option');
  if (option !== undefined || objectsIn(value['selected_options']).length > 0) return false;
  const plain = [
    'value',
    'selected_user',
    'selected_conversation',
    'selected_channel',
    'selected_date',
    'selected_time',
  ];
  return plain.every((key) => value[key] === undefined || value[key] === null || value[key] === '');
}
