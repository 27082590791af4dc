import { isTree } from './wire/schemas.ts';

/** All values at a dotted path; lists on the way are walked through. Values come as text, as filters compare them. */
export function valuesAt(value: unknown, path: string): string[] {
  return path
    .split('.')
    .reduce<unknown[]>((found, key) => found.flatMap((item) => step(item, key)), [value])
    .flatMap((item) => (Array.isArray(item) ? item : [item]))
    .filter((item) => item !== undefined && item !== null && typeof item !== 'object')
    .map(String);
}

function step(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => step(item, key));
  return isTree(value) && Object.hasOwn(value, key) ? [value[key]] : [];
}
