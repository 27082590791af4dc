import { startWork, WORKERS } from '../workers/work.ts';
import { COMMANDS } from './cli/commands/index.generated.ts';
import { serveCommands } from './cli/serve.ts';
import { SYSTEM } from './domain/audit.ts';
import { serveHealth } from './http/serve-health.ts';
import type { Running } from './lifetime.ts';
import type { Log } from './ports.ts';
import { createSlackApp } from './slack/app.ts';
import type { Wired } from './wire.ts';

/**
 * Starts what `wire` has put together: the workers, the findings queue, Slack, health and the command socket. `giveUp` is called when a worker is stuck for good.
 * The parts are taken as they are handed in, so that the fault harness runs this very product with its own hands around them.
 */
export async function startProduct(wired: Wired, log: Log, giveUp: () => void): Promise<Running> {
  const { config, deps, jobs } = wired;
  const stoppers: (() => Promise<void>)[] = [() => wired.close()];
  if (config.store.kind === 'embedded') await takeOverRuns(wired, log);

  const slack = createSlackApp({
    botToken: config.slack.botToken.reveal(),
    appToken: config.slack.appToken.reveal(),
    apiUrl: config.slack.apiUrl ?? undefined,
    ...wired.slack,
  });
  let connected = false;
  const health = await serveHealth(
    config.http,
    {
      store: () => wired.store.check(),
      queue: async () => void (await jobs.counts()),
      slack: async () => {
        if (!connected) throw new Error('not connected');
      },
    },
    log,
  );
  stoppers.unshift(() => health.close());
  const socket = await serveCommands({ deps, config, tools: wired.tools, commands: COMMANDS });
  stoppers.unshift(() => socket.close());
  await slack.start();
  connected = true;
  stoppers.unshift(() => slack.stop());
  const work = await startWork(wired, config.workers === 'all' ? WORKERS : [], log, giveUp);
  stoppers.unshift(() => work.stop());
  log.info(
    {
      port: health.port,
      store: config.store.kind,
      queue: config.redisUrl ? 'redis' : 'sql',
      workers: config.workers,
    },
    'Cordon is ready',
  );
  return {
    async stop() {
      connected = false;
      for (const stopper of stoppers) await stopper();
    },
  };
}

/** This process holds the data directory alone, so whatever held a run before is gone: its runs go on at once instead of after their leases. */
async function takeOverRuns({ deps }: Wired, log: Log): Promise<void> {
  const freed = await deps.store.read.runs.releaseAllLeases();
  if (freed > 0) log.warn({ runs: freed }, 'runs were under way when the last process ended; they are taken up again');
  await deps.store.tx((tx) =>
    tx.audit.append({ event: 'system.started', actor: SYSTEM, subject: 'system', details: { runs: freed } }),
  );
}
