import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs the sandbox's launcher as a process of its own and resolves with its exit code: what `npm start` does when nothing is configured.
 * The launcher has its own process group and a channel to this process: a signal reaches it once, and it stops when this process is gone.
 */
export async function startSandbox(args: readonly string[]): Promise<number> {
  const extension = extname(fileURLToPath(import.meta.url));
  const launcher = fileURLToPath(new URL(`../sandbox/launch${extension}`, import.meta.url));
  const loader = extension === '.ts' ? process.execArgv : [];
  const child = spawn(process.execPath, [...loader, launcher, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}
