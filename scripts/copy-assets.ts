/** Last part of the build: copies what TypeScript does not compile to the same place under dist/. */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../src/project-root.ts';

/** Folders (everything below that ends so) and single files, from the project root. */
const ASSETS: readonly { readonly from: string; readonly ending: string }[] = [
  { from: 'src/store/migrations', ending: '.sql' },
  { from: 'sandbox/slack/page', ending: '' },
  { from: 'sandbox/cordon.yaml', ending: '.yaml' },
];

const root = projectRoot(import.meta.url);
// What was renamed or removed must not stay behind: a migration under its old number would be run.
for (const { from } of ASSETS.filter(({ ending }) => ending === '.sql'))
  rmSync(join(root, 'dist', from), { recursive: true, force: true });
const files = ASSETS.flatMap(({ from, ending }) =>
  filesUnder(from).filter((path) => path.endsWith(ending) && !path.endsWith('.ts')),
);
for (const path of files) {
  mkdirSync(dirname(join(root, 'dist', path)), { recursive: true });
  copyFileSync(join(root, path), join(root, 'dist', path));
}

function filesUnder(path: string): readonly string[] {
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : [`${path}/${entry.name}`],
  );
}
