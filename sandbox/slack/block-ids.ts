import type { Ids } from './ids.ts';
import { isObject, type JsonObject, objectsIn } from './json.ts';

/** Gives every block and interactive element that came without one an id, as Slack does. */
export function withIds(blocks: readonly JsonObject[], ids: Ids): readonly JsonObject[] {
  return blocks.map((block) => blockWithIds(block, ids));
}

function blockWithIds(block: JsonObject, ids: Ids): JsonObject {
  const named = { ...block, block_id: block['block_id'] ?? shortId(ids) };
  if (block['type'] === 'actions')
    return { ...named, elements: objectsIn(block['elements']).map((e) => elementWithId(e, ids)) };
  if (block['type'] === 'section' && isObject(block['accessory'])) {
    return { ...named, accessory: elementWithId(block['accessory'], ids) };
  }
  if (block['type'] === 'input' && isObject(block['element'])) {
    return { ...named, element: elementWithId(block['element'], ids) };
  }
  return named;
}

function elementWithId(element: JsonObject, ids: Ids): JsonObject {
  if (element['type'] === 'image') return element;
  return { ...element, action_id: element['action_id'] ?? shortId(ids) };
}

function shortId(ids: Ids): string {
  return ids.id('').slice(0, 5);
}
