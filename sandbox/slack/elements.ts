import { isObject, type JsonObject, objectIn, objectsIn, stringIn } from './json.ts';

/** An interactive element and the block it stands in. */
export interface PlacedElement {
  readonly block: JsonObject;
  readonly blockId: string;
  readonly element: JsonObject;
  readonly actionId: string;
}

/** Every interactive element of the blocks, in reading order. */
export function elementsOf(blocks: readonly JsonObject[]): readonly PlacedElement[] {
  return blocks.flatMap((block) =>
    candidates(block).flatMap((element) => {
      const blockId = stringIn(block, 'block_id');
      const actionId = stringIn(element, 'action_id');
      return blockId === undefined || actionId === undefined ? [] : [{ block, blockId, element, actionId }];
    }),
  );
}

function candidates(block: JsonObject): readonly JsonObject[] {
  switch (block['type']) {
    case 'actions':
      return objectsIn(block['elements']);
    case 'section':
      return isObject(block['accessory']) ? [block['accessory']] : [];
    case 'input':
      return isObject(block['element']) ? [block['element']] : [];
    default:
      return [];
  }
}

/** The options of a select, overflow, radio or checkbox element, those of groups included. */
export function optionsOf(element: JsonObject): readonly JsonObject[] {
  const groups = objectsIn(element['option_groups']).flatMap((group) => objectsIn(group['options']));
  return [...objectsIn(element['options']), ...groups];
}

/** The words a person sees on a button or an option, or as an input's label. */
export function labelOf(holder: JsonObject, key = 'text'): string | undefined {
  const text = objectIn(holder, key);
  return text === undefined ? undefined : stringIn(text, 'text');
}
