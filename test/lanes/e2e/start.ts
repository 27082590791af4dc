import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const Ready = z.object({
  page: z.url(),
  slackControl: z.url(),
  awsControl: z.url(),
  dataDir: z.string(),
  pids: z.object({ launcher: z.number(), aws: z.number(), slack: z.number(), product: z.number() }),
});

export interface Started extends z.infer<typeof Ready> {
  /** As Ctrl-C does; resolves with the exit code when everything has ended. */
  stop(): Promise<number | null>;
}

/** What `npm start` starts after the build, with nothing configured. */
export async function startUnconfigured(args: readonly string[]): Promise<Started> {
  const main = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(CORDON|SLACK|AWS|DATABASE|REDIS)_/.test(name)),
  );
  const child = spawn(process.execPath, [main, '--json-ready', '--port', '0', ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += String(chunk);
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`it ended: ${complaints}`))),
  ]);
  return { ...Ready.parse(JSON.parse(String(line))), stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const [code] = await ended;
  return typeof code === 'number' ? code : null;
}
