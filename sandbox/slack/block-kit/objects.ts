import { BLOCK_LIMITS as L } from '../limits.ts';
import { boolean, byType, type Check, list, object, oneOf, string, url } from './check.ts';

const TYPE = { type: string() };

/** A plain_text object of one to `max` characters. */
export function plainText(max: number): Check {
  return byType({
    plain_text: object({ required: { ...TYPE, text: string({ min: 1, max }) }, optional: { emoji: boolean } }),
  });
}

/** A mrkdwn object of one to `max` characters. */
export function mrkdwn(max: number): Check {
  return byType({
    mrkdwn: object({ required: { ...TYPE, text: string({ min: 1, max }) }, optional: { verbatim: boolean } }),
  });
}

/** Either kind of text object. */
export function anyText(max: number): Check {
  return byType({ plain_text: plainText(max), mrkdwn: mrkdwn(max) });
}

export const confirmDialog: Check = object({
  required: { text: anyText(L.confirmText) },
  optional: {
    title: plainText(L.confirmTitle),
    confirm: plainText(L.confirmButton),
    deny: plainText(L.confirmButton),
    style: oneOf('primary', 'danger'),
  },
});

/** An option of a select or overflow menu; only an overflow's option may carry an address. */
export function option(kind: 'select' | 'overflow' | 'choice'): Check {
  const text = kind === 'choice' ? anyText(L.optionText) : plainText(L.optionText);
  const description = kind === 'choice' ? anyText(L.optionDescription) : plainText(L.optionDescription);
  return object({
    required: { text, value: string({ min: 1, max: L.optionValue }) },
    optional: { description, ...(kind === 'overflow' ? { url: url(L.buttonUrl) } : {}) },
  });
}

export const optionGroup: Check = object({
  required: { label: plainText(L.optionText), options: list(option('select'), { min: 1, max: L.selectOptions }) },
});

export const placeholder: Check = plainText(L.placeholder);
export const actionId: Check = string({ min: 1, max: L.actionId });
export const blockId: Check = string({ min: 1, max: L.blockId });

export const slackFile: Check = object({ optional: { id: string({ min: 1 }), url: url(L.imageUrl) } });
