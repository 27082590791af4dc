import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CordonError } from './domain/errors.ts';

/**
 * The folder that holds package.json, found by walking up from the caller's `import.meta.url`: the same from the sources and from `dist/`.
 * `catalog/`, `playbooks/` and `infra/` are read from there. Throws CordonError `project_root_missing`.
 */
export function projectRoot(moduleUrl: string): string {
  for (let folder = dirname(fileURLToPath(moduleUrl)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new CordonError('project_root_missing', 'No package.json in any folder above the program', {
        hint: 'Run Cordon from a complete clone: playbooks, catalogues and templates lie beside package.json.',
      });
    }
  }
}
