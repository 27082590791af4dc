import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../src/project-root.ts';
import { buildWithFault, StaleFault } from './copies.ts';
import type { SeededFault } from './fault.ts';
import { judge, type Verdict } from './judge.ts';
import { Ran } from './ran.ts';
import { makeTemplate } from './template.ts';

/** A fault and what became of it. */
export interface Tried extends Verdict {
  readonly fault: SeededFault;
}

const ROOT = projectRoot(import.meta.url);
const NOTHING: Ran = { tests: [], broken: [] };
const LIMIT_MS = 30 * 60_000;

/**
 * Builds each fault into a copy of the project and runs its test there and, once for all, on the product as it is; both in one vitest. The copies are gone
 * afterwards. A fault whose place has changed counts as not caught. Throws when vitest wrote no report.
 */
export async function tryFaults(faults: readonly SeededFault[]): Promise<readonly Tried[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-seeded-'));
  try {
    const stale = new Map(faults.flatMap((fault) => buildOrWhyNot(folder, fault)));
    const built = faults.filter((fault) => !stale.has(fault));
    const ran = built.length === 0 ? NOTHING : await runTests(folder, built);
    return faults.map((fault) => ({ fault, ...(stale.get(fault) ?? judge(fault, ran)) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function buildOrWhyNot(folder: string, fault: SeededFault): readonly (readonly [SeededFault, Verdict])[] {
  try {
    buildWithFault(ROOT, join(folder, fault.id), fault);
    return [];
  } catch (error) {
    if (!(error instanceof StaleFault)) throw error;
    return [[fault, { caught: false, why: error.message, message: '' }]];
  }
}

async function runTests(folder: string, faults: readonly SeededFault[]): Promise<Ran> {
  makeTemplate(join(folder, 'database.tar'));
  return readRan(join(folder, 'ran.json'), await vitest(folder, faults));
}

function readRan(file: string, output: string): Ran {
  try {
    return Ran.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`vitest wrote no report that can be read; it said:\n${output}`, { cause: error });
  }
}

/** Its exit code says nothing here: tests are meant to fail. Gives what it printed. */
function vitest(folder: string, faults: readonly SeededFault[]): Promise<string> {
  const program = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
  const child = spawn(process.execPath, [program, 'run', '--root', ROOT, '--config', config], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...plainEnvironment(),
      CORDON_SEEDED_FAULTS: folder,
      CORDON_SEEDED_ONLY: faults.map(({ id }) => id).join(','),
    },
    timeout: LIMIT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

/** Without what an outer vitest tells its tests. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|VITE_|NODE_ENV$|TEST$|DEV$|PROD$)/.test(name)),
  );
}
