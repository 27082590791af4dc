import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../project-root.ts';

const Planned = z.strictObject({
  actions: z.array(z.string()),
  /** Kinds of steps that talk to people or to AWS Support. */
  conversations: z.array(z.string()),
  playbooks: z.array(z.string()),
});
export type Planned = z.infer<typeof Planned>;

let loaded: Planned | undefined;

/** Names that playbooks may use before they are built: `catalog/planned.yaml`. Throws when the file is missing or malformed. */
export function planned(): Planned {
  loaded ??= Planned.parse(
    parse(readFileSync(join(projectRoot(import.meta.url), 'catalog', 'planned.yaml'), 'utf8'), {
      schema: 'core',
      merge: false,
    }),
  );
  return loaded;
}
