import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/store/directory-lock.ts';
import { type Child, startChild } from '../../support/child.ts';
import { until } from '../../support/rows.ts';

const RACES = 5;
const RACERS = 3;

describe('the lock of the data directory', () => {
  let directory = '';
  let children: Child[] = [];
  const start = (): Child => {
    const child = startChild('hold-lock.ts', [directory]);
    children.push(child);
    return child;
  };
  const lockFile = (): string => join(directory, 'lock');
  const put = (over: Readonly<Record<string, unknown>>, ageMs = 0): void => {
    const holder = {
      token: 't',
      host: hostname(),
      pid: 1,
      bootId: 'b',
      namespaces: 'n',
      ticks: '',
      startedAt: '2026-11-22T08:00:00.000Z',
      ...over,
    };
    writeFileSync(lockFile(), JSON.stringify(holder));
    const then = new Date(Date.now() - ageMs);
    utimesSync(lockFile(), then, then);
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cordon-lock-'));
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => child.end('SIGKILL')));
    children = [];
    rmSync(directory, { recursive: true, force: true });
  });

  it('is refused to a second process, which learns who holds it', async () => {
    const first = start();
    await first.line('held');
    const refused = await start().line('refused');
    expect(refused).toContain('data_dir_locked');
    expect(refused).toContain(`process ${first.pid}`);
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      code: 'data_dir_locked',
      hint: expect.stringContaining(`${first.pid}`),
    });
  });

  it('is free at once when its holder is killed, and of those who race for it one gets it', {
    timeout: 120_000,
  }, async () => {
    for (let race = 0; race < RACES; race += 1) {
      const holder = start();
      await holder.line('held');
      await holder.end('SIGKILL');
      const racers = Array.from({ length: RACERS }, start);
      await until(() => racers.every(({ lines }) => lines.length > 0), 60_000);
      const held = racers.filter(({ lines }) => lines[0] === 'held');
      expect(held).toHaveLength(1);
      for (const racer of racers) if (!held.includes(racer)) expect(racer.lines[0]).toContain('data_dir_locked');
      await Promise.all(racers.map((racer) => racer.end('SIGKILL')));
    }
  });

  it('is given back, leaving nothing behind', async () => {
    for (let i = 0; i < 2; i += 1) (await lockDirectory(directory)).release();
    expect(() => readFileSync(lockFile())).toThrow('ENOENT');
  });

  it('is refused while a holder on another host shows signs of life, and taken when it is long silent', async () => {
    put({ host: 'elsewhere', pid: 77 }, 60_000);
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      code: 'data_dir_locked',
      message: expect.stringContaining('process 77 on elsewhere'),
    });
    put({ host: 'elsewhere', pid: 77 }, 121_000);
    (await lockDirectory(directory)).release();
  });

  it('is refused while a holder in another container of this host shows signs of life', async () => {
    put({ bootId: bootId(), namespaces: 'pid:[1] net:[1]' });
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'data_dir_locked' });
  });

  it('is taken from a process of this host that is dead, or whose number another process has now', async () => {
    const mine = await lockDirectory(directory);
    const real: unknown = JSON.parse(readFileSync(lockFile(), 'utf8'));
    mine.release();
    const gone = start();
    await gone.end('SIGKILL');
    put({ ...Object(real), pid: gone.pid });
    (await lockDirectory(directory)).release();
    put({ ...Object(real), pid: process.pid, ticks: '1' });
    (await lockDirectory(directory)).release();
    put({ ...Object(real) });
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'data_dir_locked' });
  });

  it('of which nobody can read the holder counts as held while it is fresh', async () => {
    writeFileSync(lockFile(), 'gibberish');
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'data_dir_locked' });
  });

  it('tells its holder when another has taken it', async () => {
    const lost: string[] = [];
    const lock = await lockDirectory(directory, { heartbeatMs: 10, onLost: ({ code }) => lost.push(code) });
    put({ token: 'another' });
    await until(() => lost.length === 1);
    expect(lost).toEqual(['data_dir_lost']);
    lock.release();
    expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ token: 'another' });
  });

  it('shows signs of life', async () => {
    const lock = await lockDirectory(directory, { heartbeatMs: 10 });
    const long = new Date(Date.now() - 60_000);
    utimesSync(lockFile(), long, long);
    await until(() => Date.now() - statSync(lockFile()).mtimeMs < 30_000);
    lock.release();
  });
});

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
