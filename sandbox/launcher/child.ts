import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ChildSpec {
  readonly name: string;
  /** Absolute path of the module to run. */
  readonly module: string;
  readonly args: readonly string[];
  /** Modules loaded before it. */
  readonly preloads: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Its stderr (and its stdout, unless a ready line is awaited there) is appended here. */
  readonly logFile: string;
  /** Extra arguments of node itself, e.g. a TypeScript loader during development. */
  readonly nodeArgs: readonly string[];
  readonly stdout: 'pipe' | 'log';
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  readonly logFile: string;
  /** Resolves when it has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts a process in a group of its own, so that Ctrl-C in the terminal reaches the launcher alone and it can stop the others in order.
 * Its channel to the launcher ends with the launcher, and then so does it (die-with-launcher.ts).
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const log = openSync(spec.logFile, 'a');
  const preloads = spec.preloads.flatMap((module) => ['--import', module]);
  const child = spawn(process.execPath, [...spec.nodeArgs, ...preloads, spec.module, ...spec.args], {
    env: spec.environment,
    detached: true,
    stdio: ['ignore', spec.stdout === 'pipe' ? 'pipe' : log, log, 'ipc'],
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1));
  });
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error(`${spec.name} has no process id`);
  return { name: spec.name, pid: child.pid, process: child, logFile: spec.logFile, ended };
}

/** The first line of its stdout, as JSON. Throws with the end of its log when it ends or `milliseconds` pass before that. */
export async function readyLine(child: Child, milliseconds: number): Promise<unknown> {
  const { stdout } = child.process;
  if (stdout === null) throw new Error(`${child.name} has no piped output`);
  const lines = createInterface({ input: stdout });
  const timeout = AbortSignal.timeout(milliseconds);
  const first = once(lines, 'line', { signal: timeout }).then(([line]) => String(line));
  const early = child.ended.then((how) => Promise.reject(new Error(`ended (${how}) before it was ready`)));
  try {
    return JSON.parse(await Promise.race([first, early]));
  } catch (error) {
    throw new Error(`${child.name} did not start; the end of ${child.logFile}:\n${logTail(child.logFile)}`, {
      cause: error,
    });
  } finally {
    early.catch(() => undefined); // A later, ordinary end is nobody's error.
    first.catch(() => undefined);
    stdout.resume();
  }
}

/** Asks it to stop, and kills it when it has not within `milliseconds`. */
export async function stopChild(child: Child, milliseconds: number): Promise<void> {
  if (child.process.exitCode !== null || child.process.signalCode !== null) return;
  child.process.kill('SIGTERM');
  const timer = setTimeout(() => child.process.kill('SIGKILL'), milliseconds);
  await child.ended;
  clearTimeout(timer);
}

/** The last lines of a log, for an error that a person reads. */
export function logTail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
}
