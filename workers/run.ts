/**
 * `npm run worker -- NAME…`: one process for the named workers, beside a bot process with CORDON_WORKERS=none. Start as many of each as are needed;
 * none knows of the others, and any may be killed at any time.
 */
import { configProblemsText, EXIT_CONFIG, processEnvironment, readConfig } from '../src/config.ts';
import { CordonError, messageOf } from '../src/domain/errors.ts';
import { lookForRestore, whyRestored } from '../src/flow/restore.ts';
import { startHeartbeat } from '../src/heartbeat.ts';
import { healthRoutes } from '../src/http/health.ts';
import { metricsOf } from '../src/http/metrics.ts';
import { serveHttp } from '../src/http/serve.ts';
import { liveUntilAsked, type Running } from '../src/lifetime.ts';
import { openLog } from '../src/log.ts';
import type { Log } from '../src/ports.ts';
import { readinessChecks, type Stage } from '../src/readiness.ts';
import { type Wired, wire } from '../src/wire.ts';
import { startWork, WORKERS, type Work, type WorkerName } from './work.ts';

/** As the command line's: called in a way that cannot be meant. */
const EXIT_USAGE = 2;

async function main(): Promise<void> {
  const names = readNames(process.argv.slice(2));
  if (names === undefined)
    return refuse(EXIT_USAGE, `Usage: npm run worker -- NAME…   with any of ${WORKERS.join(', ')}.`);
  const read = readConfig(processEnvironment());
  if (read.kind === 'invalid') return refuse(EXIT_CONFIG, configProblemsText(read.problems));
  if (read.kind === 'sandbox' || read.config.store.kind === 'embedded') {
    return refuse(
      EXIT_CONFIG,
      'A worker cannot be a process of its own on the embedded store, which belongs to one process: set DATABASE_URL, or let `npm start` do the work.',
    );
  }
  const { config } = read;
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
      return await start(wired, names, log, giveUp);
    } catch (error) {
      await wired.close();
      throw error;
    }
  });
}

/** Undefined when there is no name, or one that nobody bears. */
function readNames(args: readonly string[]): readonly WorkerName[] | undefined {
  const names = WORKERS.filter((name) => args.includes(name));
  return names.length > 0 && args.every((arg) => names.some((name) => name === arg)) ? names : undefined;
}

function refuse(code: number, text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = code;
}

async function start(wired: Wired, names: readonly WorkerName[], log: Log, giveUp: () => void): Promise<Running> {
  const { config, jobs } = wired;
  let stage: Stage = 'starting';
  let work: Work | undefined;
  const { deps } = wired;
  await lookForRestore(deps);
  const checks = readinessChecks({
    store: wired.store,
    chainMemory: deps.chainMemory,
    jobs,
    stage: () => stage,
    stuck: () => work?.stuck() ?? [],
  });
  const http = await serveHttp(config.http, { ...healthRoutes(checks, log), ...metricsOf(wired) }, log);
  const started = await startWork(wired, names, log, giveUp);
  work = started;
  const me = { id: deps.processId, kind: 'worker', work: names } as const;
  const look = () => whyRestored(deps);
  const heartbeat = await startHeartbeat({ store: wired.store, me, slack: () => 'none', look, log });
  stage = 'running';
  log.info({ port: http.port, workers: names, queue: config.redisUrl ? 'redis' : 'sql' }, 'the worker is ready');
  return {
    async stop() {
      stage = 'stopping';
      await heartbeat.stop();
      await started.stop();
      await http.close();
      await wired.close();
    },
  };
}

main().catch((error: unknown) => {
  const hint = error instanceof CordonError ? `\n  ${error.hint}` : '';
  process.stderr.write(`The worker cannot start: ${messageOf(error)}${hint}\n`);
  const configured = error instanceof CordonError && ['settings_invalid', 'playbooks_invalid'].includes(error.code);
  process.exit(configured ? EXIT_CONFIG : 1);
});
