import { isTree, type Tree } from '../wire/schemas.ts';
import type { KindName, Kinds } from './kinds.ts';
import type { State } from './state.ts';

/** Members that a record of a kind may lack, and that a patch may therefore add or (with null) take away. */
const OPTIONAL: Readonly<Partial<Record<KindName, readonly string[]>>> = {
  'access-keys': ['LastUsed'],
  roles: ['PermissionsBoundary'],
  buckets: ['PublicAccessBlock', 'Policy', 'Website', 'ObjectOwnership'],
  instances: ['KeyName', 'IamInstanceProfile', 'UserData'],
  'network-interfaces': ['PublicIp', 'Attachment'],
  'security-group-rules': ['CidrIpv4', 'CidrIpv6', 'PrefixListId', 'ReferencedGroupId', 'Description'],
  volumes: ['Attachment'],
  snapshots: ['SharedWith'],
  'db-instances': ['DBClusterIdentifier', 'Applying'],
  trails: ['AdvancedEventSelectors', 'StopLoggingTime', 'LatestDeliveryTime', 'LatestDeliveryError'],
  functions: ['Environment', 'ReservedConcurrentExecutions', 'Policy', 'Url'],
};

/** What a patch would do, or why it cannot. */
export type PatchResult =
  | { readonly ok: true; readonly row: unknown }
  | { readonly ok: false; readonly problem: string };

/** Changes members of one record behind everybody's back. A member must exist, or be one that may be missing; its type must stay the same. */
export function patchState<K extends KindName>(
  state: State,
  kind: K,
  account: string,
  region: string,
  id: string,
  fields: Tree,
): PatchResult {
  const table = state.table(kind, account, region);
  const row = table.get(id);
  if (row === undefined) return { ok: false, problem: `there is no ${kind} ${id} in ${account} ${region}` };
  const optional = OPTIONAL[kind] ?? [];
  const problem = Object.entries(fields)
    .map(([key, value]) => problemOf(row, key, value, optional))
    .find((text) => text !== undefined);
  if (problem !== undefined) return { ok: false, problem };
  const patched = apply(row, fields);
  return { ok: true, row: table.put(id, patched) };
}

function problemOf(row: object, key: string, value: unknown, optional: readonly string[]): string | undefined {
  const mayLack = optional.includes(key);
  const present: unknown = Object.entries(row).find(([name]) => name === key)?.[1];
  if (value === null) return mayLack ? undefined : `${key} cannot be taken away`;
  if (present === undefined) return mayLack ? undefined : `there is no member ${key}`;
  return typeName(present) === typeName(value)
    ? undefined
    : `${key} is a ${typeName(present)}, not a ${typeName(value)}`;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return isTree(value) ? 'object' : typeof value;
}

/** The checks above are what makes the result a record of its kind again. */
function apply<T extends Kinds[KindName]>(row: T, fields: Tree): T {
  const patched = { ...row };
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) Reflect.deleteProperty(patched, key);
    else Reflect.set(patched, key, value);
  }
  return patched;
}
