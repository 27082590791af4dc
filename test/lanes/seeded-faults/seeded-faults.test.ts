import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../../src/project-root.ts';
import { SEEDED_FAULTS } from '../../seeded-faults/list.ts';
import { type Tried, tryFaults } from '../../seeded-faults/try-faults.ts';

const LONGEST_MS = 30 * 60_000;
const DIST = join(projectRoot(import.meta.url), 'dist');

describe('a fault that was put into the product on purpose is caught by the assertion that is named for it', () => {
  let tried: readonly Tried[] = [];
  beforeAll(async () => {
    tried = await tryFaults(SEEDED_FAULTS);
  }, LONGEST_MS);

  it.each(SEEDED_FAULTS.map(({ title, id }) => [title, id]))('%s', (_, id) => {
    expect(tried.find(({ fault }) => fault.id === id)).toMatchObject({ caught: true, why: '' });
  });
});

describe('what `npm run build` makes', () => {
  it('holds neither the flag nor a seeded fault', () => {
    expect(existsSync(join(DIST, 'src/main.js')), 'run `npm run build` first').toBe(true);
    const names = ['CORDON_SEEDED', 'seeded-faults', ...SEEDED_FAULTS.map(({ id }) => id)];
    const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holding = files.flatMap(({ parentPath, name }) => {
      const path = join(parentPath, name);
      const text = `${path.slice(DIST.length)}\n${readFileSync(path, 'utf8')}`;
      return names.filter((one) => text.includes(one)).map((one) => `${path} holds ${one}`);
    });
    expect(files.length).toBeGreaterThan(200);
    expect(holding).toEqual([]);
  });
});
