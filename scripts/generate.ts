/**
 * `npm run generate`: writes every generated file; `npm run generate -- --check` only compares and fails when one is stale.
 * What one generator imports another may write (the registry of actions, the playbook schema), so writing goes round in fresh processes until nothing changes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../src/project-root.ts';
import { generatedPass, type Pass, writeFiles } from './lib/generated.ts';

const MAX_PASSES = 5;
/** Exit code of a pass that wrote something: another is needed. */
const CHANGED = 3;

const root = projectRoot(import.meta.url);
const mode = process.argv[2];
if (mode === '--check') process.exitCode = report(await generatedPass(root)) ? 0 : 1;
else if (mode === '--pass') process.exitCode = await writePass();
else process.exitCode = untilNothingChanges();

function report({ stale, total, broken }: Pass): boolean {
  for (const { path, difference } of stale) console.error(`stale: ${path}\n  ${difference}`);
  for (const { generator, error } of broken) console.error(`broken: ${generator}\n  ${error}`);
  const good = stale.length === 0 && broken.length === 0;
  console.log(good ? `${total} generated files are current` : 'Run `npm run generate` and commit what it writes.');
  return good;
}

async function writePass(): Promise<number> {
  const pass = await generatedPass(root);
  writeFiles(root, pass.stale);
  for (const { path } of pass.stale) console.log(`wrote ${path}`);
  if (pass.stale.length > 0) return CHANGED;
  for (const { generator, error } of pass.broken) console.error(`broken: ${generator}\n  ${error}`);
  return pass.broken.length > 0 ? 1 : 0;
}

function untilNothingChanges(): number {
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    const { status } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), '--pass'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== CHANGED) return status ?? 1;
  }
  console.error(`The generators still change files after ${MAX_PASSES} passes: two of them disagree.`);
  return 1;
}
