import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateActions } from '../../../scripts/generators/actions.ts';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { registryOf } from '../../../src/actions/registry.ts';

describe('the registry of actions', () => {
  it('is what the generator makes of the files', () => {
    for (const { path, text } of generateActions()) expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('has each action under the id that its place in the tree says', () => {
    const [generated] = generateActions();
    const places = [...(generated?.text ?? '').matchAll(/'\.\/([a-z0-9]+)\/([a-z0-9-]+)\.ts'/g)].map(
      ([, service, name]) => `${service}.${name}`,
    );
    expect(ACTIONS.map((action) => action.id).sort()).toEqual(places.sort());
    expect(places.length).toBeGreaterThanOrEqual(4);
  });

  it('finds by id and lists in the order of ids', () => {
    const registry = registryOf([...ACTIONS].reverse());
    expect(registry.get('s3.block-public-access')?.title).toBe('Block public access to the bucket');
    expect(registry.get('s3.make-public')).toBeUndefined();
    const ids = registry.list().map((action) => action.id);
    expect(ids).toEqual([...ids].sort());
  });

  it.each(ACTIONS.map((action) => [action.id, action] as const))(
    '%s says why it needs each permission',
    (_, action) => {
      for (const permission of [...action.reads, ...action.writes]) {
        expect(permission.why.length).toBeGreaterThan(10);
        expect(permission.actions.join()).not.toContain('*');
      }
    },
  );
});
