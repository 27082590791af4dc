import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/project-root.ts';

/** Absolute path of the project. */
export const ROOT = projectRoot(import.meta.url);

const NOT_OURS = new Set(['.git', 'node_modules', 'dist', 'coverage', '.cordon']);

/** Paths of all files that are ours, from the project root, with `/`. */
export function projectFiles(folder = ''): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? projectFiles(path) : [path];
  });
}

/** The text of one of them. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
