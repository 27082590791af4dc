import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Account, accountLabel } from '../domain/account.ts';
import { AwsCallError, CordonError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type {
  AccountHealth,
  ActRequest,
  AwsReader,
  AwsSessions,
  AwsWriter,
  Log,
  Meter,
  SelfIdentity,
  SettingsSource,
} from '../ports.ts';
import type { Secret } from '../secret.ts';
import { openSts, type Session, type Sts } from './assume-role.ts';
import { AssumeRoleError, causeOf } from './assume-role-cause.ts';
import { ServiceClients } from './client.ts';
import type { Credentials } from './credentials.ts';
import { isExpired } from './errors.ts';
import { externalIdOf } from './external-id.ts';
import { checkEndpoint, openHttp } from './http.ts';
import { partitionOf } from './regions.ts';
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

export interface SessionsOptions {
  readonly settings: SettingsSource;
  readonly self: SelfIdentity;
  /** Region of STS: one that is enabled everywhere, where Cordon runs. */
  readonly hubRegion: string;
  /** The deployment's secret, from which each ExternalId is made. */
  readonly secret: Secret;
  readonly log: Log;
  /** Simulators only; AWS's own endpoints when not given. */
  readonly endpoint?: string | undefined;
  /** Cordon's own credentials; the SDK's usual chain when not given. */
  readonly credentials?: Credentials | undefined;
  /** Shared with the other clients of the process; one is opened when not given. */
  readonly http?: NodeHttpHandler | undefined;
  readonly meter?: Meter | undefined;
}

export interface Sessions extends AwsSessions {
  close(): void;
}

interface Bench {
  readonly options: SessionsOptions;
  readonly sts: Sts;
  readonly http: NodeHttpHandler;
  readonly cache: SessionCache<Open>;
}

/** A read session with its clients, by Region. */
interface Open extends Session {
  readonly clients: Map<string, ServiceClients>;
}

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
    close: () => {
      if (options.http === undefined) http.destroy();
    },
  };
}

/* ------------------------------------------------------------------- read */

async function read(bench: Bench, accountId: string, region: string): Promise<AwsReader> {
  const settings = await bench.options.settings.current();
  const account = listed(settings, accountId, region);
  const key = `${settings.aws.partition}/${accountId}/${settings.aws.readRole}`;
  const session = () => bench.cache.get(key, () => openRead(bench, settings, account));
  await session();
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

async function openRead(bench: Bench, settings: Settings, account: Account): Promise<Open> {
  try {
    const session = await bench.sts.assume({
      RoleArn: roleArn(settings, account.id, settings.aws.readRole),
      RoleSessionName: SOURCE_OF_READS,
      SourceIdentity: SOURCE_OF_READS,
      ExternalId: externalIdOf(account, bench.options.secret),
      DurationSeconds: READ_SECONDS,
    });
    return { ...session, clients: new Map() };
  } catch (error) {
    throw explained(bench, error, account, settings.aws.readRole, 'read', undefined);
  }
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
  const policy = sessionPolicy(request.statements, request.region);
  const session = await openAct(bench, settings, account, {
    RoleSessionName: request.incidentId,
    SourceIdentity: request.runId,
    Tags: sessionTags(request),
    Policy: policy,
  });
  warnOfSize(bench, session, request);
  await checkAccount(bench, session, account);
  const { credentials } = session;
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
    throw explained(bench, error, account, settings.aws.actRole, 'act', await readWorks(bench, account.id));
  }
}

/** The evidence that tells a missing act role from a wrong ExternalId: both roles come from one template. */
async function readWorks(bench: Bench, accountId: string): Promise<boolean> {
  try {
    await read(bench, accountId, bench.options.hubRegion);
    return true;
  } catch (error) {
    bench.options.log.debug(
      { accountId, error: error instanceof CordonError ? error.code : 'unknown' },
      'the read role fails too',
    );
    return false;
  }
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

/* ------------------------------------------------------------------ shared */

/** Only accounts of cordon.yaml are ever asked for: an account id from a finding reaches no further than this. */
function listed(settings: Settings, accountId: string, region: string): Account {
  const account = settings.accounts.find((candidate) => candidate.id === accountId);
  if (account === undefined) {
    throw new CordonError('account_not_listed', `Account ${accountId} is not in cordon.yaml.`, {
      hint: 'Add it under accounts, deploy infra/member-role.json to it, and try again.',
    });
  }
  if (partitionOf(region) !== settings.aws.partition) {
    throw new CordonError(
      'other_partition',
      `The Region ${region} is not in the partition ${settings.aws.partition}.`,
      { hint: 'Sessions never cross partitions: run one deployment of Cordon in each.' },
    );
  }
  return account;
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

function roleArn(settings: Settings, accountId: string, role: string): string {
  return `arn:${settings.aws.partition}:iam::${accountId}:role/${role}`;
}

function explained(
  bench: Bench,
  error: unknown,
  account: Account,
  role: string,
  purpose: AccountHealth['purpose'],
  works: boolean | undefined,
): unknown {
  if (!(error instanceof AwsCallError) || error instanceof AssumeRoleError) return error;
  const attempt = { account, role, region: bench.options.hubRegion, purpose, readWorks: works };
  return new AssumeRoleError(error, causeOf(error, attempt));
}
