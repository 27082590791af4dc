/** How large and how nested a YAML file may be. */
export interface YamlLimits {
  readonly bytes: number;
  readonly lines: number;
}
/** Brackets and braces that are open at once, in texts too: prose that opens so many and closes none is not worth the risk. */
const MAX_OPEN = 32;
/** Commas of lists and maps on lines of their own. */
const MAX_COMMAS = 10_000;
/** Columns before the first word; two a level. */
const MAX_INDENT = 64;
const MAX_ALIASES = 20;
/** Of one map: the parser compares each key with all before it. */
const MAX_KEYS = 1_000;

/**
 * Why a text is not given to the YAML parser, which takes more than memory allows for some texts of a few kilobytes; undefined when it may be. `line` counts from 1.
 * Looks at characters only, once through.
 */
export function tooHeavyForYaml(
  text: string,
  limits: YamlLimits,
): { readonly line: number; readonly message: string } | undefined {
  if (Buffer.byteLength(text, 'utf8') > limits.bytes)
    return { line: 1, message: `the file is larger than ${limits.bytes} bytes` };
  let [open, commas, aliases, line] = [0, 0, 0, 0];
  /** Lines that begin in the same column, of the maps and lists that are open. */
  const entries: number[] = [];
  for (const content of text.split('\n')) {
    line += 1;
    if (line > limits.lines) return { line, message: `the file has more than ${limits.lines} lines` };
    if (/^\s*(?:#|$)/.test(content)) continue;
    // Entries and keys of entries on one line, `- - - x` or `? ? x`, nest as columns do.
    const start = /^(?:[ \t]|[-?] )*/.exec(content)?.[0].length ?? 0;
    const keys = (entries[start] ?? 0) + (/^\s*-/.test(content) ? 0 : 1);
    entries.length = Math.min(entries.length, start);
    entries[start] = keys;
    if (keys > MAX_KEYS) return { line, message: `more than ${MAX_KEYS} keys in one map` };
    if (start > MAX_INDENT) return { line, message: 'nested too deep' };
    for (const character of content) {
      if (character === '[' || character === '{') open += 1;
      else if (character === ']' || character === '}') open = Math.max(0, open - 1);
      else if (character === ',') commas += 1;
      if (open > MAX_OPEN) return { line, message: 'nested too deep' };
    }
    if (commas > MAX_COMMAS) return { line, message: `more than ${MAX_COMMAS} entries in lists and maps on one line` };
    aliases += content.match(/(?:^|[\s,[{:-])\*\w/g)?.length ?? 0;
    if (aliases > MAX_ALIASES) return { line, message: `more than ${MAX_ALIASES} aliases` };
  }
  return undefined;
}
