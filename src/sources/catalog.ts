import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Rows of a tab-separated file of `catalog/`, without its header. Throws when the file is not there: the package is then incomplete. */
export function catalogRows(name: string): readonly (readonly string[])[] {
  const lines = readFileSync(catalogPath(name), 'utf8').split('\n').slice(1);
  return lines.filter((line) => line !== '').map((line) => line.split('\t'));
}

/** Absolute path of a file of `catalog/`, which lies beside `src` in a clone and beside `dist` when only the code was compiled. */
export function catalogPath(name: string): string {
  const near = fileURLToPath(new URL(`../../catalog/${name}`, import.meta.url));
  return existsSync(near) ? near : fileURLToPath(new URL(`../../../catalog/${name}`, import.meta.url));
}
