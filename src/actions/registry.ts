import type { Action } from './action.ts';

/** Looks actions up by id; `list` is in the order of their ids. */
export interface Registry {
  get(id: string): Action | undefined;
  list(): readonly Action[];
}

export function registryOf(actions: readonly Action[]): Registry {
  const sorted = [...actions].sort((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map(sorted.map((action) => [action.id, action]));
  return { get: (id) => byId.get(id), list: () => sorted };
}
