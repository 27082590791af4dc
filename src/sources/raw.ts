import { PROTOTYPE_NAMES } from '../domain/playbook.ts';

/** JSON from outside, before anything is known about it. */
export type RawObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value under a path of keys, own keys only; undefined when there is none. Spelled as given first, then in any casing: the same GuardDuty finding
 * comes with PascalCase keys from the API, camelCase from EventBridge and lower case out of Athena.
 */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here: unknown = value;
  for (const name of path) {
    if (!isObject(here)) return undefined;
    here = own(here, name);
  }
  return here;
}

function own(object: RawObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const wanted = name.toLowerCase();
  // The length first: a key may be as long as the whole body.
  const key = Object.keys(object).find(
    (candidate) => candidate.length === wanted.length && candidate.toLowerCase() === wanted,
  );
  return key === undefined ? undefined : object[key];
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * A non-empty string, cut at `max` characters; numbers become strings. What a database refuses (NUL, half a surrogate pair) is replaced, nothing else:
 * the text is still hostile and is escaped where it is shown.
 */
export function textAt(value: unknown, path: readonly string[], max = 512): string | undefined {
  const found = at(value, ...path);
  if (typeof found === 'number' && Number.isFinite(found)) return String(found);
  if (typeof found !== 'string') return undefined;
  const clean = found.slice(0, max).replaceAll('\u0000', '\ufffd').replace(LONE_SURROGATE, '\ufffd').trim();
  return clean === '' ? undefined : clean;
}

/** The list under a path; a single object counts as a list of one, anything else as none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  if (Array.isArray(found)) return found;
  return isObject(found) ? [found] : [];
}

/** The texts of a list under a path. */
export function textsAt(value: unknown, path: readonly string[], max = 512): readonly string[] {
  const found = at(value, ...path);
  if (!Array.isArray(found)) return [];
  return found.slice(0, 200).flatMap((item) => textAt({ item }, ['item'], max) ?? []);
}

/** A finite number, also out of a string. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  if (typeof found === 'number') return Number.isFinite(found) ? found : undefined;
  if (typeof found !== 'string' || !/^-?\d{1,15}(\.\d{1,9})?$/.test(found.trim())) return undefined;
  return Number(found);
}

/** Occurrences: a whole number from 1 to a milliard, whatever is written there. */
export function occurrences(stated: number | undefined): number {
  return Math.min(1_000_000_000, Math.max(1, Math.floor(stated ?? 1)));
}

/** True for `true` and `"true"`: some exports turn booleans into strings. */
export function trueAt(value: unknown, ...path: readonly string[]): boolean {
  const found = at(value, ...path);
  return found === true || (typeof found === 'string' && found.toLowerCase() === 'true');
}

/** The JSON inside a string (GuardDuty's additionalInfo.value), or undefined. */
export function embeddedAt(value: unknown, ...path: readonly string[]): unknown {
  const found = at(value, ...path);
  if (typeof found !== 'string' || found.length > 65_536) return undefined;
  try {
    return JSON.parse(found);
  } catch {
    // Free text in a field that sometimes holds JSON: there is simply nothing more to read in it.
    return undefined;
  }
}

/** At most 50 tags, out of a map or out of a list of {key, value}, which OCSF writes {name, value}. */
export function tagsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> | undefined {
  const found = at(value, ...path);
  const pairs: [string, string][] = [];
  const add = (key: string | undefined, text: string | undefined) => {
    if (key !== undefined && !PROTOTYPE_NAMES.includes(key)) pairs.push([key, text ?? '']);
  };
  if (Array.isArray(found))
    for (const tag of found) add(textAt(tag, ['Key'], 128) ?? textAt(tag, ['Name'], 128), textAt(tag, ['Value'], 256));
  else if (isObject(found))
    for (const key of Object.keys(found)) add(textAt({ key }, ['key'], 128), textAt(found, [key], 256));
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs.slice(0, 50));
}
