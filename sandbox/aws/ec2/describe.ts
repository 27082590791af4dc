import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { globMatches } from '../iam/glob.ts';
import { pageOf } from '../paging.ts';
import type { Tag } from '../state/kinds.ts';

export const Filter = z.strictObject({ Name: z.string().min(1), Values: z.array(z.string()).max(200).default([]) });
export type Filters = ReadonlyArray<z.output<typeof Filter>>;

/** The members that every Describe call shares. */
export const DescribeMembers = {
  DryRun: z.boolean().optional(),
  Filters: z.array(Filter).max(200).default([]),
  MaxResults: z.number().int().min(5).max(1000).optional(),
  NextToken: z.string().min(1).optional(),
};

interface DescribeInput {
  readonly Filters: Filters;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** The values a record has under a filter's name. */
export type FilterTable<T> = Readonly<Record<string, (row: T) => readonly string[]>>;

/** Keeps the records that match every filter (one of its values each; `*` and `?` are wildcards). Throws InvalidParameterValue for a filter EC2 does not have. */
export function applyFilters<T extends { readonly Tags: readonly Tag[] }>(
  rows: readonly T[],
  filters: Filters,
  table: FilterTable<T>,
): T[] {
  return filters.reduce((kept, filter) => kept.filter((row) => matches(row, filter, table)), [...rows]);
}

function matches<T extends { readonly Tags: readonly Tag[] }>(
  row: T,
  filter: Filters[number],
  table: FilterTable<T>,
): boolean {
  const values = valuesOf(row, filter.Name, table);
  return filter.Values.some((wanted) => values.some((value) => globMatches(wanted, value)));
}

function valuesOf<T extends { readonly Tags: readonly Tag[] }>(
  row: T,
  name: string,
  table: FilterTable<T>,
): readonly string[] {
  if (name.startsWith('tag:')) return row.Tags.filter(({ Key }) => Key === name.slice(4)).map(({ Value }) => Value);
  if (name === 'tag-key') return row.Tags.map(({ Key }) => Key);
  const read = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!read) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return read(row);
}

/** One page of a Describe call, with its NextToken when there is more. */
export function describePage<T>(
  rows: readonly T[],
  input: DescribeInput,
): { items: readonly T[]; rest: { NextToken?: string } } {
  if (input.MaxResults === undefined && input.NextToken === undefined) return { items: rows, rest: {} };
  const { items, next } = pageOf(rows, input.MaxResults ?? 1000, input.NextToken, 'InvalidNextToken');
  return { items, rest: next === undefined ? {} : { NextToken: next } };
}

/** Picks records by id, in the order asked for. Throws the given code for an id that is malformed or not there. */
export function pickById<T>(
  rows: ReadonlyArray<readonly [string, T]>,
  ids: readonly string[] | undefined,
  code: string,
  noun: string,
): T[] {
  const all = new Map(rows);
  if (ids === undefined || ids.length === 0) return [...all.values()];
  return ids.map((id) => {
    const row = all.get(id);
    if (row === undefined) throw notFound(code, noun, id);
    return row;
  });
}

/** `InvalidGroup.NotFound` and its like; a text that is no id at all is `...Malformed`. */
export function notFound(code: string, noun: string, id: string): AwsError {
  if (!/^[a-z]+-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id))
    return new AwsError(code.replace(/NotFound$/, 'Malformed'), `Invalid id: "${id}"`);
  return new AwsError(code, `The ${noun} '${id}' does not exist`);
}

/** The tags of a record as EC2 lists them: left out when there are none. */
export function tagSet(tags: readonly Tag[]): { Tags?: readonly Tag[] } {
  return tags.length > 0 ? { Tags: tags } : {};
}
