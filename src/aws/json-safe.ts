import type { Json } from '../domain/json.ts';

/** What the SDK answers, as JSON: dates become ISO strings; bytes, streams, functions and the SDK's own metadata go. */
export function jsonSafe(value: unknown): Json {
  return convert(value) ?? null;
}

function convert(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      return value.toString();
    case 'object':
      return convertObject(value);
    default:
      return undefined;
  }
}

function convertObject(value: object | null): Json | undefined {
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => convert(item) ?? null);
  if (!isPlain(value)) return undefined;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const safe = key === '$metadata' ? undefined : convert(item);
    return safe === undefined ? [] : [[key, safe] as const];
  });
  return Object.fromEntries(entries);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
