import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAws } from './start.ts';

const USAGE =
  'usage: main.js [--port N] [--control-port N] [--seed-file FILE] [--log-file FILE] [--further-accounts N] [--latency-ms N] [--hub-template FILE] [--member-template FILE]';

/** The nearest folder above this file that has the generated templates. */
function projectRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'infra', 'hub.json'))) return folder;
  }
  throw new Error('infra/hub.json and infra/member-role.json were not found; run: npm run generate');
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? '0');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${text} is not a port\n${USAGE}`);
  return port;
}

function countOf(text: string | undefined): number {
  const count = Number(text ?? '0');
  if (!Number.isInteger(count) || count < 0 || count > 5_000)
    throw new Error(`${text} is not a number from 0 to 5000\n${USAGE}`);
  return count;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'control-port': { type: 'string' },
      'seed-file': { type: 'string' },
      'log-file': { type: 'string' },
      'further-accounts': { type: 'string' },
      'latency-ms': { type: 'string' },
      'hub-template': { type: 'string' },
      'member-template': { type: 'string' },
    },
  });
  const running = await startAws({
    port: portOf(values.port),
    controlPort: portOf(values['control-port']),
    seedFile: values['seed-file'],
    logFile: values['log-file'],
    furtherAccounts: countOf(values['further-accounts']),
    latencyMs: countOf(values['latency-ms']),
    templates: {
      hub: values['hub-template'] ?? join(projectRoot(), 'infra', 'hub.json'),
      member: values['member-template'] ?? join(projectRoot(), 'infra', 'member-role.json'),
    },
  });
  const stop = (): void => {
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  console.log(JSON.stringify({ ready: true, endpoint: running.endpoint, control: running.control }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
