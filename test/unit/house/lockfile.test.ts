import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completed, type Lockfile, missingOptional } from '../../../scripts/lib/lockfile.ts';
import { projectRoot } from '../../../src/project-root.ts';

/** npm drops other platforms' optional packages when the registry in use does not serve them; `npm ci` then refuses the lock file everywhere. */
describe('package-lock.json', () => {
  const lock: Lockfile = JSON.parse(readFileSync(join(projectRoot(import.meta.url), 'package-lock.json'), 'utf8'));

  it('holds every optional package of every platform; if not, run npm run lock', () => {
    expect(missingOptional(lock)).toEqual([]);
  });

  it('names the version of each package, and the integrity of each that can be installed here', () => {
    const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(installed.filter(([, one]) => !one.version).map(([path]) => path)).toEqual([]);
    const here = installed.filter(([, one]) => one['os'] === undefined);
    expect(here.filter(([, one]) => !one.integrity).map(([path]) => path)).toEqual([]);
  });
});

describe('putting dropped packages back', () => {
  const damaged: Lockfile = {
    packages: {
      '': {},
      'node_modules/tool': {
        version: '1.2.3',
        dev: true,
        optionalDependencies: { '@tool/cli-linux-arm64-musl': '1.2.3', '@tool/cli-linux-x64': '1.2.3' },
      },
      'node_modules/@tool/cli-linux-x64': { version: '1.2.3' },
      'node_modules/@tool/cli-linux-arm64-musl': {},
    },
  };

  it('names them with version and platform, and nothing else changes', () => {
    const { lockfile, added } = completed(damaged);
    expect(added).toEqual(['@tool/cli-linux-arm64-musl']);
    expect(lockfile.packages['node_modules/@tool/cli-linux-arm64-musl']).toEqual({
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    });
    expect(missingOptional(lockfile)).toEqual([]);
    expect(completed(lockfile).added).toEqual([]);
  });
});
