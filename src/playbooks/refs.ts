import type { Json, JsonObject } from '../domain/json.ts';
import { type ParamValue, PROTOTYPE_NAMES, type Ref, type Step } from '../domain/playbook.ts';

/** What refs and conditions may reach; a root that is not given is as good as empty. */
export interface RefContext {
  readonly finding?: object | undefined;
  readonly entity?: object | undefined;
  readonly account?: object | undefined;
  readonly incident?: object | undefined;
  readonly params?: object | undefined;
  /** `{<step id>: {out: {...}}}`. */
  readonly steps?: object | undefined;
}

export type LookUp = { readonly found: true; readonly value: unknown } | { readonly found: false };

/** The value at a safe path (`entity.accessKey.id`, `finding.resources[0].type`). Own properties only: a name that a prototype has leads nowhere. */
export function lookUp(path: string, context: RefContext): LookUp {
  const [root = '', ...parts] = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  let here: unknown = isRoot(root) ? context[root] : undefined;
  for (const part of parts) {
    if (typeof here !== 'object' || here === null || PROTOTYPE_NAMES.includes(part) || !Object.hasOwn(here, part))
      return { found: false };
    here = Reflect.get(here, part);
  }
  return here === undefined || here === null ? { found: false } : { found: true, value: here };
}

const ROOTS: readonly string[] = [
  'finding',
  'entity',
  'account',
  'incident',
  'params',
  'steps',
] satisfies readonly (keyof RefContext)[];

function isRoot(name: string): name is keyof RefContext {
  return ROOTS.includes(name);
}

export function isRef(value: ParamValue): value is Ref {
  return typeof value === 'object' && !Array.isArray(value);
}

export type ResolvedParams =
  | { readonly ok: true; readonly params: JsonObject }
  | { readonly ok: false; readonly missing: readonly string[] };

/** A step's parameters with every ref replaced by what it leads to: texts, numbers, booleans or lists of them. `missing` lists the paths that lead nowhere. */
export function resolveParams(step: Step, context: RefContext): ResolvedParams {
  const params: Record<string, Json> = {};
  const missing: string[] = [];
  for (const [name, value] of Object.entries(step.action?.params ?? {})) {
    const resolved = isRef(value) ? scalarAt(value.ref, context) : value;
    if (resolved === undefined) missing.push(isRef(value) ? value.ref : name);
    else params[name] = resolved;
  }
  return missing.length > 0 ? { ok: false, missing } : { ok: true, params };
}

function scalarAt(path: string, context: RefContext): Json | undefined {
  const found = lookUp(path, context);
  if (!found.found) return undefined;
  if (isScalar(found.value)) return found.value;
  return Array.isArray(found.value) && found.value.every(isScalar) ? found.value : undefined;
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
