import { expect, test } from 'vitest';
import { brokenImportRules, FOLDER_RULES, importsOf, PACKAGE_HOMES, type SourceFile } from './import-rules.ts';
import { projectFiles, textOf } from './project-files.ts';

const sources: readonly SourceFile[] = projectFiles()
  .filter((path) => /^(src|workers|sandbox)\/.*\.ts$/.test(path))
  .map((path) => ({ path, text: textOf(path) }));

test('no file of the project breaks a rule', () => {
  expect(sources.length).toBeGreaterThan(20);
  expect(brokenImportRules(sources)).toEqual([]);
});

test('the project’s own imports are found by the reader', () => {
  const imports = sources.flatMap(({ text }) => importsOf(text));
  const keywords = sources.flatMap(({ text }) => text.match(/^(?:import|export)\s[^;]*?\sfrom\s+'/gm) ?? []);
  expect(imports.length).toBeGreaterThanOrEqual(keywords.length);
});

test.each([
  ['domain reaching up', 'src/domain/x.ts', "import { a } from '../flow/a.ts';", 'src/domain/ may not'],
  ['domain using another package', 'src/domain/x.ts', "import { parse } from 'yaml';", 'may import zod'],
  ['domain reading files', 'src/domain/x.ts', "import { readFile } from 'node:fs/promises';", 'may import zod'],
  [
    'an action calling the flow',
    'src/actions/ec2/x.ts',
    "import { execute } from '../../flow/execute.ts';",
    'src/actions/ may not',
  ],
  [
    'the flow reaching for AWS',
    'src/flow/x.ts',
    "import { openSessions } from '../aws/sessions.ts';",
    'src/flow/ may not',
  ],
  [
    'the flow reaching for the store',
    'src/flow/x.ts',
    "export { openStore } from '../store/store.ts';",
    'src/flow/ may not',
  ],
  [
    'the flow reaching for the registry',
    'src/flow/x.ts',
    "import { registry } from '../actions/registry.generated.ts';",
    'src/flow/ may not',
  ],
  ['one adapter using another', 'src/slack/x.ts', "import type { A } from '../aws/sessions.ts';", 'src/slack/ may not'],
  [
    'the queue using more of the store than its pool',
    'src/queue/x.ts',
    "import { openStore } from '../store/store.ts';",
    'src/queue/ may not',
  ],
  ['an adapter knowing the root', 'src/http/x.ts', "import { wire } from '../wire.ts';", 'src/http/ may not'],
  [
    'the product using the sandbox',
    'src/main.ts',
    "import { ACCOUNTS } from '../sandbox/world.ts';",
    'src/main.ts may not',
  ],
  [
    'the sandbox using the product',
    'sandbox/aws/x.ts',
    "import { sha256 } from '../../src/domain/json.ts';",
    'sandbox/ may not',
  ],
  [
    'the sandbox using the product, later',
    'sandbox/aws/x.ts',
    "const a = await import('../../src/domain/json.ts');",
    'sandbox/ may not',
  ],
  [
    'a worker using the store',
    'workers/x.ts',
    "import { openStore } from '../src/store/store.ts';",
    'workers/ may not',
  ],
  [
    'Slack’s client outside its home',
    'src/flow/x.ts',
    "import { WebClient } from '@slack/web-api';",
    'src/slack/ only',
  ],
  ['BullMQ outside its home', 'src/flow/x.ts', "import { Queue } from 'bullmq';", 'src/queue/'],
  ['PGlite outside its home', 'src/queue/x.ts', "import { PGlite } from '@electric-sql/pglite';", 'src/store/ only'],
  ['pg’s inner file outside its home', 'src/queue/x.ts', "import x from 'pg/lib/utils.js';", 'src/store/ only'],
  ['the AWS SDK outside its home', 'src/slack/x.ts', "import type { Tag } from '@aws-sdk/client-ec2';", 'src/aws/'],
  ['the AWS SDK in the simulated Slack', 'sandbox/slack/x.ts', "import '@aws-sdk/client-ec2';", 'src/aws/'],
  ['the environment', 'src/wire.ts', 'const home = process.env.HOME;', 'reads process.env'],
  ['the environment, bracketed', 'src/wire.ts', "const home = process['env'];", 'reads process.env'],
])('a planted violation is found: %s', (_, path, text, expected) => {
  expect(brokenImportRules([{ path, text }])).toEqual([expect.stringContaining(expected)]);
});

test('a planted cycle is found once, and one of types alone is not a cycle', () => {
  const loop = (kind: string): SourceFile[] => [
    { path: 'src/flow/b.ts', text: "import { c } from './c.ts';" },
    { path: 'src/flow/a.ts', text: "import { b } from './b.ts';" },
    { path: 'src/flow/c.ts', text: `${kind} { a } from './a.ts';` },
  ];
  expect(brokenImportRules(loop('import'))).toEqual([
    'import cycle: src/flow/a.ts -> src/flow/b.ts -> src/flow/c.ts -> src/flow/a.ts',
  ]);
  expect(brokenImportRules(loop('import type'))).toEqual([]);
});

test('what is commented out or only a word is no import', () => {
  const text =
    "// import { a } from '../aws/a.ts';\n/* import b from 'pg'; */\nconst note = 'it came from us';\n// process.env\n";
  expect(brokenImportRules([{ path: 'src/flow/x.ts', text }])).toEqual([]);
});

test('every rule speaks for something', () => {
  expect(new Set(FOLDER_RULES.map(({ of }) => of)).size).toBe(FOLDER_RULES.length);
  expect(PACKAGE_HOMES.every(({ homes }) => homes.length > 0)).toBe(true);
});
