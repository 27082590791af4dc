import { BLOCK_LIMITS as L } from '../limits.ts';
import { boolean, byType, type Check, integer, list, object, oneOf, string, url, withRule } from './check.ts';
import { actionId, confirmDialog, option, optionGroup, placeholder, plainText, slackFile } from './objects.ts';

const type = string();
const interactive = { action_id: actionId, confirm: confirmDialog };
const focusable = { focus_on_load: boolean };
const dispatch = {
  dispatch_action_config: object({
    optional: { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), { min: 1 }) },
  }),
};
const wholeNumberText: Check = (value, at, report) => {
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value)) report(at, 'must be a number in a string');
};

const button = object({
  required: { type, text: plainText(L.buttonText) },
  optional: {
    ...interactive,
    value: string({ max: L.buttonValue }),
    url: url(L.buttonUrl),
    style: oneOf('primary', 'danger'),
    accessibility_label: string({ min: 1, max: L.accessibilityLabel }),
  },
});

const overflow = object({
  required: { type, options: list(option('overflow'), { min: 1, max: L.overflowOptions }) },
  optional: interactive,
});

/** A menu of given options: exactly one of `options` and `option_groups`. */
function staticMenu(extra: Readonly<Record<string, Check>>): Check {
  const shape = object({
    required: { type },
    optional: {
      ...interactive,
      ...focusable,
      placeholder,
      options: list(option('select'), { min: 1, max: L.selectOptions }),
      option_groups: list(optionGroup, { min: 1, max: L.optionGroups }),
      ...extra,
    },
  });
  return withRule(shape, (value, at, report) => {
    if ((value['options'] === undefined) === (value['option_groups'] === undefined))
      report(at, 'must define either `options` or `option_groups`');
  });
}

/** Radio buttons and checkboxes. */
function choices(extra: Readonly<Record<string, Check>>): Check {
  return object({
    required: { type, options: list(option('choice'), { min: 1, max: L.choiceOptions }) },
    optional: { ...interactive, ...focusable, ...extra },
  });
}

function picker(extra: Readonly<Record<string, Check>>): Check {
  return object({ required: { type }, optional: { ...interactive, ...focusable, placeholder, ...extra } });
}

function textInput(extra: Readonly<Record<string, Check>>): Check {
  return object({
    required: { type },
    optional: { action_id: actionId, ...focusable, ...dispatch, placeholder, ...extra },
  });
}

const plainTextInput = textInput({
  initial_value: string({ max: L.plainTextInput }),
  multiline: boolean,
  min_length: integer(0, L.plainTextInput),
  max_length: integer(1, L.plainTextInput),
});

const numberInput = withRule(
  textInput({
    is_decimal_allowed: boolean,
    initial_value: wholeNumberText,
    min_value: wholeNumberText,
    max_value: wholeNumberText,
  }),
  (value, at, report) => {
    if (value['is_decimal_allowed'] === undefined) report(at, 'missing required field: is_decimal_allowed');
  },
);

/** An image inside a section or a context; not interactive. */
export const imageElement: Check = object({
  required: { type, alt_text: string({ min: 1, max: L.imageAltText }) },
  optional: { image_url: url(L.imageUrl), slack_file: slackFile },
});

const date = string({ min: 10, max: 10 });
const menus: Readonly<Record<string, Check>> = {
  static_select: staticMenu({ initial_option: option('select') }),
  multi_static_select: staticMenu({
    initial_options: list(option('select'), { min: 1 }),
    max_selected_items: integer(1, L.selectOptions),
  }),
  users_select: picker({ initial_user: string({ min: 1 }) }),
  conversations_select: picker({
    initial_conversation: string({ min: 1 }),
    default_to_current_conversation: boolean,
    response_url_enabled: boolean,
    filter: object({
      optional: {
        include: list(oneOf('im', 'mpim', 'private', 'public'), { min: 1 }),
        exclude_external_shared_channels: boolean,
        exclude_bot_users: boolean,
      },
    }),
  }),
  channels_select: picker({ initial_channel: string({ min: 1 }), response_url_enabled: boolean }),
  radio_buttons: choices({ initial_option: option('choice') }),
  checkboxes: choices({ initial_options: list(option('choice'), { min: 1 }) }),
  datepicker: picker({ initial_date: date }),
  timepicker: picker({ initial_time: string({ min: 5, max: 5 }), timezone: string({ min: 1 }) }),
};

/** What may stand in an actions block. */
export const actionsElement: Check = byType({ ...menus, button, overflow });

/** What may stand at the side of a section. */
export const accessory: Check = byType({ ...menus, button, overflow, image: imageElement });

/** What may stand in an input block. */
export const inputElement: Check = byType({
  ...menus,
  plain_text_input: plainTextInput,
  number_input: numberInput,
  email_text_input: textInput({ initial_value: string() }),
  url_text_input: textInput({ initial_value: string() }),
});
