/**
 * Who is who: the one place where the parts are put together. main, the workers, the command line and the tests start from here.
 * Nothing is started; `main.ts` does that.
 */

import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ACTIONS } from './actions/registry.generated.ts';
import { registryOf } from './actions/registry.ts';
import { archiveRows } from './audit-archive.ts';
import { openCheckpointBuckets } from './aws/checkpoint-bucket.ts';
import { externalIdOf } from './aws/external-id.ts';
import { findingsFeeds } from './aws/findings-feeds.ts';
import { type FindingsRole, openFindingsRole } from './aws/findings-role.ts';
import { findingsWriteBack } from './aws/findings-write-back.ts';
import { openOrganization } from './aws/organization.ts';
import { openQueue, type QueueConsumer, regionOfQueue } from './aws/queue-consumer.ts';
import { openSessions, type Sessions } from './aws/sessions.ts';
import { openTrail } from './aws/trail.ts';
import { chainEndFile } from './chain-end-file.ts';
import { checkpointFile } from './checkpoint-file.ts';
import type { CliTools } from './cli/command.ts';
import { STOP_FILE } from './cli/stop-file.ts';
import type { Config } from './config.ts';
import { deploymentSecret } from './deployment-secret.ts';
import { checkpointSigner } from './domain/checkpoint.ts';
import { CordonError } from './domain/errors.ts';
import type { Settings } from './domain/settings.ts';
import type { Polling } from './flow/poll.ts';
import { flowApi } from './flow-binding.ts';
import { type Metrics, openMetrics } from './http/metrics.ts';
import { lastGood } from './last-good.ts';
import { openLog } from './log.ts';
import { type FollowedOrganization, followOrganization } from './organization-list.ts';
import { openPlaybooks } from './playbooks/load.ts';
import type { AuditKeeping, Deps, Log, SelfIdentity } from './ports.ts';
import { projectRoot } from './project-root.ts';
import { type Jobs, openJobs } from './queue/jobs.ts';
import { openCounters, REDIS_PREFIX } from './queue/redis.ts';
import { type CounterHome, rateBuckets } from './rate-buckets.ts';
import type { Secret } from './secret.ts';
import { openSettings } from './settings.ts';
import { type SlackClient, slackCalls, slackClient } from './slack/calls.ts';
import type { SlackDeps } from './slack/deps.ts';
import { slackDirectory } from './slack/directory.ts';
import { rateBudget } from './slack/limits.ts';
import { createOutbox, SLACK_CALL_MS } from './slack/outbox.ts';
import { checkUsergroups } from './slack/usergroups.ts';
import { pagesOf } from './store/audit-chain.ts';
import { type OpenStore, openStore } from './store/store.ts';
import { openTroubles } from './troubles.ts';

/** The parts of one process, put together. */
export interface Wired {
  readonly config: Config;
  readonly deps: Deps;
  readonly store: OpenStore;
  readonly metrics: Metrics;
  readonly jobs: Jobs;
  /** Where findings come from: the queue, and the products themselves. */
  readonly intake: { readonly queue: QueueConsumer; readonly polling: Polling };
  readonly sessions: Sessions;
  readonly slack: { readonly deps: SlackDeps; readonly interactive: SlackClient };
  readonly tools: CliTools;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly log?: Log;
  /** Where what happens is counted; a registry of its own when not given. */
  readonly metrics?: Metrics;
  /** The store's directory was taken from under this process, or its database is broken: the process must end. */
  readonly onLost?: (error: CordonError) => void;
}

/** What AWS needs to know about where Cordon runs. */
interface Place {
  readonly settings: Settings;
  readonly hubRegion: string;
  readonly self: SelfIdentity;
  readonly secret: Secret;
}

/** Opens every part. Throws CordonError with what to do when one cannot be opened; what was opened before it is closed again. */
export async function wire(config: Config, options: WireOptions = {}): Promise<Wired> {
  const log = options.log ?? openLog(config.logLevel);
  const metrics = options.metrics ?? openMetrics();
  const { meter } = metrics;
  // What the file says of itself is enough to open the store, in which the list of the organization's accounts lies.
  const place = await lookAround(config, await openSettings(config.settingsPath).current());
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const store = await openStore(storeConfig(config, options.onLost), log);
    closers.push(() => store.close());
    store.pool.on('error', (error) => {
      if (error instanceof CordonError) options.onLost?.(error);
    });
    const followed = await followOrganization(store, log);
    closers.push(() => followed.close());
    const settings = openSettings(config.settingsPath, followed);
    const jobs = await openJobs(
      config.redisUrl ? { kind: 'redis', url: config.redisUrl.reveal() } : { kind: 'sql', pool: store.pool },
      log,
    );
    closers.push(() => jobs.close());
    const sessions = openSessions({
      settings,
      self: place.self,
      hubRegion: place.hubRegion,
      secret: place.secret,
      log,
      meter,
      health: store.read.health,
    });
    closers.push(() => sessions.close());
    const counters = openCounterHome(config, store, log);
    closers.push(() => counters.close());
    const buckets = rateBuckets(counters.home);
    const pause = (milliseconds: number) => delay(milliseconds);
    const findingsRole = openFindingsRole({ settings, hubRegion: place.hubRegion, buckets, pause, meter });
    closers.push(() => findingsRole.close());
    const organization = openOrganization({ region: place.hubRegion, pause, meter });
    closers.push(() => organization.close());
    const findingsQueue = openQueue({ queueUrl: config.queueUrl, homeRegion: place.hubRegion, meter });
    const lockers = openCheckpointBuckets({ hubRegion: place.hubRegion });
    closers.push(() => lockers.close());
    const auditKeeping = keepingOf(store, place.secret, lockers);
    closers.push(() => findingsQueue.close());

    const actions = registryOf(ACTIONS);
    const playbooks = openPlaybooks({
      directories: [join(projectRoot(import.meta.url), 'playbooks')],
      actions: ACTIONS.map((action) => action.id),
    });
    await playbooks.current();
    const interactive = clientOf(config, log, 3_000);
    const base = {
      store,
      settings,
      playbooks,
      lastGood: {
        settings: lastGood(settings, 'cordon.yaml', log),
        playbooks: lastGood(playbooks, 'the set of playbooks', log),
      },
      actions,
      sessions,
      roles: sessions,
      trail: openTrail({ sessions, buckets, pause }),
      organization,
      writeBack: findingsWriteBack(findingsRole),
      people: slackDirectory({ client: interactive, settings }),
      self: place.self,
      auditKeeping,
      chainMemory: chainEndFile(config.dataDir),
      log,
      meter,
      stopRequested: () => stopFileThere(config.dataDir),
      processId: `${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}`,
      pause,
      // A lease outlasts the 2 s within which a write may still be sent, and a run whose worker was killed is taken up soon after BullMQ gives its job back.
      timing: { leaseSeconds: 6, settleMilliseconds: 15_000, pollMilliseconds: 500 },
    };
    const api = flowApi(() => deps);
    const slackDeps: SlackDeps = { ...base, api, presses: rateBuckets({ kind: 'memory' }) };
    const notifier = createOutbox({
      deps: slackDeps,
      calls: slackCalls(clientOf(config, log, SLACK_CALL_MS)),
      interactive: slackCalls(interactive),
      budget: rateBudget(buckets),
    });
    const deps: Deps = { ...base, notifier };
    const slack = { deps: slackDeps, interactive };
    return {
      config,
      deps,
      store,
      metrics,
      jobs,
      intake: {
        queue: findingsQueue,
        polling: { feeds: findingsFeeds(findingsRole), backfillSeconds: config.backfillSeconds },
      },
      sessions,
      slack,
      tools: toolsOf({ jobs, followed, findingsQueue, interactive, secret: place.secret, findingsRole }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function lookAround(config: Config, settings: Settings): Promise<Place> {
  const { securityAccount, findingsRole, auditRole, readRole, actRole, presenceRole, homeRegion } = settings.aws;
  return {
    settings,
    hubRegion: config.awsRegion ?? regionOfQueue(config.queueUrl) ?? homeRegion,
    secret: await deploymentSecret(config),
    self: {
      accountId: securityAccount,
      roleNames: ['cordon-hub', findingsRole, auditRole, readRole, actRole, presenceRole],
      instanceIds: [],
    },
  };
}

function storeConfig(config: Config, onLost: WireOptions['onLost']): Parameters<typeof openStore>[0] {
  if (config.store.kind === 'postgres') return { kind: 'postgres', url: config.store.url.reveal() };
  return { kind: 'embedded', directory: join(config.dataDir, 'store'), ...(onLost && { onLockLost: onLost }) };
}

/** Counters of calls are shared wherever several processes may run: in Redis, else in PostgreSQL. */
function openCounterHome(
  config: Config,
  store: OpenStore,
  log: Log,
): { readonly home: CounterHome; close(): Promise<void> } {
  if (config.redisUrl) {
    const { client, close } = openCounters(config.redisUrl.reveal(), (error) =>
      log.debug({ err: error.message }, 'the rate counters in Redis do not answer; this process counts for itself'),
    );
    return { home: { kind: 'redis', client, prefix: REDIS_PREFIX }, close };
  }
  const home: CounterHome = store.kind === 'postgres' ? { kind: 'postgres', pool: store.pool } : { kind: 'memory' };
  return { home, close: async () => undefined };
}

function keepingOf(store: OpenStore, secret: Secret, buckets: ReturnType<typeof openCheckpointBuckets>): AuditKeeping {
  return {
    signer: checkpointSigner(secret.reveal()),
    troubles: openTroubles(),
    places(settings) {
      const { file, bucket } = settings.audit.checkpoints;
      return [...(file ? [checkpointFile(resolve(file))] : []), ...(bucket ? [buckets.place(settings, bucket)] : [])];
    },
    archive: (directory, range) => archiveRows(directory, range, pagesOf(store.read.audit, range.after)),
  };
}

function clientOf(config: Config, log: Log, timeoutMilliseconds: number): SlackClient {
  return slackClient({
    token: config.slack.botToken.reveal(),
    apiUrl: config.slack.apiUrl ?? undefined,
    timeoutMilliseconds,
    log,
  });
}

/** A directory that cannot be looked at counts as stopped. */
async function stopFileThere(dataDir: string): Promise<boolean> {
  try {
    await stat(join(dataDir, STOP_FILE));
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}

function toolsOf(parts: {
  readonly jobs: Jobs;
  readonly followed: FollowedOrganization;
  readonly findingsQueue: QueueConsumer;
  readonly interactive: SlackClient;
  readonly secret: Secret;
  readonly findingsRole: FindingsRole;
}): CliTools {
  const { jobs, findingsQueue, interactive, secret } = parts;
  return {
    externalId: (account) => externalIdOf(account, secret),
    lookAtOrganization: () => parts.followed.look(),
    probes: {
      async findingsQueue() {
        const { visible, inFlight } = await findingsQueue.depth();
        return `${visible} waiting, ${inFlight} in flight`;
      },
      async jobs() {
        const waiting = Object.values(await jobs.counts()).reduce((sum, counts) => sum + counts.waiting, 0);
        return `answers, ${waiting} jobs waiting`;
      },
      async slack() {
        const answer = await interactive.auth.test();
        return `${answer.user ?? 'bot'} in ${answer.team ?? 'the workspace'}`;
      },
      usergroups: (wanted) => checkUsergroups(interactive, wanted),
      findingsRole: () => parts.findingsRole.check(),
    },
  };
}
