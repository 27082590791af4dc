import { type Account, accountLabel, leftOutText } from '../domain/account.ts';
import { AwsCallError, CordonError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { AccountHealth, ActRequest, AwsReader, AwsSessions, AwsWriter, HealthNote, RoleChecks } from '../ports.ts';
import { openSts, type Session } from './assume-role.ts';
import { AssumeRoleError } from './assume-role-cause.ts';
import type { Bench, Open, SessionsOptions } from './bench.ts';
import { lookAtAccount } from './check-account.ts';
import { ServiceClients } from './client.ts';
import { isDenied, isExpired, isOfOrganization } from './errors.ts';
import { externalIdOf } from './external-id.ts';
import { checkEndpoint, openHttp } from './http.ts';
import { refuseRegionOff } from './member-regions.ts';
import { partitionOf } from './regions.ts';
import { roleArn } from './role-arn.ts';
import { refuseResting, roleTrouble } from './role-trouble.ts';
import { refuseSelf } from './self-guard.ts';
import { SessionCache } from './session-cache.ts';
import { sessionPolicy } from './session-policy.ts';

/** Sessions made from a session last an hour at most, so never ask for more. */
const READ_SECONDS = 3_600;
/** The shortest that STS makes. */
const ACT_SECONDS = 900;
const MAX_SESSIONS = 500;
/** STS fails at 100; from here on an operator should know. */
const PACKED_WARNING = 80;
const SOURCE_OF_READS = 'cordon-read';
/** The states that a session that was given disproves. */
const CANNOT_ENTER: readonly AccountHealth['state'][] = ['no-role', 'trust', 'external-id', 'suspended'];

export interface Sessions extends AwsSessions, RoleChecks {
  close(): void;
}

/** The names under which a role is tried without anything to do with it: the act role's trust wants a run of that form. */
const CHECK = { incidentId: 'INC-0000-0000', runId: 'RUN-CHECK000', approvers: ['check'] } as const;

/** Sessions in member accounts: a cached one to read with, and a fresh one for each plan to act with. */
export function openSessions(options: SessionsOptions): Sessions {
  checkEndpoint(options.endpoint);
  const http = options.http ?? openHttp();
  const sts = openSts({
    region: options.hubRegion,
    http,
    endpoint: options.endpoint,
    credentials: options.credentials,
    meter: options.meter,
  });
  const cache = new SessionCache<Open>({ limit: MAX_SESSIONS, now: Date.now });
  const bench: Bench = { options, sts, http, cache };
  return {
    read: (accountId, region) => read(bench, accountId, region),
    act: (request) => act(bench, request),
    check: (accountId, now) => check(bench, accountId, now),
    close: () => {
      if (options.http === undefined) http.destroy();
    },
  };
}

/* ------------------------------------------------------------------- read */

async function read(bench: Bench, accountId: string, region: string): Promise<AwsReader> {
  const settings = await bench.options.settings.current();
  const account = listed(settings, accountId, region);
  const rows = await healthOf(bench, accountId);
  const key = keyOf(settings, accountId);
  const session = () => bench.cache.get(key, () => openRead(bench, settings, account, rows));
  const first = await session();
  await refuseRegionOff(bench, account, region, rows, first, clientsOf(bench, first, bench.options.hubRegion));
  return {
    accountId,
    region,
    partition: settings.aws.partition,
    async send(call) {
      const open = await session();
      try {
        return (await clientsOf(bench, open, region).send(call)).output;
      } catch (error) {
        if (!(error instanceof AwsCallError && isExpired(error))) throw error;
        bench.cache.forget(key, open);
        return (await clientsOf(bench, await session(), region).send(call)).output;
      }
    },
  };
}

function keyOf(settings: Settings, accountId: string): string {
  return `${settings.aws.partition}/${accountId}/${settings.aws.readRole}`;
}

async function healthOf(bench: Bench, accountId: string): Promise<readonly AccountHealth[]> {
  return (await bench.options.health?.ofAccount(accountId)) ?? [];
}

async function openRead(
  bench: Bench,
  settings: Settings,
  account: Account,
  rows: readonly AccountHealth[],
): Promise<Open> {
  refuseResting(rows, 'read');
  try {
    const session = await bench.sts.assume({
      RoleArn: roleArn(settings, account.id, settings.aws.readRole),
      RoleSessionName: SOURCE_OF_READS,
      SourceIdentity: SOURCE_OF_READS,
      ExternalId: externalIdOf(account, bench.options.secret),
      DurationSeconds: READ_SECONDS,
    });
    await keepRecovery(bench, rows, 'read');
    return { ...session, clients: new Map() };
  } catch (error) {
    throw await roleTrouble(bench, error, settings, account, 'read');
  }
}

/** A role that could not be assumed before and now can: known at once, not only at the next look. */
async function keepRecovery(
  bench: Bench,
  rows: readonly AccountHealth[],
  purpose: AccountHealth['purpose'],
): Promise<void> {
  const row = rows.find((one) => one.purpose === purpose);
  if (row === undefined || !CANNOT_ENTER.includes(row.state)) return;
  const detail = 'Assumed again.';
  await bench.options.health?.put({ accountId: row.accountId, purpose, state: 'ok', detail, hint: '' });
}

function clientsOf(bench: Bench, open: Open, region: string): ServiceClients {
  const held = open.clients.get(region);
  if (held !== undefined) return held;
  const { credentials } = open;
  const clients = new ServiceClients({
    region,
    credentials,
    http: bench.http,
    kind: 'reads',
    endpoint: bench.options.endpoint,
    meter: bench.options.meter,
  });
  open.clients.set(region, clients);
  return clients;
}

/* -------------------------------------------------------------------- act */

async function act(bench: Bench, request: ActRequest): Promise<AwsWriter> {
  const settings = await bench.options.settings.current();
  const account = listed(settings, request.accountId, request.region);
  refuseObserved(account);
  refuseSelf(request, bench.options.self);
  const rows = await healthOf(bench, account.id);
  refuseResting(
    rows.filter((row) => CANNOT_ENTER.includes(row.state)),
    'read',
  );
  refuseResting(rows, 'act');
  const { credentials } = await enterToAct(bench, settings, account, request, rows);
  const clients = new ServiceClients({
    region: request.region,
    credentials,
    http: bench.http,
    kind: 'writes',
    endpoint: bench.options.endpoint,
    meter: bench.options.meter,
  });
  return { accountId: account.id, region: request.region, send: (call) => clients.send(call) };
}

async function enterToAct(
  bench: Bench,
  settings: Settings,
  account: Account,
  request: ActRequest,
  rows: readonly AccountHealth[],
): Promise<Session> {
  const session = await openAct(bench, settings, account, {
    RoleSessionName: request.incidentId,
    SourceIdentity: request.runId,
    Tags: sessionTags(request),
    Policy: sessionPolicy(request.statements, request.region),
  });
  warnOfSize(bench, session, request);
  await checkAccount(bench, session, account);
  await keepRecovery(bench, rows, 'act');
  return session;
}

interface ActSession {
  readonly RoleSessionName: string;
  readonly SourceIdentity: string;
  readonly Tags: { Key: string; Value: string }[];
  readonly Policy: string;
}

async function openAct(bench: Bench, settings: Settings, account: Account, session: ActSession): Promise<Session> {
  try {
    return await bench.sts.assume({
      RoleArn: roleArn(settings, account.id, settings.aws.actRole),
      ExternalId: externalIdOf(account, bench.options.secret),
      DurationSeconds: ACT_SECONDS,
      ...session,
    });
  } catch (error) {
    throw await actTrouble(bench, error, settings, account);
  }
}

/** The read role comes from the same stack: when it cannot be assumed either, its cause is the account's, and is what is told of both. */
async function actTrouble(bench: Bench, error: unknown, settings: Settings, account: Account): Promise<unknown> {
  if (error instanceof AwsCallError && isDenied(error) && !isOfOrganization(error)) {
    try {
      await read(bench, account.id, bench.options.hubRegion);
    } catch (readError) {
      if (readError instanceof AssumeRoleError) return readError;
    }
  }
  return roleTrouble(bench, error, settings, account, 'act');
}

/** Tag values know no comma; what does not fit in 256 characters is counted. */
function sessionTags(request: ActRequest): { Key: string; Value: string }[] {
  return [
    { Key: 'cordon:incident', Value: request.incidentId },
    { Key: 'cordon:run', Value: request.runId },
    { Key: 'cordon:approvers', Value: fitted(request.approvers.map((id) => id.replace(/[^\w.:/=+@-]/g, '_'))) },
  ];
}

function fitted(ids: readonly string[]): string {
  const whole = ids.join(' ');
  if (whole.length <= 256) return whole;
  let shown = 0;
  while (`${ids.slice(0, shown + 1).join(' ')} +${ids.length - shown - 1}`.length <= 256) shown += 1;
  return `${ids.slice(0, shown).join(' ')} +${ids.length - shown}`;
}

function warnOfSize(bench: Bench, session: Session, request: ActRequest): void {
  const percent = session.packedPolicySize ?? 0;
  if (percent >= PACKED_WARNING)
    bench.options.log.warn({ runId: request.runId, percent }, 'the session policy and tags nearly fill what AWS takes');
}

/** Before the session is handed out: it must be of the account that people approved. */
async function checkAccount(bench: Bench, session: Session, account: Account): Promise<void> {
  const actual = await bench.sts.accountOf(session.credentials);
  if (actual === account.id) return;
  throw new CordonError(
    'wrong_account',
    `The act session is of account ${actual ?? 'unknown'}, not of ${accountLabel(account, account.id)}.`,
    {
      hint: 'Nothing was sent. Check the role ARNs and where the roles were deployed.',
    },
  );
}

/* ------------------------------------------------------------------ checks */

/** A look of its own: the session is a new one, and takes the place of the one that is held, so that a role that is gone shows at once. */
async function check(bench: Bench, accountId: string, now: boolean): Promise<readonly HealthNote[]> {
  const settings = await bench.options.settings.current();
  const { hubRegion } = bench.options;
  const account = listed(settings, accountId, hubRegion);
  const found = await healthOf(bench, accountId);
  const rows = now ? found.map((row) => ({ ...row, restsUntil: null })) : found;
  return lookAtAccount(account, rows, {
    hubRegion,
    async enter() {
      const key = keyOf(settings, accountId);
      const open = await bench.cache.renew(key, () => openRead(bench, settings, account, rows), isPassing);
      return { clientsIn: (region) => checkingClients(bench, open, region) };
    },
    async act() {
      const statements = [{ actions: ['sts:GetCallerIdentity'], resources: ['*'] }];
      await enterToAct(bench, settings, account, { ...CHECK, accountId, region: hubRegion, statements }, rows);
    },
  });
}

function isPassing(error: unknown): boolean {
  return error instanceof AwsCallError && error.retry;
}

/** With two attempts, where reads have three: a sick account is asked three times in all, the assuming included. */
function checkingClients(bench: Bench, { credentials }: Open, region: string): ServiceClients {
  return new ServiceClients({
    region,
    credentials,
    http: bench.http,
    kind: 'checks',
    meter: bench.options.meter,
    endpoint: bench.options.endpoint,
  });
}

/* ------------------------------------------------------------------ shared */

/** Only accounts of the settings are ever asked for: an account id from a finding reaches no further than this. */
function listed(settings: Settings, accountId: string, region: string): Account {
  const account = settings.accounts.find((candidate) => candidate.id === accountId);
  if (account === undefined) throw notListed(settings, accountId);
  if (partitionOf(region) !== settings.aws.partition) {
    throw new CordonError(
      'other_partition',
      `The Region ${region} is not in the partition ${settings.aws.partition}.`,
      { hint: 'Sessions never cross partitions: run one deployment of Cordon in each.' },
    );
  }
  return account;
}

function notListed(settings: Settings, accountId: string): CordonError {
  const out = settings.leftOut.find((one) => one.account.id === accountId);
  if (out !== undefined) {
    const name = accountLabel(out.account, accountId);
    return new CordonError('account_left_out', `${name} is ${leftOutText(out)}; Cordon does not enter it.`, {
      hint: 'Do the step by hand, or change organization in cordon.yaml.',
    });
  }
  return new CordonError('account_not_listed', `Account ${accountId} is not in cordon.yaml.`, {
    hint: 'Add it under accounts, deploy infra/member-role.json to it, and try again.',
  });
}

function refuseObserved(account: Account): void {
  if (account.act && !account.management) return;
  const why = account.management ? 'is the management account' : 'is set to observe only (act: false)';
  throw new CordonError(
    'account_observed_only',
    `${accountLabel(account, account.id)} ${why}; Cordon changes nothing in it.`,
    { hint: 'Do the step by hand.' },
  );
}
