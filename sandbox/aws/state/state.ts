import type { KindName, Kinds } from './kinds.ts';
import { Table } from './table.ts';

/** The Region under which IAM users, roles and buckets are kept. */
export const GLOBAL = 'global';

type Tables = { [K in KindName]: Map<string, Table<Kinds[K]>> };

function emptyTables(): Tables {
  return {
    users: new Map(),
    'access-keys': new Map(),
    roles: new Map(),
    'managed-policies': new Map(),
    buckets: new Map(),
    instances: new Map(),
    'network-interfaces': new Map(),
    'security-groups': new Map(),
    'security-group-rules': new Map(),
    volumes: new Map(),
    snapshots: new Map(),
    vpcs: new Map(),
    subnets: new Map(),
    'db-instances': new Map(),
    'db-snapshots': new Map(),
    'db-cluster-snapshots': new Map(),
    trails: new Map(),
    functions: new Map(),
    'event-source-mappings': new Map(),
    detectors: new Map(),
    'guardduty-findings': new Map(),
    'hub-findings': new Map(),
    'organization-accounts': new Map(),
    'organizational-units': new Map(),
    'organization-policies': new Map(),
  };
}

/** All kind names, in the order in which they are listed. */
export const KIND_NAMES: readonly string[] = Object.keys(emptyTables());

export function isKindName(name: string): name is KindName {
  return KIND_NAMES.includes(name);
}

const GLOBAL_KINDS: readonly KindName[] = [
  'users',
  'access-keys',
  'roles',
  'managed-policies',
  'buckets',
  'organization-accounts',
  'organizational-units',
  'organization-policies',
];

/** The Region under which a kind is kept, for callers that name one for IAM and S3 records too. */
export function regionFor(kind: KindName, region: string): string {
  return GLOBAL_KINDS.includes(kind) ? GLOBAL : region;
}

/** Everything that exists in the organisation. */
export class State {
  private readonly tables: Tables = emptyTables();
  private count = 0;

  /** How many changes have made a difference so far; compare before and after a call to know its effect. */
  get changes(): number {
    return this.count;
  }

  /** The records of one kind in one account and Region; global kinds need no Region. */
  table<K extends KindName>(kind: K, account: string, region: string = GLOBAL): Table<Kinds[K]> {
    const key = `${account}/${region}`;
    const tables: Map<string, Table<Kinds[K]>> = this.tables[kind];
    const found = tables.get(key) ?? new Table<Kinds[K]>(this.bump);
    tables.set(key, found);
    return found;
  }

  /** The records of one kind in all accounts and Regions, each with where it lives. */
  everywhere<K extends KindName>(kind: K): Array<{ account: string; region: string; row: Kinds[K] }> {
    const tables: Map<string, Table<Kinds[K]>> = this.tables[kind];
    return [...tables].flatMap(([key, table]) => {
      const [account = '', region = ''] = key.split('/');
      return table.list().map((row) => ({ account, region, row }));
    });
  }

  /** A copy that changes on its own: what reads see while the truth is withheld, and where an ignored write goes. */
  fork(): State {
    const copy = new State();
    copyTables(this.tables, copy.tables, copy.bump);
    return copy;
  }

  private readonly bump = (): void => {
    this.count += 1;
  };
}

function copyTables(from: Tables, to: Tables, onChange: () => void): void {
  const copyKind = <K extends KindName>(kind: K): void => {
    const source: Map<string, Table<Kinds[K]>> = from[kind];
    const target: Map<string, Table<Kinds[K]>> = to[kind];
    for (const [key, table] of source) target.set(key, table.fork(onChange));
  };
  for (const kind of KIND_NAMES) if (isKindName(kind)) copyKind(kind);
}
