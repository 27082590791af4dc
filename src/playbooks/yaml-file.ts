import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { PROTOTYPE_NAMES } from '../domain/playbook.ts';
import { tooHeavyForYaml } from '../domain/yaml-weight.ts';
import type { PlaybookProblem } from './problem.ts';

/** Larger files are not playbooks. */
const LIMITS = { bytes: 262_144, lines: 5_000 };
/** A handful of anchors saves typing; more is a way to blow a small file up. */
const MAX_ALIASES = 20;

/** A parsed file that still knows on which line everything stands. */
export interface YamlFile {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The line of the deepest part of the path that exists, from 1; of a map's key where the path ends in one. */
  lineOf(path: readonly PropertyKey[]): number;
  has(path: readonly PropertyKey[]): boolean;
}

/** YAML 1.2 core schema: no timestamps, no merge keys, no custom tags, no duplicate keys, one document. */
export function parseYaml(file: string, text: string): YamlFile | { readonly problems: readonly PlaybookProblem[] } {
  const problem = (line: number, field: string, message: string, hint: string) => ({
    problems: [{ file, line, field, message, hint }],
  });
  const heavy = tooHeavyForYaml(text, LIMITS);
  if (heavy !== undefined)
    return problem(heavy.line, '', heavy.message, 'Split it: one playbook a file, plainly written.');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: true,
    strict: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const broken = [...uptoFirstBreak(document.errors), ...document.warnings].map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    field: '',
    message: error.message.replaceAll('\n', ' ').replace(/\.$/, ''),
    hint: 'It must be plain YAML 1.2 without tags, with unique keys.',
  }));
  if (broken.length > 0) return { problems: broken };
  const unsafe = unsafeKeys(file, document, lines);
  if (unsafe.length > 0) return { problems: unsafe };
  if (!isMap(document.contents))
    return problem(1, '', 'the file holds no map', 'A playbook starts with `schema: cordon/v1`.');
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (!isRecord(value)) return problem(1, '', 'the file holds no map', 'A playbook starts with `schema: cordon/v1`.');
    return {
      file,
      value,
      lineOf: (path) => lineOf(document, lines, path),
      has: (path) => nodeAt(document, path) !== undefined,
    };
  } catch (thrown) {
    // The parser's guard against aliases that multiply.
    if (!(thrown instanceof ReferenceError)) throw thrown;
    return problem(1, '', `more than ${MAX_ALIASES} aliases, or an alias without its anchor`, 'Write the values out.');
  }
}

/** One slip of the pen breaks every line after it: what a parser says of those leads nobody to the slip. Keys given twice break nothing. */
function uptoFirstBreak(errors: readonly YAMLError[]): readonly YAMLError[] {
  const first = errors.findIndex((error) => error.code !== 'DUPLICATE_KEY');
  return first === -1 ? errors : errors.slice(0, first + 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsafeKeys(file: string, document: Document.Parsed, lines: LineCounter): readonly PlaybookProblem[] {
  const found: PlaybookProblem[] = [];
  let aliases = 0;
  visit(document, {
    Alias(_, node) {
      aliases += 1;
      if (aliases === MAX_ALIASES + 1)
        found.push(at(node, '', `more than ${MAX_ALIASES} aliases`, 'Write the values out.'));
    },
    Pair(_, pair) {
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (key === '<<')
        found.push(at(pair.key, '<<', 'merge keys are not read', 'Write the keys out, or use `extends`.'));
      else if (isAlias(pair.key) || typeof key !== 'string')
        found.push(at(pair.key, '', 'a key that is not a text', 'Keys are plain words.'));
      else if (PROTOTYPE_NAMES.includes(key))
        found.push(
          at(pair.key, key, 'this key is refused', 'It would reach into the program; no field has that name.'),
        );
    },
  });
  return found;

  function at(node: unknown, field: string, message: string, hint: string): PlaybookProblem {
    const range = isRecord(node) && Array.isArray(node['range']) ? Number(node['range'][0]) : 0;
    return { file, line: lines.linePos(range).line, field, message, hint };
  }
}

function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): unknown {
  let here: unknown = document.contents;
  for (const part of path) {
    const next = child(here, part);
    if (next === undefined) return undefined;
    here = next.value ?? next.key;
  }
  return here;
}

interface Child {
  readonly key: unknown;
  readonly value: unknown;
}

function child(node: unknown, part: PropertyKey): Child | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === part);
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
  if (!isSeq(node) || typeof part !== 'number') return undefined;
  const item = node.items[part];
  return item === undefined ? undefined : { key: item, value: item };
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  let [here, offset]: [unknown, number] = [document.contents, 0];
  for (const part of path) {
    const next = child(here, part);
    if (next === undefined) break;
    offset = startOf(next.key) ?? offset;
    here = next.value;
  }
  return lines.linePos(offset).line;
}

function startOf(node: unknown): number | undefined {
  return isRecord(node) && Array.isArray(node['range']) ? Number(node['range'][0]) : undefined;
}
