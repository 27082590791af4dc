import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT, textOf } from './project-files.ts';

const Versions = z.record(z.string(), z.string());
const Package = z.object({ dependencies: Versions, devDependencies: Versions });
const Lock = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional(), version: z.string().optional() })),
});
const Installed = z.object({ license: z.string(), version: z.string() });

const { dependencies, devDependencies } = Package.parse(JSON.parse(textOf('package.json')));
const direct = { ...dependencies, ...devDependencies };
const rows = new Map(
  [...textOf('docs/dependencies.md').matchAll(/^\| (\S+) \| ([^|]+) \| ([^|]+) \|$/gm)]
    .filter((match) => match[1] !== 'Package' && match[1] !== '---')
    .map((match) => [match[1] ?? '', { licence: match[2]?.trim(), why: match[3]?.trim() ?? '' }]),
);

test('every direct dependency is pinned to one version', () => {
  expect(Object.entries(direct).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('exactly the direct dependencies are explained', () => {
  expect([...rows.keys()].sort()).toEqual(Object.keys(direct).sort());
  expect([...rows.values()].filter(({ why }) => why.length < 5)).toEqual([]);
});

test('the page gives the licence that each package itself gives', () => {
  const wrong = Object.keys(direct).filter((name) => installed(name).license !== rows.get(name)?.licence);
  expect(wrong).toEqual([]);
});

test('what is installed is what is pinned', () => {
  expect(Object.entries(direct).filter(([name, version]) => installed(name).version !== version)).toEqual([]);
});

test('the lock file names no host to download from, so that everybody’s own registry is used', () => {
  const { packages } = Lock.parse(JSON.parse(textOf('package-lock.json')));
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved?.includes('://'))).toEqual([]);
  for (const [name, version] of Object.entries(direct)) expect(packages[`node_modules/${name}`]?.version).toBe(version);
});

function installed(name: string): z.infer<typeof Installed> {
  const path = join(ROOT, 'node_modules', name, 'package.json');
  return existsSync(path)
    ? Installed.parse(JSON.parse(readFileSync(path, 'utf8')))
    : { license: 'not installed', version: '' };
}
