import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project-root.ts';
import { catalogRows } from '../../src/sources/catalog.ts';
import type { GeneratedFile } from '../lib/generated.ts';
import { replaceBetweenMarkers } from '../lib/table.ts';

const PLAYBOOK = 'playbooks/governance/resource-tagging.yaml';
const STANDARD = 'AWS Resource Tagging Standard';
/** As the formatter writes a list that does not fit on one line. */
const INDENT = ' '.repeat(8);

/** The controls of the tagging standard, each by its id, in the playbook that owns them: an id outranks the family of its service. */
export function generateTaggingControls(): readonly GeneratedFile[] {
  const list = taggingControls()
    .map((id) => `${INDENT}${id},`)
    .join('\n');
  const text = readFileSync(join(projectRoot(import.meta.url), PLAYBOOK), 'utf8');
  return [{ path: PLAYBOOK, text: replaceBetweenMarkers(text, 'tagging-controls', list, 'hash') }];
}

function taggingControls(): readonly string[] {
  const rows = catalogRows('securityhub-controls.tsv');
  return rows.flatMap(([id = '', , , , standards = '']) => (standards.includes(STANDARD) ? [id] : []));
}
