import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

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
  loaded ??= Planned.parse(parse(readFileSync(catalogPath('planned.yaml'), 'utf8'), { schema: 'core', merge: false }));
  return loaded;
}

/** `catalog/` lies beside `src`, or beside `dist` when only the code was compiled. */
export function catalogPath(name: string): string {
  const near = fileURLToPath(new URL(`../../catalog/${name}`, import.meta.url));
  return existsSync(near) ? near : fileURLToPath(new URL(`../../../catalog/${name}`, import.meta.url));
}
