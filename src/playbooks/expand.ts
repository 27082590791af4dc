import { PHASES } from '../domain/playbook.ts';
import type { YamlFile } from './yaml-file.ts';

/** A playbook file with its base template merged in, and the way back from a path in the result to the file and line that said it. */
export interface Expanded {
  readonly value: Readonly<Record<string, unknown>>;
  locate(path: readonly PropertyKey[]): { readonly file: string; readonly line: number; readonly field: string };
}

/**
 * Maps merge by key and the child wins; lists are replaced, but for the steps of a phase, which merge by id. Base steps that the child does not name
 * come first, then the child's in the child's order: naming a base step (`- id: lessons`) moves it to that place.
 */
export function expand(child: YamlFile, base: YamlFile | undefined): Expanded {
  const value = base === undefined ? child.value : mergePlaybook(base.value, child.value);
  return { value, locate: (path) => locate(value, child, base, path) };
}

type Map_ = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Map_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergePlaybook(base: Map_, child: Map_): Map_ {
  const merged = merge(base, child);
  const [basePhases, childPhases] = [base['phases'], child['phases']];
  if (!isMap(basePhases) || !isMap(childPhases)) return merged;
  const phases: Record<string, unknown> = { ...basePhases, ...childPhases };
  for (const phase of PHASES) {
    const [before, after] = [basePhases[phase], childPhases[phase]];
    if (Array.isArray(before) && Array.isArray(after)) phases[phase] = mergeSteps(before, after);
  }
  return { ...merged, phases };
}

function merge(base: Map_, child: Map_): Map_ {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(child)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
  }
  return merged;
}

function mergeSteps(base: readonly unknown[], child: readonly unknown[]): readonly unknown[] {
  const named = new Set(child.map(idOf));
  const before = new Map(base.map((step) => [idOf(step), step]));
  const kept = base.filter((step) => !named.has(idOf(step)));
  const own = child.map((step) => {
    const inherited = before.get(idOf(step));
    return isMap(inherited) && isMap(step) ? merge(inherited, step) : step;
  });
  return [...kept, ...own];
}

function idOf(step: unknown): unknown {
  return isMap(step) ? step['id'] : undefined;
}

function locate(value: Map_, child: YamlFile, base: YamlFile | undefined, path: readonly PropertyKey[]) {
  const id = stepIdAt(value, path);
  const field = path.map((part, index) => (index === 2 && id !== undefined ? id : String(part))).join('.');
  const own = inFile(child, path, id);
  if (base === undefined || child.has(own) || !base.has(inFile(base, path, id)))
    return { file: child.file, line: child.lineOf(own), field };
  return { file: base.file, line: base.lineOf(inFile(base, path, id)), field };
}

function stepIdAt(value: Map_, [root, phase, index]: readonly PropertyKey[]): string | undefined {
  if (root !== 'phases' || typeof phase !== 'string' || typeof index !== 'number') return undefined;
  const phases = value['phases'];
  const steps = isMap(phases) ? phases[phase] : undefined;
  const id = Array.isArray(steps) ? idOf(steps[index]) : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** The same step may stand at another index in the file than in the merged list. */
function inFile(file: YamlFile, path: readonly PropertyKey[], id: string | undefined): readonly PropertyKey[] {
  if (id === undefined) return path;
  const [, phase] = path;
  const phases = file.value['phases'];
  const steps = isMap(phases) && typeof phase === 'string' ? phases[phase] : undefined;
  const index = Array.isArray(steps) ? steps.findIndex((step) => idOf(step) === id) : -1;
  return index === -1 ? ['phases', String(phase), -1] : ['phases', String(phase), index, ...path.slice(3)];
}
