import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { projectRoot } from '../../src/project-root.ts';
import { SEEDED_FAULTS } from './list.ts';
import { CLEAN } from './ran.ts';
import { ranReporter } from './reporter.ts';

/** The flag: a folder with one copy of the project for each fault that is to be tried, named as the fault. Nothing of the product reads it. */
const folder = process.env['CORDON_SEEDED_FAULTS'];
if (folder === undefined) throw new Error('this is run by `npm run seeded-faults`');

const tried = SEEDED_FAULTS.filter(({ id }) => (process.env['CORDON_SEEDED_ONLY'] ?? id).split(',').includes(id));

const FROM_TEMPLATE = fileURLToPath(new URL('from-template.ts', import.meta.url));

/** A test's name as vitest matches it: the titles with a space between them. */
function pattern(tests: readonly string[]): RegExp {
  const names = tests.map((test) => test.replaceAll(' > ', ' ').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^(${[...new Set(names)].join('|')})$`);
}

function project(name: string, root: string, files: readonly string[]) {
  return {
    root,
    test: {
      name,
      include: [...new Set(files)],
      pool: 'forks' as const,
      setupFiles: [FROM_TEMPLATE],
      // Short tests: what the compiler of WebAssembly would gain later costs more than it brings.
      execArgv: ['--liftoff-only'],
      testTimeout: 120_000,
      hookTimeout: 300_000,
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    cache: false,
    reporters: [ranReporter(join(folder, 'ran.json'))],
    testNamePattern: pattern(tried.map(({ caughtBy }) => caughtBy.test)),
    projects: [
      project(
        CLEAN,
        projectRoot(import.meta.url),
        tried.map(({ caughtBy }) => caughtBy.file),
      ),
      ...tried.map(({ id, caughtBy }) => project(id, join(folder, id), [caughtBy.file])),
    ],
  },
});
