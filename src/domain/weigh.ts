const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [0x22, 0x5c, 0x2c, 0x0a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What a text would cost to parse as JSON. Of a text that is no JSON the numbers mean nothing, and parsing it fails. */
export interface Weight {
  readonly depth: number;
  /** Commas and openings: about as many as there are values. */
  readonly values: number;
  /** Entries of the longest list or object. */
  readonly items: number;
  readonly lines: number;
}

/**
 * Counts before anything is parsed, once through, and stops where a limit is passed: a parser makes an object of every two characters, and half a million
 * of them hold the process for a third of a second.
 */
export function weigh(text: string, most: Omit<Weight, 'lines'>): Weight {
  let [depth, values, items, lines] = [0, 0, 1, 1];
  /** Commas seen in each list and object that is open. */
  const open = [0];
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (isText) {
      if (character === BACKSLASH) at += 1;
      else if (character === QUOTE) isText = false;
    } else if (character === QUOTE) isText = true;
    else if (character === COMMA) {
      values += 1;
      const commas = (open.pop() ?? 0) + 1;
      open.push(commas);
      if (commas >= items) items = commas + 1;
    } else if (character === OPEN_LIST || character === OPEN_OBJECT) {
      values += 1;
      depth = Math.max(depth, open.push(0) - 1);
    } else if (character === CLOSE_LIST || character === CLOSE_OBJECT) open.pop();
    else if (character === NEWLINE) lines += 1;
    if (depth > most.depth || values > most.values || items > most.items) break;
  }
  return { depth, values, items, lines };
}
