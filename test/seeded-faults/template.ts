import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const CREATE_WITHIN_MS = 10 * 60_000;

/** Creates an empty database in memory and writes it to the file that the second argument names. */
const PROGRAM = `
const [module, file] = process.argv.slice(1);
const { PGlite } = await import(module);
const { writeFileSync } = await import('node:fs');
const db = await PGlite.create('memory://');
writeFileSync(file, Buffer.from(await (await db.dumpDataDir('none')).arrayBuffer()));
process.exit(0);
`;

/** Writes an empty database to a file, in a process of its own: creating one takes seconds and much memory, and more than a dozen tests want one. Throws when it cannot. */
export function makeTemplate(file: string): void {
  const pglite = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM, '--', pglite, file],
    { encoding: 'utf8', env: {}, timeout: CREATE_WITHIN_MS },
  );
  if (status !== 0) throw new Error(`the empty database could not be made: ${stderr}`);
}
