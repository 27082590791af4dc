import { randomUUID } from 'node:crypto';
import {
  closeSync,
  futimesSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CordonError } from '../domain/errors.ts';
import { sha256 } from '../domain/json.ts';

/**
 * One process a data directory: two would silently destroy each other's rows. On Linux the kernel decides by an abstract socket, which it frees at the moment its
 * process dies. The socket reaches only as far as the network namespace, so a file in the directory also names the holder: host, process, boot and a heartbeat.
 */
export interface DirectoryLock {
  release(): void;
}

export interface LockOptions {
  /** Called when another process has taken the directory although this one lives (it was paused for very long): nothing may be written any more. */
  readonly onLost?: (error: CordonError) => void;
  readonly heartbeatMs?: number;
  /** A holder that cannot be asked (another host or container) counts as alive for so long after its last heartbeat. */
  readonly staleMs?: number;
}

const FILE = 'lock';
const HEARTBEAT_MS = 5_000;
/** Much longer than any pause of a busy event loop, so that a slow holder is never robbed. */
const STALE_MS = 120_000;

const Holder = z.object({
  token: z.string(),
  host: z.string(),
  pid: z.number().int(),
  /** The kernel's id of this boot, and the process's namespaces: equal means that its pid means something here. */
  bootId: z.string(),
  namespaces: z.string(),
  /** When the process began, in the kernel's ticks: a pid that was given to another process is not the holder. */
  ticks: z.string(),
  startedAt: z.string(),
});
type Holder = z.infer<typeof Holder>;

/** Takes the directory. Throws CordonError `data_dir_locked`, whose hint names the holder. */
export async function lockDirectory(directory: string, options: LockOptions = {}): Promise<DirectoryLock> {
  const place = realpathSync(directory);
  const socket = await bindSocket(place);
  try {
    return holdFile(join(place, FILE), socket, options);
  } catch (error) {
    socket?.close();
    throw error;
  }
}

/** Linux only: the name lives in the kernel and needs no cleaning up. The path is hashed because a socket's name has room for 107 bytes. */
function bindSocket(place: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return Promise.resolve(undefined);
  const server = createServer((connection) => connection.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? locked(join(place, FILE), readHolder(join(place, FILE))) : error);
    });
    server.listen(`\0cordon:${sha256(place)}`, () => {
      server.unref();
      resolve(server);
    });
  });
}

function holdFile(path: string, socket: Server | undefined, options: LockOptions): DirectoryLock {
  const staleMs = options.staleMs ?? STALE_MS;
  setAsideDead(path, staleMs);
  const token = randomUUID();
  const file = createExclusively(path, thisProcess(token));
  if (file === undefined) throw locked(path, readHolder(path));
  const timer = setInterval(() => {
    if (beat(path, file, token)) return;
    clearInterval(timer);
    options.onLost?.(lost(path));
  }, options.heartbeatMs ?? HEARTBEAT_MS);
  timer.unref();
  return {
    release() {
      clearInterval(timer);
      if (readHolder(path)?.token === token) unlinkSync(path);
      closeSync(file);
      socket?.close();
    },
  };
}

/** The time of the open file, not of the path: a file that another process has put there is never touched. */
function beat(path: string, file: number, token: string): boolean {
  const now = new Date();
  futimesSync(file, now, now);
  return readHolder(path)?.token === token;
}

/** Written beside and linked into place, so that nobody ever reads half of it. Undefined when another was first. */
function createExclusively(path: string, holder: Holder): number | undefined {
  const draft = `${path}.${holder.token}`;
  writeFileSync(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return openSync(path, 'r+');
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Moves a dead holder's file away; of several who try, one succeeds. Throws when the holder lives or may live. */
function setAsideDead(path: string, staleMs: number): void {
  const age = ageOf(path);
  if (age === undefined) return;
  const holder = readHolder(path);
  if (mayLive(holder, age, staleMs)) throw locked(path, holder, staleMs - age);
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    unlinkSync(aside);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function mayLive(holder: Holder | undefined, ageMs: number, staleMs: number): boolean {
  const here = thisProcess('');
  const comparable =
    holder !== undefined &&
    holder.host === here.host &&
    holder.bootId === here.bootId &&
    holder.namespaces === here.namespaces;
  if (!comparable) return ageMs < staleMs;
  return isAlive(holder.pid) && (holder.ticks === '' || ticksOf(holder.pid) === holder.ticks);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return codeOf(error) !== 'ESRCH';
  }
}

function thisProcess(token: string): Holder {
  return {
    token,
    host: hostname(),
    pid: process.pid,
    bootId: readOr('/proc/sys/kernel/random/boot_id'),
    namespaces: `${linkOr('/proc/self/ns/pid')} ${linkOr('/proc/self/ns/net')}`,
    ticks: ticksOf(process.pid),
    startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
  };
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces, so count from its closing bracket. Empty where there is no /proc. */
function ticksOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function readHolder(path: string): Holder | undefined {
  const text = readOr(path);
  if (text === '') return undefined;
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    // Whatever it is, it is not ours: an unknown holder, judged by the file's age alone.
    return undefined;
  }
}

function ageOf(path: string): number | undefined {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file's text, empty when it cannot be read: no /proc on this system, or no such process. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function locked(path: string, holder: Holder | undefined, freeInMs?: number): CordonError {
  const who = holder ? `process ${holder.pid} on ${holder.host}, running since ${holder.startedAt}` : 'another process';
  const elsewhere = holder === undefined || holder.host !== hostname();
  const wait =
    freeInMs === undefined
      ? ''
      : ` It counts as gone ${Math.ceil(freeInMs / 1000)} s from now if it does not show up again.`;
  return new CordonError('data_dir_locked', `The data directory is in use by ${who}.`, {
    hint: `Stop ${holder ? `process ${holder.pid}` : 'it'}${elsewhere ? ' there' : ''} first, or give this one another CORDON_DATA_DIR.${wait} The lock is ${path}.`,
  });
}

function lost(path: string): CordonError {
  return new CordonError('data_dir_lost', 'Another process has taken the data directory.', {
    hint: `This process was paused for too long and must stop without writing. The new holder is named in ${path}.`,
  });
}
