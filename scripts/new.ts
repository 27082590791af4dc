/** `npm run new action|playbook|command ID`: writes the files of a new thing from a template and regenerates what is made from them. Overwrites nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../src/domain/errors.ts';
import { projectRoot } from '../src/project-root.ts';
import { writeFiles } from './lib/generated.ts';
import { KINDS, scaffold } from './lib/scaffold.ts';

const USAGE = `usage: npm run new ${KINDS.join('|')} ID   (e.g. action ec2.do-something, playbook s3.something, command who-knows)`;

process.exitCode = main(process.argv.slice(2));

function main([kindText, id, ...rest]: readonly string[]): number {
  const kind = KINDS.find((known) => known === kindText);
  if (kind === undefined || id === undefined || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  try {
    const written = create(kind, id);
    const biome = join(projectRoot(import.meta.url), 'node_modules/@biomejs/biome/bin/biome');
    spawnSync(process.execPath, [biome, 'format', '--write', ...written], { stdio: 'ignore' });
  } catch (error) {
    console.error(messageOf(error));
    return 1;
  }
  return spawnSync('npm', ['run', '-s', 'generate'], { stdio: 'inherit' }).status ?? 1;
}

/** Gives the paths of what it wrote. */
function create(kind: (typeof KINDS)[number], id: string): readonly string[] {
  const root = projectRoot(import.meta.url);
  const files = scaffold(kind, id, new Date().toISOString().slice(0, 10));
  const taken = files.filter(({ path }) => existsSync(join(root, path)));
  if (taken.length > 0)
    throw new Error(`${taken.map(({ path }) => path).join(', ')} is there already; nothing was written.`);
  writeFiles(root, files);
  for (const { path } of files) console.log(`wrote ${path}`);
  console.log('Now make it yours: docs/writing-actions.md and docs/writing-playbooks.md say how.');
  return files.map(({ path }) => join(root, path));
}
