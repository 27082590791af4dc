/**
 * Which folder may import which, as data, and the pure checker that finds every import that breaks it.
 * The one-way flow keeps the story readable: domain at the bottom, the outside at the edges, wire.ts alone knowing who is who.
 */
import { posix } from 'node:path';

export interface SourceFile {
  /** From the project root, with `/`. */
  readonly path: string;
  readonly text: string;
}

interface FolderRule {
  /** The files it speaks for: a folder (ends in `/`) or one file. The longest that fits decides. */
  readonly of: string;
  /** Folders or files that may be imported, beside the folder itself. `*` is everything under src/. */
  readonly may: readonly string[];
  /** When given: the only packages (and `node:` modules) that may be imported. */
  readonly packages?: readonly string[];
}

/** Files at the foot of src/ that import nothing but domain, and that any adapter may use. */
const FEET = ['src/project-root.ts', 'src/secret.ts'];
const STORY = ['src/domain/', 'src/ports.ts'];

export const FOLDER_RULES: readonly FolderRule[] = [
  { of: 'src/domain/', may: [], packages: ['zod', 'json-canonicalize', 'node:crypto'] },
  { of: 'src/ports.ts', may: ['src/domain/', 'src/actions/action.ts', 'src/playbooks/match.ts'] },
  { of: 'src/sources/', may: ['src/domain/', ...FEET] },
  { of: 'src/actions/', may: ['src/domain/'] },
  { of: 'src/playbooks/', may: [...STORY, 'src/actions/action.ts', 'src/actions/registry.generated.ts', ...FEET] },
  { of: 'src/flow/', may: [...STORY, 'src/actions/action.ts', 'src/playbooks/', 'src/sources/'] },
  { of: 'src/store/', may: [...STORY, ...FEET] },
  { of: 'src/queue/', may: [...STORY, ...FEET, 'src/store/pool.ts'] },
  { of: 'src/aws/', may: [...STORY, ...FEET, 'src/actions/action.ts'] },
  { of: 'src/slack/', may: [...STORY, ...FEET, 'src/flow/'] },
  { of: 'src/http/', may: [...STORY, ...FEET, 'src/flow/'] },
  { of: 'src/cli/', may: ['*'] },
  { of: 'src/main.ts', may: ['*'] },
  { of: 'src/product.ts', may: ['*', 'workers/'] },
  { of: 'src/flow-binding.ts', may: [...STORY, 'src/flow/', 'src/slack/flow-api.ts'] },
  { of: 'src/wire.ts', may: ['*'] },
  { of: 'src/', may: [...STORY, ...FEET, 'src/config.ts', 'src/config-variables.ts'] },
  { of: 'workers/', may: [...STORY, 'src/wire.ts', 'src/config.ts', 'src/flow/', 'src/queue/', 'src/slack/'] },
  { of: 'workers/run.ts', may: ['*', 'workers/'] },
  { of: 'sandbox/', may: [] },
];

/** Packages that are at home in few places; a trailing `/` means every package of that scope. */
export const PACKAGE_HOMES: readonly { readonly packages: readonly string[]; readonly homes: readonly string[] }[] = [
  { packages: ['@slack/'], homes: ['src/slack/'] },
  { packages: ['prom-client'], homes: ['src/http/'] },
  { packages: ['bullmq', 'ioredis'], homes: ['src/queue/', 'workers/'] },
  { packages: ['pg', '@electric-sql/', 'kysely'], homes: ['src/store/'] },
  { packages: ['@aws-sdk/', '@smithy/'], homes: ['src/aws/', 'src/actions/', 'sandbox/aws/'] },
];

/** The files outside scripts/ and test/ that read the environment. */
const ENVIRONMENT_READERS: readonly string[] = ['src/config.ts', 'sandbox/launch.ts'];

/** Every broken rule as a sentence that names the file; empty when the house is in order. Looks at src/, workers/ and sandbox/ only. */
export function brokenImportRules(files: readonly SourceFile[]): readonly string[] {
  const ours = files.filter(({ path }) => /^(src|workers|sandbox)\//.test(path) && path.endsWith('.ts'));
  return [...ours.flatMap(brokenInFile), ...cycles(ours)];
}

interface Import {
  readonly specifier: string;
  /** `import type` leaves nothing behind at run time, so it cannot close a cycle. */
  readonly erased: boolean;
}

/** Import and export statements and dynamic imports; comments are taken away first. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text);
  const statements = /^\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]*?\s+from\s+)?['"]([^'"\n]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;
  return [
    ...[...code.matchAll(statements)].map((match) => ({ specifier: match[2] ?? '', erased: match[1] !== undefined })),
    ...[...code.matchAll(dynamic)].map((match) => ({ specifier: match[1] ?? '', erased: false })),
  ];
}

/** Block comments and lines that are all comment; good enough since imports stand at the top, before any text that could look like one. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function brokenInFile(file: SourceFile): readonly string[] {
  const rule = ruleOf(file.path);
  const broken = importsOf(file.text).flatMap(({ specifier }) =>
    specifier.startsWith('.')
      ? wrongFolder(file.path, target(file.path, specifier), rule)
      : wrongPackage(file.path, specifier, rule),
  );
  const readsEnvironment = /\bprocess\s*(\.\s*env\b|\[\s*['"]env['"])/.test(withoutComments(file.text));
  return readsEnvironment && !ENVIRONMENT_READERS.includes(file.path)
    ? [...broken, `${file.path} reads process.env; only ${ENVIRONMENT_READERS.join(' and ')} may`]
    : broken;
}

function ruleOf(path: string): FolderRule | undefined {
  const fitting = FOLDER_RULES.filter(({ of }) => isUnder(path, of));
  return fitting.sort((a, b) => b.of.length - a.of.length)[0];
}

function wrongFolder(from: string, to: string, rule: FolderRule | undefined): readonly string[] {
  if (rule === undefined) return [`${from} lies in a folder without an import rule`];
  const own = rule.of.endsWith('/') ? rule.of : undefined;
  const allowed = [
    ...rule.may.map((folder) => (folder === '*' ? 'src/' : folder)),
    ...(own === undefined || own === 'src/' ? [] : [own]),
  ];
  return allowed.some((folder) => isUnder(to, folder)) ? [] : [`${from} imports ${to}; ${rule.of} may not`];
}

function wrongPackage(from: string, specifier: string, rule: FolderRule | undefined): readonly string[] {
  if (rule?.packages !== undefined && !rule.packages.includes(specifier)) {
    return [`${from} imports ${specifier}; ${rule.of} may import ${rule.packages.join(', ')} only`];
  }
  const home = PACKAGE_HOMES.find(({ packages }) =>
    packages.some((name) =>
      name.endsWith('/') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`),
    ),
  );
  if (home === undefined || home.homes.some((folder) => isUnder(from, folder))) return [];
  return [`${from} imports ${specifier}, which is at home in ${home.homes.join(', ')} only`];
}

function isUnder(path: string, folder: string): boolean {
  return folder.endsWith('/') ? path.startsWith(folder) : path === folder;
}

function target(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** Each cycle of run-time imports once, from its alphabetically first file. */
function cycles(files: readonly SourceFile[]): readonly string[] {
  const edges = new Map(files.map(({ path, text }) => [path, runtimeImports(path, text)]));
  const done = new Set<string>();
  const found = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.add(cycleText(trail.slice(at)));
    if (at >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return [...found].sort();
}

function runtimeImports(path: string, text: string): readonly string[] {
  return importsOf(text)
    .filter(({ specifier, erased }) => specifier.startsWith('.') && !erased)
    .map(({ specifier }) => target(path, specifier));
}

function cycleText(loop: readonly string[]): string {
  const first = [...loop].sort()[0] ?? '';
  const at = loop.indexOf(first);
  const turned = [...loop.slice(at), ...loop.slice(0, at)];
  return `import cycle: ${[...turned, first].join(' -> ')}`;
}
