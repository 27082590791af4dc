import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../../sandbox/launcher/child.ts';
import { freePort } from '../../../sandbox/launcher/ports.ts';
import type { Bench } from './bench.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));
const TOO_LONG_MS = 60_000;

/** Starts `npm start`'s own program once, with this environment over the bench's, and waits for its end; it is killed when it has none. */
export async function endOf(
  bench: Bench,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly how: number | NodeJS.Signals; readonly output: string }> {
  const logFile = join(bench.folder, `${name}.log`);
  const child = await startChild({
    name,
    module: MAIN,
    args: [],
    preloads: [],
    environment: {
      ...bench.environment,
      CORDON_HTTP_PORT: String(await freePort(0)),
      CORDON_DATA_DIR: join(bench.folder, name),
      ...environment,
    },
    logFile,
    nodeArgs: [],
    stdout: 'log',
  });
  const timer = setTimeout(() => child.process.kill('SIGKILL'), TOO_LONG_MS);
  const how = await child.ended;
  clearTimeout(timer);
  return { how, output: readFileSync(logFile, 'utf8') };
}
