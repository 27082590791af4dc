import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../../src/project-root.ts';

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      integrity: z.string().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** npm has been seen to drop other platforms' optional packages from the lock file when a package is removed; `npm ci` then refuses it. */
describe('package-lock.json', () => {
  const { packages } = Lock.parse(
    JSON.parse(readFileSync(join(projectRoot(import.meta.url), 'package-lock.json'), 'utf8')),
  );
  const installed = Object.entries(packages).filter(([path]) => path !== '');

  it('holds every optional package of every platform, whole', () => {
    const names = new Set(
      installed.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    );
    const missing = installed.flatMap(([path, one]) =>
      Object.keys(one.optionalDependencies ?? {})
        .filter((name) => !names.has(name))
        .map((name) => `${name} of ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('names version and integrity of each package', () => {
    expect(installed.filter(([, one]) => !one.version || !one.integrity).map(([path]) => path)).toEqual([]);
  });
});
