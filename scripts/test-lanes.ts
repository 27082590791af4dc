/**
 * `npm test`: every lane whose tools are there, one after the other, then a summary that names each lane run or not run and why.
 * Exit code 1 on any failure, and when a lane named in CORDON_REQUIRED_LANES did not run. Arguments name the lanes to try (default: all).
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../src/project-root.ts';
import { countLane, LANES, type Lane, type LaneResult, requiredLanes, summary, verdict, whyNot } from './lib/lanes.ts';
import { machineTools } from './lib/tools.ts';

/** A lane that hangs must not hide the summary of the others. */
const LANE_MILLISECONDS = 25 * 60_000;

const root = projectRoot(import.meta.url);
const tools = machineTools(root, process.env);
const required = requiredLanes(process.env['CORDON_REQUIRED_LANES']);
const asked = process.argv.length > 2 ? requiredLanes(process.argv.slice(2).join(' ')) : LANES;
const reports = mkdtempSync(join(tmpdir(), 'cordon-lanes-'));

const results: LaneResult[] = [];
try {
  for (const lane of asked) results.push(await runLane(lane));
} finally {
  rmSync(reports, { recursive: true, force: true });
}
process.stdout.write(`\n${summary(results, required)}\n`);
process.exitCode = verdict(results, required).length === 0 ? 0 : 1;

async function runLane(lane: Lane): Promise<LaneResult> {
  const why = whyNot(lane, tools);
  if (why !== undefined) return { lane, ran: false, why };
  process.stdout.write(`\n--- lane ${lane} ---\n`);
  const file = join(reports, `${lane}.json`);
  const exitCode = await vitest([
    'run',
    '--project',
    lane,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  return countLane(lane, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined, exitCode);
}

/** Runs vitest with our output and gives its exit code; null when a signal or the time limit ended it. */
function vitest(args: readonly string[]): Promise<number | null> {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit', env: laneEnvironment() });
  const timer = setTimeout(() => child.kill('SIGTERM'), LANE_MILLISECONDS);
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.once('SIGTERM', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      process.off('SIGTERM', forward);
      resolve(code);
    });
  });
}

/** Tests that drive a browser find it here; nothing else is added. */
function laneEnvironment(): NodeJS.ProcessEnv {
  const chromium = tools.find('chromium', 'chromium-browser', 'google-chrome');
  return { ...process.env, ...(chromium === undefined ? {} : { CORDON_CHROMIUM: chromium }) };
}
