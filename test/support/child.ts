import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './rows.ts';

/** A TypeScript program of test/support/children in a process of its own; what it prints is read line by line. */
export interface Child {
  readonly lines: string[];
  readonly pid: number;
  /** Waits for a line that begins so and gives it. */
  line(start: string, withinMs?: number): Promise<string>;
  /** Writes to its standard input. */
  say(text: string): void;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export function startChild(program: string, args: readonly string[] = []): Child {
  const file = fileURLToPath(new URL(`children/${program}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let rest = '';
  const read = (text: string): void => {
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  return {
    lines,
    pid: child.pid ?? -1,
    async line(start, withinMs) {
      const find = (): string | undefined => lines.find((one) => one.startsWith(start));
      await until(() => find() !== undefined || hasEnded(child), withinMs).catch(() => undefined);
      const found = find();
      if (found === undefined) throw new Error(`${program} did not print "${start}" but:\n${lines.join('\n')}`);
      return found;
    },
    say: (text) => void child.stdin.write(text),
    async end(signal) {
      if (hasEnded(child)) return;
      const ended = new Promise<void>((resolve) => {
        child.once('close', () => resolve());
      });
      child.kill(signal);
      await ended;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
