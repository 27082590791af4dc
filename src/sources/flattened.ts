import { isObject, type RawObject } from './raw.ts';

/** Column names of an export in which `resource.instanceDetails.instanceId` became `resource_instancedetails_instanceid`. */
const COLUMN = /^(resource|service)(_[a-z0-9]+){1,11}$/i;

/** Whether an object has such columns. */
export function isFlattened(raw: RawObject): boolean {
  return Object.keys(raw).some((key) => COLUMN.test(key));
}

/**
 * A GuardDuty finding out of an export whose columns are flattened paths, put together again; any other finding as it is. Lists are numbered, in
 * the names (`networkinterfaces_0_subnetid`) and at times in what was left nested (`tags: {"0": {...}}`).
 */
export function unflattened(raw: RawObject): RawObject {
  const columns = Object.keys(raw).filter((key) => COLUMN.test(key));
  if (columns.length === 0) return raw;
  const whole: Record<string, unknown> = structuredClone(raw);
  for (const column of columns) put(whole, column.split('_'), raw[column]);
  return Object.fromEntries(Object.entries(whole).map(([key, value]) => [key, numberedToLists(value)]));
}

/** What already stands at the path stays. */
function put(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let here = root;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(here, name) ? here[name] : undefined;
    if (next !== undefined && !isObject(next)) return;
    const child: Record<string, unknown> = isObject(next) ? { ...next } : {};
    here[name] = child;
    here = child;
  }
  const last = path.at(-1) ?? '';
  if (!Object.hasOwn(here, last)) here[last] = value;
}

function numberedToLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numberedToLists);
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key))) return Object.values(value).map(numberedToLists);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numberedToLists(item)]));
}
