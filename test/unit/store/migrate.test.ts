import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadMigrations } from '../../../src/store/migrate.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cordon-migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...names: readonly string[]): void {
  for (const name of names) writeFileSync(join(folder, name), `-- ${name}`);
}

test('the product’s own are numbered without a gap', () => {
  expect(loadMigrations().map(({ number }) => number)).toEqual(loadMigrations().map((_, at) => at + 1));
  expect(loadMigrations().length).toBeGreaterThan(1);
});

test('they are read in order', () => {
  write('002-b.sql', '001-a.sql', 'README.md');
  expect(loadMigrations(folder)).toEqual([
    { number: 1, name: '001-a.sql', sql: '-- 001-a.sql' },
    { number: 2, name: '002-b.sql', sql: '-- 002-b.sql' },
  ]);
});

test.each([
  ['a gap', ['001-a.sql', '003-c.sql'], '003-c.sql'],
  ['a number twice', ['001-a.sql', '001-b.sql'], '001-b.sql'],
  ['no number', ['a.sql'], 'a.sql'],
])('%s is refused', (_, names, culprit) => {
  write(...names);
  expect(() => loadMigrations(folder)).toThrow(culprit);
});
