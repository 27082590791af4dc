/** Runs every generator of scripts/generators and compares what they give with what lies in the project. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../src/domain/errors.ts';

/** What a generator gives: the path from the project root, and the whole text of the file. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export interface Pass {
  /** Files that differ from the project, with the first line that does. */
  readonly stale: readonly (GeneratedFile & { readonly difference: string })[];
  readonly total: number;
  /** Generators that threw, e.g. since what they import has not been generated yet. */
  readonly broken: readonly { readonly generator: string; readonly error: string }[];
}

/** One pass over all generators; writes nothing. */
export async function generatedPass(root: string): Promise<Pass> {
  const folder = join(root, 'scripts/generators');
  const stale: Pass['stale'][number][] = [];
  const broken: Pass['broken'][number][] = [];
  let total = 0;
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort()) {
    try {
      const files = await runGenerator(join(folder, name));
      total += files.length;
      stale.push(...files.flatMap((file) => compare(root, file)));
    } catch (error) {
      broken.push({ generator: `scripts/generators/${name}`, error: messageOf(error) });
    }
  }
  return { stale, total, broken };
}

/** Writes the files of a pass. */
export function writeFiles(root: string, files: readonly GeneratedFile[]): void {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** The module's default export, else every export whose name begins with `generate`. */
async function runGenerator(file: string): Promise<readonly GeneratedFile[]> {
  const exports: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  const functions = Object.entries(exports).flatMap(([name, value]) =>
    typeof value === 'function' && (name === 'default' || name.startsWith('generate')) ? [value] : [],
  );
  if (functions.length === 0) throw new Error('exports no function named generate…');
  const results: GeneratedFile[] = [];
  for (const generate of new Set(functions)) results.push(...(await generate()));
  return results;
}

function compare(root: string, file: GeneratedFile): Pass['stale'] {
  const path = join(root, file.path);
  if (!existsSync(path)) return [{ ...file, difference: 'the file is missing' }];
  const before = readFileSync(path, 'utf8');
  return before === file.text ? [] : [{ ...file, difference: firstDifference(before, file.text) }];
}

function firstDifference(before: string, after: string): string {
  const old = before.split('\n');
  const fresh = after.split('\n');
  const at = fresh.findIndex((line, index) => line !== old[index]);
  const line = at < 0 ? fresh.length : at;
  return `line ${line + 1}: has ${quoted(old[line])}, should be ${quoted(fresh[line])}`;
}

function quoted(line: string | undefined): string {
  return line === undefined ? 'nothing' : `“${line.length > 100 ? `${line.slice(0, 100)}…` : line}”`;
}
