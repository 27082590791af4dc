import { playbookJsonSchema } from '../../src/playbooks/json-schema.ts';
import type { GeneratedFile } from '../lib/generated.ts';

/** JSON Schema of a playbook file, for editors (`# yaml-language-server: $schema=…`). */
export function generatePlaybookSchema(): readonly GeneratedFile[] {
  return [{ path: 'playbooks/playbook.schema.json', text: `${JSON.stringify(playbookJsonSchema(), null, 2)}\n` }];
}
