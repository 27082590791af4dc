import { spawn } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CordonError } from '../domain/errors.ts';

/** Creating takes about three seconds; a slow disk may take many times that. */
const CREATE_WITHIN_MS = 120_000;

/** Creates and closes a database in the directory that the first argument names. */
const PROGRAM = `
const [module, directory] = process.argv.slice(1);
const { PGlite } = await import(module);
const db = await PGlite.create(directory);
await db.close();
process.exit(0);
`;

/** Makes sure that `directory` holds a database, in a short process of its own: creating one takes 0.8 GB of memory that the process would never give back. */
export async function ensureDatabase(directory: string): Promise<void> {
  if (existsSync(join(directory, 'PG_VERSION'))) return;
  // Created beside and renamed: a creation that was cut off leaves nothing that looks like a database.
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  await create(draft);
  renameSync(draft, directory);
}

function create(directory: string): Promise<void> {
  const pglite = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, '--', pglite, directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {},
    timeout: CREATE_WITHIN_MS,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2_000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(notCreated(directory, code === null ? `signal ${signal}` : `exit code ${code}`, said));
    });
  });
}

function notCreated(directory: string, how: string, said: string): CordonError {
  return new CordonError(
    'database_not_created',
    `The embedded database could not be created (${how}). ${said.trim()}`,
    {
      hint: `Check that ${directory} can be written and that about 1 GB of memory and 300 MB of disk are free; or set DATABASE_URL.`,
    },
  );
}
