import { startWork, WORKERS, type Work } from '../workers/work.ts';
import { COMMANDS } from './cli/commands/index.generated.ts';
import { serveCommands } from './cli/serve.ts';
import type { Config } from './config.ts';
import { SYSTEM } from './domain/audit.ts';
import { messageOf } from './domain/errors.ts';
import { lookForRestore, whyRestored } from './flow/restore.ts';
import { startHeartbeat } from './heartbeat.ts';
import { healthRoutes } from './http/health.ts';
import { metricsOf } from './http/metrics.ts';
import { serveHttp } from './http/serve.ts';
import type { Running } from './lifetime.ts';
import { type Log, PARTS } from './ports.ts';
import { readinessChecks, type Stage } from './readiness.ts';
import { createSlackApp, type SlackTransport } from './slack/app.ts';
import type { Wired } from './wire.ts';

/** Longest that the rest waits for Slack: a Slack that is down keeps the process from being ready, not from its other work. */
const SLACK_PATIENCE_MILLISECONDS = 10_000;

/**
 * Starts what `wire` has put together: the workers, the findings queue, Slack, health and the command socket. `giveUp` is called when a worker is stuck for good.
 * The parts are taken as they are handed in, so that the fault harness runs this very product with its own hands around them.
 */
export async function startProduct(wired: Wired, log: Log, giveUp: () => void): Promise<Running> {
  const { config, deps, jobs } = wired;
  const stoppers: (() => Promise<void>)[] = [() => wired.close()];
  await lookForRestore(deps);
  if (config.store.kind === 'embedded') await takeOverRuns(wired, log);

  const slack = createSlackApp({
    botToken: config.slack.botToken.reveal(),
    transport: transportOf(config),
    apiUrl: config.slack.apiUrl ?? undefined,
    ...wired.slack,
  });
  let stage: Stage = 'starting';
  let work: Work | undefined;
  const checks = readinessChecks({
    store: wired.store,
    chainMemory: deps.chainMemory,
    jobs,
    stage: () => stage,
    stuck: () => work?.stuck() ?? [],
    isConnected: slack.isConnected,
  });
  const http = await serveHttp(
    config.http,
    { ...healthRoutes(checks, log), ...metricsOf(wired), ...slack.routes },
    log,
  );
  stoppers.unshift(() => http.close());
  const socket = await serveCommands({ deps, config, tools: wired.tools, commands: COMMANDS });
  stoppers.unshift(() => socket.close());
  const connecting = slack.start();
  stoppers.unshift(() => slack.stop());
  await Promise.race([connecting, deps.pause(SLACK_PATIENCE_MILLISECONDS)]);
  connecting.catch((error: unknown) => {
    log.error({ err: messageOf(error) }, 'Slack will not have this Cordon; stopping');
    giveUp();
  });
  const started = await startWork(wired, config.workers === 'all' ? WORKERS : [], log, giveUp);
  stoppers.unshift(() => started.stop());
  work = started;
  const parts = config.workers === 'all' ? PARTS : ['slack'];
  const heartbeat = await startHeartbeat({
    store: wired.store,
    me: { id: deps.processId, kind: 'bot', work: parts },
    slack: () => (slack.isConnected() ? 'connected' : 'down'),
    look: () => whyRestored(deps),
    log,
  });
  stoppers.unshift(() => heartbeat.stop());
  stage = 'running';
  log.info(
    {
      port: http.port,
      slack: config.slack.transport.kind,
      store: config.store.kind,
      queue: config.redisUrl ? 'redis' : 'sql',
      workers: config.workers,
    },
    'Cordon is ready',
  );
  return {
    async stop() {
      stage = 'stopping';
      for (const stopper of stoppers) await stopper();
    },
  };
}

function transportOf({ slack: { transport } }: Config): SlackTransport {
  return transport.kind === 'socket'
    ? { kind: 'socket', appToken: transport.appToken.reveal() }
    : { kind: 'http', signingSecret: transport.signingSecret.reveal() };
}

/** This process holds the data directory alone, so whatever held a run before is gone: its runs go on at once instead of after their leases. */
async function takeOverRuns({ deps }: Wired, log: Log): Promise<void> {
  const freed = await deps.store.read.runs.releaseAllLeases();
  if (freed > 0) log.warn({ runs: freed }, 'runs were under way when the last process ended; they are taken up again');
  await deps.store.tx((tx) =>
    tx.audit.append({ event: 'system.started', actor: SYSTEM, subject: 'system', details: { runs: freed } }),
  );
}
