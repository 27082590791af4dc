import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { patchState } from '../state/patch.ts';
import { isKindName, regionFor, type State } from '../state/state.ts';

const Change = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string().default('eu-west-1'),
  kind: z.string().refine(isKindName, 'no such kind'),
  id: z.string(),
  fields: z.record(z.string(), z.unknown()),
});

/** Changes seeded resources as a file says: a JSON list of `{account, region, kind, id, fields}`. Throws naming the first change that cannot be made. */
export function applySeedFile(state: State, path: string): void {
  for (const change of z.array(Change).parse(JSON.parse(readFileSync(path, 'utf8')))) {
    const { account, region, kind, id, fields } = change;
    const result = patchState(state, kind, account, regionFor(kind, region), id, fields);
    if (!result.ok) throw new Error(`${path}: ${result.problem}`);
  }
}
