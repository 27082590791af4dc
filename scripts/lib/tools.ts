import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Tools } from './lanes.ts';

/** This machine, as the lanes' detection asks for it; `root` is the project's folder. */
export function machineTools(root: string, environment: Readonly<Record<string, string | undefined>>): Tools {
  const folders = [
    ...(environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...postgresFolders(),
  ];
  return {
    find: (...names) => names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram),
    answers: (program, argument) => spawnSync(program, [argument], { stdio: 'ignore', timeout: 60_000 }).status === 0,
    environment: (name) => environment[name],
    isFolder: (path) => existsSync(path) && statSync(path).isDirectory(),
    hasTests: (folder) => hasTests(join(root, folder)),
  };
}

/** Debian keeps initdb and pg_ctl out of PATH. */
function postgresFolders(): readonly string[] {
  const base = '/usr/lib/postgresql';
  return existsSync(base) ? readdirSync(base).map((version) => join(base, version, 'bin')) : [];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not executable: not this one. The caller goes on to the next folder.
    return false;
  }
}

function hasTests(folder: string): boolean {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'))
  );
}
