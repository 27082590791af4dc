import { elementsOf } from '../elements.ts';
import { isObject, type JsonObject, objectsIn } from '../json.ts';
import { BLOCK_LIMITS as L } from '../limits.ts';
import { messageBlocks, textSum, viewBlocks } from './blocks.ts';
import { boolean, byType, type Check, object, problemsOf, type Report, string, withRule } from './check.ts';
import { plainText } from './objects.ts';

/** What Slack would say against a message's blocks; empty when it would take them. */
export function validateMessageBlocks(blocks: unknown): readonly string[] {
  return problemsOf(withUniqueIds(messageBlocks), blocks, '/blocks');
}

/** True when the blocks together hold more text than Slack takes in one message (`msg_blocks_too_long`). */
export function areBlocksTooLong(blocks: readonly JsonObject[]): boolean {
  return textSum(blocks) > L.messageBlocksSum;
}

/** What Slack would say against a modal or Home view; empty when it would take it. */
export function validateView(view: unknown): readonly string[] {
  return problemsOf(byType({ modal, home }), view, '/view');
}

/** True when the view is too big for Slack (`view_too_large`). */
export function isViewTooLarge(view: JsonObject): boolean {
  return Buffer.byteLength(JSON.stringify(view)) > L.viewBytes;
}

const viewFields = {
  private_metadata: string({ max: L.privateMetadata }),
  callback_id: string({ max: L.callbackId }),
  external_id: string({ max: L.externalId }),
};

const modal = withRule(
  object({
    required: { type: string(), title: plainText(L.viewTitle), blocks: withUniqueIds(viewBlocks) },
    optional: {
      ...viewFields,
      submit: plainText(L.viewButton),
      close: plainText(L.viewButton),
      clear_on_close: boolean,
      notify_on_close: boolean,
      submit_disabled: boolean,
    },
  }),
  (view, at, report) => {
    const hasInput = objectsIn(view['blocks']).some((block) => block['type'] === 'input');
    if (hasInput && view['submit'] === undefined)
      report(at, 'missing required field: submit (a view with inputs needs it)');
  },
);

const home = object({ required: { type: string(), blocks: withUniqueIds(viewBlocks) }, optional: viewFields });

/** Block ids and action ids must each be unique on their surface. */
function withUniqueIds(check: Check): Check {
  return (value, at, report) => {
    check(value, at, report);
    if (!Array.isArray(value)) return;
    reportRepeated(value, at, report, 'block_id');
    const withNames = value
      .filter(isObject)
      .map((block, index) => ({ ...block, block_id: block['block_id'] ?? `unnamed ${index}` }));
    const seen = new Set<string>();
    for (const { actionId } of elementsOf(withNames)) {
      if (seen.has(actionId)) report(at, `\`action_id\` ${actionId} already exists`);
      seen.add(actionId);
    }
  };
}

function reportRepeated(blocks: readonly unknown[], at: string, report: Report, key: string): void {
  const seen = new Set<unknown>();
  blocks.forEach((block, index) => {
    const id = isObject(block) ? block[key] : undefined;
    if (id !== undefined && seen.has(id)) report(`${at}/${index}/${key}`, `\`${key}\` ${String(id)} already exists`);
    seen.add(id);
  });
}
