import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CHAIN_END_FILE, chainEndFile } from '../../src/chain-end-file.ts';

const HASH = 'a'.repeat(64);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-chain-end-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('the furthest end stays, whoever writes last; a new epoch begins anew', async () => {
  const [one, other] = [chainEndFile(folder), chainEndFile(folder)];
  expect(await one.last()).toBeUndefined();
  await Promise.all([7, 9, 8].map((seq) => one.keep({ epoch: 1, seq, hash: HASH })));
  expect(await other.last()).toEqual({ epoch: 1, seq: 9, hash: HASH });
  await other.keep({ epoch: 2, seq: 3, hash: HASH });
  await one.keep({ epoch: 1, seq: 50, hash: HASH });
  expect(await one.last()).toEqual({ epoch: 2, seq: 3, hash: HASH });
  expect(await readdir(folder)).toEqual([CHAIN_END_FILE]);
});

test('a file that is not what was written is no "nothing known"', async () => {
  await writeFile(join(folder, CHAIN_END_FILE), '{"epoch":1}');
  await expect(chainEndFile(folder).last()).rejects.toMatchObject({ code: 'chain_end_unreadable' });
  await expect(chainEndFile(folder).keep({ epoch: 1, seq: 1, hash: HASH })).rejects.toMatchObject({
    code: 'chain_end_unreadable',
  });
});

test('an end that cannot be kept is said', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  await expect(chainEndFile(join(file, 'below')).keep({ epoch: 1, seq: 1, hash: HASH })).rejects.toThrow();
});
