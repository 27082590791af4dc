import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deploymentSecret, SECRET_FILE } from '../../../src/deployment-secret.ts';
import { Secret } from '../../../src/secret.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cordon-secret-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

test('is made once, readable by its owner alone, and kept', async () => {
  const [first, second] = await Promise.all([
    deploymentSecret({ secret: null, dataDir }),
    deploymentSecret({ secret: null, dataDir }),
  ]);
  expect(first.reveal()).toMatch(/^[0-9a-f]{64}$/);
  expect(second.reveal()).toBe(first.reveal());
  expect((await stat(join(dataDir, SECRET_FILE))).mode & 0o777).toBe(0o600);
  expect((await deploymentSecret({ secret: null, dataDir })).reveal()).toBe(first.reveal());
});

test('a configured one is used and nothing is written', async () => {
  const secret = new Secret('configured');
  expect(await deploymentSecret({ secret, dataDir })).toBe(secret);
  await expect(readFile(join(dataDir, SECRET_FILE))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a damaged file is an error, never a new secret', async () => {
  await writeFile(join(dataDir, SECRET_FILE), 'abc');
  await expect(deploymentSecret({ secret: null, dataDir })).rejects.toMatchObject({ code: 'secret_unreadable' });
  expect(await readFile(join(dataDir, SECRET_FILE), 'utf8')).toBe('abc');
});
