/**
 * `npm run lock`: after any npm install, puts back into package-lock.json the optional packages of other platforms that the registry in use does not serve.
 * npm drops what it cannot fetch, and `npm ci` then refuses the lock file on every machine. Versions are the exact ones that the depending package names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/project-root.ts';
import { completed, type Lockfile } from './lib/lockfile.ts';

const path = join(projectRoot(import.meta.url), 'package-lock.json');
const lock: Lockfile = JSON.parse(readFileSync(path, 'utf8'));
const { lockfile, added } = completed(lock);
writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
process.stdout.write(added.length === 0 ? 'package-lock.json is whole\n' : `added ${added.join(', ')}\n`);
