import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedPass } from '../../../scripts/lib/generated.ts';
import { projectFiles, ROOT, textOf } from './project-files.ts';

const files = projectFiles();
const BINARY = /\.(png|ico|woff2?)$/;

/** Patterns and samples are put together from pieces, so that this file does not hold what it looks for. */
const FORBIDDEN: readonly {
  readonly what: string;
  readonly pattern: RegExp;
  readonly sample: string;
  readonly except?: readonly string[];
}[] = [
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.~-])\/(work|home\/[a-z]|Users\/[a-z])[\w-]*\//,
    sample: ['see ', 'work', 'x'].join('/'),
  },
  {
    what: 'a folder beside the clone',
    pattern: /\.\.\/shared\b/,
    sample: ['read ..', 'shared', 'x'].join('/'),
    except: ['.ci/run'],
  },
  {
    what: 'a registry’s host',
    pattern: /\/\/[^\s/'"]*\bregistry\.[^\s/'"]+|\/npm\/-\/|artifactory\./i,
    sample: ['https:', '', 'registry.example.org', 'x'].join('/'),
  },
  { what: 'an unfinished place', pattern: /\b(TO[D]O|FIX[M]E)\b/, sample: ['// TO', 'DO later'].join('') },
  { what: 'a number of our tracker', pattern: /\bissue #?\d+\b/i, sample: ['as issue', '12 says'].join(' ') },
];

describe('every file', () => {
  test('has a kebab-case name', () => {
    const code = files.filter((path) =>
      /^(src|workers|sandbox|scripts|test|playbooks|catalog|infra|docs)\//.test(path),
    );
    const kebab = /^_?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
    const wrong = code.filter((path) => path.split('/').some((part) => !kebab.test(part) && part !== 'README.md'));
    expect(code.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  test.each(FORBIDDEN)('does not hold $what', ({ pattern, except }) => {
    const holding = files.filter((path) => !BINARY.test(path) && !except?.includes(path) && pattern.test(textOf(path)));
    expect(holding).toEqual([]);
  });

  test.each(FORBIDDEN)('would be found with $what', ({ pattern, sample }) => {
    expect(sample).toMatch(pattern);
  });
});

// It loads every generator and what each of them imports, playbooks and actions included.
test('every generated file is current', { timeout: 60_000 }, async () => {
  const { stale, broken, total } = await generatedPass(ROOT);
  expect({ stale: stale.map(({ path, difference }) => `${path}: ${difference}`), broken }).toEqual({
    stale: [],
    broken: [],
  });
  expect(total).toBeGreaterThan(5);
});

test('every link between our own pages leads somewhere', () => {
  const pages = files.filter((path) => path.endsWith('.md'));
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => ({
      page,
      path: normalize(join(dirname(page), match[1] ?? '')),
    })),
  );
  // Images are taken by a script from the running program, and are committed with it.
  const broken = links.filter(({ path }) => !existsSync(join(ROOT, path)) && !path.startsWith('docs/images/'));
  expect(links.length).toBeGreaterThan(10);
  expect(broken).toEqual([]);
});
