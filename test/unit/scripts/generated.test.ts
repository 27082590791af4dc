import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generatedPass, writeFiles } from '../../../scripts/lib/generated.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cordon-generated-'));
  mkdirSync(join(root, 'scripts/generators'), { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function generator(name: string, body: string): void {
  writeFileSync(join(root, 'scripts/generators', `${name}.ts`), body);
}

test('a stale and a missing file are found with where they differ, a current one is not', async () => {
  generator(
    'files',
    "export function generateFiles() { return ['a', 'b', 'c'].map((path) => ({ path, text: 'one\\ntwo\\n' })); }",
  );
  writeFileSync(join(root, 'a'), 'one\ntwo\n');
  writeFileSync(join(root, 'b'), 'one\n2\n');
  const pass = await generatedPass(root);
  expect(pass.total).toBe(3);
  expect(pass.stale.map(({ path, difference }) => [path, difference])).toEqual([
    ['b', 'line 2: has “2”, should be “two”'],
    ['c', 'the file is missing'],
  ]);
  writeFiles(root, pass.stale);
  expect((await generatedPass(root)).stale).toEqual([]);
});

test('a generator that throws or exports nothing is told and does not stop the others', async () => {
  generator('bad', "export function generateBad() { throw new Error('no input'); }");
  generator('empty', 'export const nothing = 1;');
  generator('good', "export default async () => [{ path: 'x', text: '' }];");
  const pass = await generatedPass(root);
  expect(pass.total).toBe(1);
  expect(pass.broken.map(({ generator: name, error }) => `${name}: ${error}`)).toEqual([
    'scripts/generators/bad.ts: no input',
    'scripts/generators/empty.ts: exports no function named generate…',
  ]);
});
