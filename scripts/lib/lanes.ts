/**
 * The lanes of `npm test`: what each needs, whether that is there, and how the closing summary counts. Pure but for `detect`, which is handed its tools.
 */
import { z } from 'zod';

/** A fixed order: quick and local first, the whole program last. */
export const LANES = [
  'unit',
  'integration',
  'model',
  'seeded-faults',
  'postgres',
  'redis',
  'faults',
  'browser',
  'corpus',
  'moto',
  'aws-cli',
  'e2e',
] as const;
export type Lane = (typeof LANES)[number];

/** Where a lane's tests lie; as in vitest.config.ts. */
export function laneFolder(lane: Lane): string {
  return lane === 'unit' || lane === 'integration' || lane === 'model' ? `test/${lane}` : `test/lanes/${lane}`;
}

/** What detection asks of the machine. */
export interface Tools {
  /** Absolute path of the first of these programs found on PATH or in PostgreSQL's own folders. */
  find(...names: readonly string[]): string | undefined;
  /** True when the program answers with exit code 0. */
  answers(program: string, argument: string): boolean;
  environment(name: string): string | undefined;
  isFolder(path: string): boolean;
  hasTests(folder: string): boolean;
}

/** Undefined: the lane can run. Otherwise why it cannot. */
export function whyNot(lane: Lane, tools: Tools): string | undefined {
  return tools.hasTests(laneFolder(lane)) ? toolMissing(lane, tools) : `no tests in ${laneFolder(lane)}`;
}

function toolMissing(lane: Lane, tools: Tools): string | undefined {
  switch (lane) {
    case 'unit':
    case 'integration':
      return undefined;
    case 'model':
    case 'seeded-faults':
      return notAsked(tools);
    case 'postgres':
      return tools.find('initdb') ? undefined : 'initdb not found';
    case 'redis':
      return tools.find('redis-server') ? undefined : 'redis-server not on PATH';
    case 'faults':
      return notAsked(tools) ?? toolMissing('postgres', tools) ?? toolMissing('redis', tools);
    case 'browser':
    case 'e2e':
      return tools.find('chromium', 'chromium-browser', 'google-chrome') ? undefined : 'no Chromium found';
    case 'corpus':
      return corpusMissing(tools);
    case 'moto':
      return answering('moto_server', '--help', tools);
    case 'aws-cli':
      return answering('aws', '--version', tools);
  }
}

/** These take minutes each, so they are asked for. */
function notAsked(tools: Tools): string | undefined {
  return tools.environment('CORDON_LONG_LANES') === '1'
    ? undefined
    : 'it takes minutes; CORDON_LONG_LANES=1 asks for it';
}

function corpusMissing(tools: Tools): string | undefined {
  const folder = tools.environment('CORDON_CORPUS_DIR');
  if (folder === undefined || folder === '') return 'CORDON_CORPUS_DIR not set';
  return tools.isFolder(folder) ? undefined : 'CORDON_CORPUS_DIR is not a folder';
}

/** Version managers leave shims on PATH that only fail, so the program is asked, not just looked up. */
function answering(name: string, argument: string, tools: Tools): string | undefined {
  const program = tools.find(name);
  if (program === undefined) return `${name} not on PATH`;
  return tools.answers(program, argument) ? undefined : `${name} is on PATH but does not start`;
}

/** Names of lanes that must run, from `CORDON_REQUIRED_LANES` (comma or space separated). Throws on a name that is no lane. */
export function requiredLanes(text: string | undefined): readonly Lane[] {
  return (text ?? '')
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => {
      const lane = LANES.find((known) => known === name);
      if (lane === undefined) throw new Error(`CORDON_REQUIRED_LANES names “${name}”; lanes are ${LANES.join(', ')}`);
      return lane;
    });
}

export type LaneResult =
  | { readonly lane: Lane; readonly ran: false; readonly why: string }
  | {
      readonly lane: Lane;
      readonly ran: true;
      readonly passed: number;
      readonly failed: number;
      readonly skipped: number;
    };

/** The part of vitest's JSON report that is counted. */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/**
 * Counts a lane. `report` is vitest's JSON (undefined when none was written) and `exitCode` its exit code (null: killed).
 * A file that fails before its first test, a crash and a lost report each count as a failure, so a red lane never adds up to green.
 */
export function countLane(lane: Lane, report: unknown, exitCode: number | null): LaneResult {
  const parsed = Report.safeParse(report);
  if (!parsed.success) return { lane, ran: true, passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.data;
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const failed = numFailedTests + brokenFiles;
  return {
    lane,
    ran: true,
    passed: numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

/** Why the whole is red; empty when it is green. */
export function verdict(results: readonly LaneResult[], required: readonly Lane[]): readonly string[] {
  const failures = results.flatMap((result) =>
    result.ran && result.failed > 0 ? [`lane ${result.lane}: ${result.failed} failed`] : [],
  );
  const missing = required.flatMap((lane) => {
    const result = results.find((candidate) => candidate.lane === lane);
    if (result === undefined) return [`lane ${lane} is required and was not started`];
    if (!result.ran) return [`lane ${lane} is required and did not run: ${result.why}`];
    return result.passed + result.failed === 0 ? [`lane ${lane} is required and ran 0 tests`] : [];
  });
  return [...failures, ...missing];
}

/** The closing lines: a table, what is wrong, and alone on the last line `N passed, N failed`. */
export function summary(results: readonly LaneResult[], required: readonly Lane[]): string {
  const rows = results.map((result) => [
    result.lane + (required.includes(result.lane) ? ' (required)' : ''),
    result.ran ? 'run' : `NOT RUN: ${result.why}`,
    ...(result.ran ? [result.passed, result.failed, result.skipped].map(String) : ['-', '-', '-']),
  ]);
  const table = aligned([['lane', 'state', 'passed', 'failed', 'skipped'], ...rows]);
  const ran = results.filter((result) => result.ran);
  const sum = (field: 'passed' | 'failed'): number => ran.reduce((total, result) => total + result[field], 0);
  const problems = verdict(results, required).map((line) => `FAILED  ${line}`);
  const rule = '='.repeat(72);
  return [rule, ...table, rule, ...problems, `${sum('passed')} passed, ${sum('failed')} failed`].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
