import { z } from 'zod';
import { rdsArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Need, resourceTagKeys } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { DbInstance, DbSnapshot, Tag } from '../state/kinds.ts';
import type { Table } from '../state/table.ts';

/** The kinds of RDS records, with their ARN type. */
export const ARN_TYPES = {
  'db-instances': 'db',
  'db-snapshots': 'snapshot',
  'db-cluster-snapshots': 'cluster-snapshot',
} as const;
export type RdsKind = keyof typeof ARN_TYPES;
export type SnapshotKind = Exclude<RdsKind, 'db-instances'>;

/** RDS's paging members. */
export const Paging = { Marker: z.string().optional(), MaxRecords: z.number().int().min(20).max(100).default(100) };

/** The page of a list as RDS answers it. */
export function rdsPage<T>(
  all: readonly T[],
  input: { readonly Marker?: string | undefined; readonly MaxRecords: number },
): { items: readonly T[]; rest: { Marker?: string } } {
  const { items, next } = pageOf(all, input.MaxRecords, input.Marker, 'InvalidParameterValue');
  return { items, rest: next === undefined ? {} : { Marker: next } };
}

/** Filters by name; one of the values of each must match. */
export const Filters = z
  .array(z.strictObject({ Name: z.string(), Values: z.array(z.string()).min(1) }))
  .max(20)
  .default([]);

/** Keeps what every filter lets through. Throws InvalidParameterValue for a filter that the call does not have. */
export function filtered<T>(
  rows: readonly T[],
  filters: z.output<typeof Filters>,
  table: Readonly<Record<string, (row: T) => string | undefined>>,
): T[] {
  return filters.reduce(
    (kept, { Name, Values }) => {
      const read = Object.hasOwn(table, Name) ? table[Name] : undefined;
      if (!read) throw new AwsError('InvalidParameterValue', `Unrecognized filter name: ${Name}`);
      return kept.filter((row) => Values.some((value) => value.toLowerCase() === read(row)));
    },
    [...rows],
  );
}

/** RDS keeps identifiers in lower case and takes the ARN of a thing in place of its identifier. */
export function bareId(kind: RdsKind, text: string): string {
  const [, after] = text.split(`:${ARN_TYPES[kind]}:`);
  return (text.startsWith('arn:') ? (after ?? text) : text).toLowerCase();
}

/** The codes of RDS for what is not there; two of the three lack the ending that the third has. */
const NOT_FOUND: Readonly<Record<RdsKind, readonly [code: string, noun: string]>> = {
  'db-instances': ['DBInstanceNotFound', 'DBInstance'],
  'db-snapshots': ['DBSnapshotNotFound', 'DBSnapshot'],
  'db-cluster-snapshots': ['DBClusterSnapshotNotFoundFault', 'DBClusterSnapshot'],
};

export function notFound(kind: RdsKind, named: string): AwsError {
  const [code, noun] = NOT_FOUND[kind];
  return new AwsError(code, `${noun} ${named} not found.`, { status: 404 });
}

export function instanceRows(call: Call): Table<DbInstance> {
  return call.state.table('db-instances', call.account, call.region);
}

export function snapshotRows(call: Call, kind: SnapshotKind): Table<DbSnapshot> {
  return call.state.table(kind, call.account, call.region);
}

/** The tags of a record, whatever its kind; none when it is not there. */
function tagsOf(call: Call, kind: RdsKind, id: string): readonly Tag[] {
  return call.state.table(kind, call.account, call.region).get(id)?.Tags ?? [];
}

/** What a call on one thing needs, or on all of its kind when it names none: the action on its ARN, with its tags as condition keys. */
export function rdsNeed(call: Call, action: string, kind: RdsKind, named: string | undefined): Need {
  const id = named === undefined ? '*' : bareId(kind, named);
  return {
    action: `rds:${action}`,
    resource: rdsArn(call.region, call.account, ARN_TYPES[kind], id),
    keys: resourceTagKeys(tagsOf(call, kind, id)),
  };
}
