import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';

/** Rows of a tab-separated file of `catalog/`, without its header. Throws when the file is not there: the installation is then incomplete. */
export function catalogRows(name: string): readonly (readonly string[])[] {
  const path = join(projectRoot(import.meta.url), 'catalog', name);
  const lines = readFileSync(path, 'utf8').split('\n').slice(1);
  return lines.filter((line) => line !== '').map((line) => line.split('\t'));
}
