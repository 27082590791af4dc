import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { until } from './rows.ts';

/** A server of the test's own, on a free port of loopback, with its data in a scratch folder. */
export interface TestServer {
  readonly url: string;
  /** SIGKILL; its data stay. */
  kill(): Promise<void>;
  /** Stopped cleanly; its data stay. */
  down(): Promise<void>;
  /** To it and to every process that it has started: SIGSTOP is what a network that has gone looks like. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it (again) on the same port and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const POSTGRES_HOMES = '/usr/lib/postgresql';
const START_MS = 30_000;

/** A PostgreSQL server. It refuses to run as root: then it runs as the user postgres. */
export async function startPostgres(): Promise<TestServer> {
  const bin = postgresBin();
  const folder = mkdtempSync(join(tmpdir(), 'cordon-pg-'));
  const as = userFor('postgres');
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid ?? as.uid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'], {
    ...as,
    stdio: 'ignore',
    cwd: folder,
  });
  const port = await freePort();
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    folder,
    '-c',
    'fsync=off',
    '-c',
    'timezone=America/New_York',
  ];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const accepts = async (): Promise<boolean> =>
    spawnSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0;
  return server(
    url,
    folder,
    accepts,
    () => spawn(join(bin, 'postgres'), args, { ...as, stdio: 'ignore', cwd: folder }),
    'SIGINT',
  );
}

/** A Redis server that keeps nothing on disk. */
export async function startRedis(...extra: readonly string[]): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-redis-'));
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    ...extra,
  ];
  return server(
    `redis://127.0.0.1:${port}`,
    folder,
    () => answers(port),
    () => spawn('redis-server', args, { stdio: 'ignore' }),
    'SIGTERM',
  );
}

async function server(
  url: string,
  folder: string,
  accepts: () => Promise<boolean>,
  start: () => ChildProcess,
  goodbye: NodeJS.Signals,
): Promise<TestServer> {
  let child = start();
  const ready = () => until(accepts, START_MS);
  await ready();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    child.kill(signal);
    await ended;
  };
  return {
    url,
    kill: () => end('SIGKILL'),
    down: () => end(goodbye),
    signal(signal) {
      for (const pid of [...childrenOf(child.pid), child.pid]) if (pid !== undefined) process.kill(pid, signal);
    },
    async restart() {
      await end(goodbye);
      child = start();
      await ready();
    },
    async stop() {
      await end(goodbye);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(parent: number | undefined): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(parent ?? 0)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** The newest of the installed versions, or the one on PATH. */
function postgresBin(): string {
  const versions = existsSync(POSTGRES_HOMES) ? readdirSync(POSTGRES_HOMES).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(POSTGRES_HOMES, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (found === undefined) throw new Error('initdb is not installed');
  return found;
}

function userFor(name: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
