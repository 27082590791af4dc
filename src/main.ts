/** `npm start`: the sandbox when nothing is configured, else the product: the records, the workers, the findings queue, Slack, health and the command socket. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startWork, WORKERS } from '../workers/work.ts';
import { COMMANDS } from './cli/commands/index.generated.ts';
import { serveCommands } from './cli/serve.ts';
import { type Config, configProblemsText, EXIT_CONFIG, processEnvironment, readConfig } from './config.ts';
import { SYSTEM } from './domain/audit.ts';
import { CordonError, messageOf } from './domain/errors.ts';
import { serveHealth } from './http/serve-health.ts';
import { liveUntilAsked, type Running } from './lifetime.ts';
import { openLog } from './log.ts';
import type { Log } from './ports.ts';
import { createSlackApp } from './slack/app.ts';
import { type Wired, wire } from './wire.ts';

async function main(): Promise<void> {
  const read = readConfig(processEnvironment());
  if (read.kind === 'sandbox') return runSandbox(process.argv.slice(2));
  if (read.kind === 'invalid') {
    process.stderr.write(configProblemsText(read.problems));
    process.exitCode = EXIT_CONFIG;
    return;
  }
  await runProduct(read.config);
}

/** The launcher is a program of its own: the product never loads a line of the simulators. */
function runSandbox(args: readonly string[]): void {
  const own = fileURLToPath(import.meta.url);
  const launcher = join(own, '..', '..', 'sandbox', `launch${extname(own)}`);
  if (!existsSync(launcher)) {
    process.stderr.write(
      'Nothing is configured, and this installation holds no sandbox. Configure it: README.md, “Configuration”.\n',
    );
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const child = spawn(process.execPath, [...process.execArgv, launcher, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
  child.once('exit', (code) => process.exit(code ?? 1));
}

async function runProduct(config: Config): Promise<void> {
  const log = openLog(config.logLevel);
  await liveUntilAsked(log, async (giveUp) => {
    const wired = await wire(config, {
      log,
      onLost: (error) => {
        log.error({ code: error.code, hint: error.hint }, error.message);
        giveUp();
      },
    });
    try {
      return await start(wired, log, giveUp);
    } catch (error) {
      await wired.close();
      throw error;
    }
  });
}

async function start(wired: Wired, log: Log, giveUp: () => void): Promise<Running> {
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

main().catch((error: unknown) => {
  const hint = error instanceof CordonError ? `\n  ${error.hint}` : '';
  process.stderr.write(`Cordon cannot start: ${messageOf(error)}${hint}\n`);
  const configured = error instanceof CordonError && ['settings_invalid', 'playbooks_invalid'].includes(error.code);
  process.exit(configured ? EXIT_CONFIG : 1);
});
