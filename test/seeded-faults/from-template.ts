/** Runs before each test file: a database in memory begins as the copy of an empty one instead of being created anew, which takes most of the time of such a test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';

const folder = process.env['CORDON_SEEDED_FAULTS'] ?? '';
const create: (options: PGliteOptions) => Promise<PGlite> = PGlite.create.bind(PGlite);

Object.defineProperty(PGlite, 'create', {
  value: (options: PGliteOptions) =>
    create({ ...options, loadDataDir: new Blob([readFileSync(join(folder, 'database.tar'))]) }),
});
