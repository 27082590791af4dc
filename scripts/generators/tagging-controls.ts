import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project-root.ts';
import { catalogRows } from '../../src/sources/catalog.ts';
import type { GeneratedFile } from '../lib/generated.ts';
import { replaceBetweenMarkers } from '../lib/table.ts';

const PLAYBOOK = 'playbooks/governance/resource-tagging.yaml';
const STANDARD = 'AWS Resource Tagging Standard';
/** Where the list stands in the file, and how wide a line of it may be. */
const INDENT = ' '.repeat(8);
const WIDTH = 120;

/** The controls of the tagging standard, each by its id, in the playbook that owns them: an id outranks the family of its service. */
export function generateTaggingControls(): readonly GeneratedFile[] {
  const text = readFileSync(join(projectRoot(import.meta.url), PLAYBOOK), 'utf8');
  return [
    { path: PLAYBOOK, text: replaceBetweenMarkers(text, 'tagging-controls', wrapped(taggingControls()), 'hash') },
  ];
}

function taggingControls(): readonly string[] {
  const rows = catalogRows('securityhub-controls.tsv');
  return rows.flatMap(([id = '', , , , standards = '']) => (standards.includes(STANDARD) ? [id] : []));
}

function wrapped(ids: readonly string[]): string {
  const lines: string[] = [];
  for (const id of ids) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${id},`.length <= WIDTH) lines[lines.length - 1] = `${last} ${id},`;
    else lines.push(`${INDENT}${id},`);
  }
  return lines.join('\n');
}
