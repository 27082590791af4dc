import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { AwsCallError, CordonError } from '../domain/errors.ts';
import {
  ACCOUNT_STATES,
  type OrganizationAccount,
  type OrganizationalUnit,
  type OrganizationList,
} from '../domain/organization.ts';
import type { Meter, OrganizationReader } from '../ports.ts';
import { clientConfig } from './client.ts';
import { counted } from './counted.ts';
import type { Credentials } from './credentials.ts';
import { toAwsCallError } from './errors.ts';
import { checkEndpoint, openHttp } from './http.ts';

/** The most that AWS gives on a page. */
const PAGE = 20;
/** Organizations takes few calls, and one at a time: each waits for the one before and a little longer, and what is told to slow down waits longer each time. */
const BETWEEN_MS = 25;
const FIRST_REST_MS = 500;
const ATTEMPTS = 7;
/** More pages than this is no organization but a token that leads in a circle. */
const MAX_PAGES = 1_000;

export interface OrganizationOptions {
  readonly region: string;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly endpoint?: string | undefined;
  /** Cordon's own; the SDK's usual chain when not given. */
  readonly credentials?: Credentials | undefined;
  readonly http?: NodeHttpHandler | undefined;
  readonly meter?: Meter | undefined;
}

/** Reads AWS Organizations as Cordon's own role, from the security account, which must be a delegated administrator of some service. */
export function openOrganization(options: OrganizationOptions): OrganizationReader & { close(): void } {
  checkEndpoint(options.endpoint);
  const http = options.http ?? openHttp({ maxSockets: 1 });
  const client = new OrganizationsClient({ ...clientConfig({ ...options, http, kind: 'reads' }), maxAttempts: 1 });
  let before: Promise<unknown> = Promise.resolve();
  return {
    /** Two at once would overlap, so the second waits for the first. */
    list(ask) {
      const reading = before.then(() => list({ client, pause: options.pause, meter: options.meter }, ask));
      before = reading.catch(() => undefined);
      return reading;
    },
    close: () => {
      client.destroy();
      if (options.http === undefined) http.destroy();
    },
  };
}

interface Bench {
  readonly client: OrganizationsClient;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly meter: Meter | undefined;
}

async function list(bench: Bench, ask: Parameters<OrganizationReader['list']>[0]): Promise<OrganizationList> {
  const { Organization } = await gently(bench, 'DescribeOrganization', () =>
    bench.client.send(new DescribeOrganizationCommand({})),
  );
  const managementId = Organization?.MasterAccountId;
  if (managementId === undefined) throw unusable('it does not say which account is the management account');
  const found = await everyAccount(bench);
  const units = await unitsOfAccounts(bench);
  const accounts: OrganizationAccount[] = [];
  for (const { id, name, state } of found) {
    const bare = { id, name, state, units: units.get(id) ?? [], tags: {} };
    accounts.push(ask.wanted(bare) ? { ...bare, tags: await tagsOf(bench, id, ask.tags) } : bare);
  }
  return { managementId, accounts: accounts.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

type Found = Pick<OrganizationAccount, 'id' | 'name' | 'state'>;

/** `State` is read and never `Status`, which AWS retired in September 2026. */
async function everyAccount(bench: Bench): Promise<readonly Found[]> {
  const pages = await everyPage(bench, 'ListAccounts', (NextToken) =>
    bench.client.send(new ListAccountsCommand({ MaxResults: PAGE, NextToken })),
  );
  return pages.flatMap(({ Accounts = [] }) =>
    Accounts.flatMap(({ Id, Name = '', State }) =>
      Id === undefined
        ? []
        : [{ id: Id, name: Name, state: ACCOUNT_STATES.find((state) => state === State) ?? 'UNKNOWN' }],
    ),
  );
}

/** From the root down, which takes two calls a unit, where asking each account for its parents would take one or more an account. */
async function unitsOfAccounts(bench: Bench): Promise<ReadonlyMap<string, readonly OrganizationalUnit[]>> {
  const roots = await everyPage(bench, 'ListRoots', (NextToken) =>
    bench.client.send(new ListRootsCommand({ NextToken })),
  );
  const found = new Map<string, readonly OrganizationalUnit[]>();
  const open = roots.flatMap(({ Roots = [] }) => Roots.flatMap(({ Id, Name }) => pathTo([], Id, Name)));
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const ParentId = path.at(-1)?.id;
    for (const { Accounts = [] } of await everyPage(bench, 'ListAccountsForParent', (NextToken) =>
      bench.client.send(new ListAccountsForParentCommand({ ParentId, MaxResults: PAGE, NextToken })),
    )) {
      for (const { Id } of Accounts) if (Id !== undefined) found.set(Id, path);
    }
    const above = path;
    for (const { OrganizationalUnits = [] } of await everyPage(bench, 'ListOrganizationalUnitsForParent', (NextToken) =>
      bench.client.send(new ListOrganizationalUnitsForParentCommand({ ParentId, MaxResults: PAGE, NextToken })),
    )) {
      open.push(...OrganizationalUnits.flatMap(({ Id, Name }) => pathTo(above, Id, Name)));
    }
  }
  return found;
}

function pathTo(above: readonly OrganizationalUnit[], id: string | undefined, name = ''): OrganizationalUnit[][] {
  return id === undefined ? [] : [[...above, { id, name }]];
}

async function tagsOf(bench: Bench, ResourceId: string, keys: readonly string[]): Promise<OrganizationAccount['tags']> {
  if (keys.length === 0) return {};
  const pages = await everyPage(bench, 'ListTagsForResource', (NextToken) =>
    bench.client.send(new ListTagsForResourceCommand({ ResourceId, NextToken })),
  );
  const wanted = pages.flatMap(({ Tags = [] }) =>
    Tags.flatMap(({ Key, Value }) =>
      Key !== undefined && Value !== undefined && keys.includes(Key) ? [[Key, Value] as const] : [],
    ),
  );
  return Object.fromEntries(wanted);
}

interface Page {
  readonly NextToken?: string | undefined;
}

/** All pages: an empty one may be followed by others, so only the missing token ends the list. */
async function everyPage<T extends Page>(
  bench: Bench,
  operation: string,
  ask: (token: string | undefined) => Promise<T>,
): Promise<readonly T[]> {
  const pages: T[] = [];
  let token: string | undefined;
  do {
    const page: T = await gently(bench, operation, () => ask(token));
    pages.push(page);
    if (pages.length > MAX_PAGES) throw unusable(`organizations:${operation} gives pages without end`);
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return pages;
}

/** One call, after a short rest; again, after ever longer ones, when AWS is busy with another or does not answer. Throws AwsCallError. */
async function gently<T>({ pause, meter }: Bench, operation: string, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await pause(BETWEEN_MS);
    try {
      return await counted(meter, { service: 'organizations', operation }, call);
    } catch (thrown) {
      const error = explained(toAwsCallError(thrown, { service: 'organizations', operation }));
      if (!error.retry || attempt >= ATTEMPTS) throw error;
      await pause(FIRST_REST_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}

function explained(error: AwsCallError): AwsCallError {
  if (error.awsCode !== 'AccessDenied') return error;
  return new AwsCallError(error.awsCode, error.message, {
    hint: 'Deploy the newest infra/hub.json, and make the security account a delegated administrator of a service such as GuardDuty; or set organization.discover to false.',
    cause: error,
    ...(error.status === undefined ? {} : { status: error.status }),
  });
}

function unusable(why: string): CordonError {
  return new CordonError('organization_unreadable', `AWS Organizations cannot be read: ${why}.`, {
    hint: 'The accounts stay as they were read last. List accounts in cordon.yaml if it goes on.',
  });
}
