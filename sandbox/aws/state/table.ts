import { isDeepStrictEqual } from 'node:util';

/**
 * The resources of one kind in one account and Region. Records are frozen: a change is a `put` of a new record, so a copy of the whole state is
 * cheap, and whether anything really changed is known.
 */
export class Table<T> {
  private readonly rows: Map<string, T>;
  private readonly onChange: () => void;

  /** `onChange` is called for every put or delete that made a difference. */
  constructor(onChange: () => void, rows: ReadonlyMap<string, T> = new Map()) {
    this.rows = new Map(rows);
    this.onChange = onChange;
  }

  get(id: string): T | undefined {
    return this.rows.get(id);
  }

  list(): T[] {
    return [...this.rows.values()];
  }

  entries(): Array<[string, T]> {
    return [...this.rows];
  }

  put(id: string, row: T): T {
    if (isDeepStrictEqual(this.rows.get(id), row)) return row;
    this.rows.set(id, deepFreeze(row));
    this.onChange();
    return row;
  }

  delete(id: string): void {
    if (this.rows.delete(id)) this.onChange();
  }

  /** A copy that changes on its own. */
  fork(onChange: () => void): Table<T> {
    return new Table(onChange, this.rows);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}
