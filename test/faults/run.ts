/**
 * `npm run faults -- [--only F1,F7] [--trial NAME] [--seeds N] [--engine pglite|redis] [--short] [--json] [--results FILE] [--page FILE]`: breaks the product on purpose and counts what became of
 * what it had promised. Everything runs on this machine on free ports; whatever was started is stopped by its process id. Can be stopped and started again: trials that stand in
 * the results file are not run again. Exit code 1 when anything was lost, doubled, stuck, or could not be judged.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Bench, ENGINES, type Engine, startBench } from './support/bench.ts';
import type { Fault, Trial } from './support/fault.ts';
import { isClean } from './support/judge.ts';
import { isGood, linesOf, pageText, tableText } from './support/report.ts';
import { appendRow, isDone, type Row, readRows } from './support/results.ts';
import { NO_INSTANCE } from './support/run-trial.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const TRIAL_MS = 15 * 60_000;

const Flags = z.strictObject({
  only: z
    .string()
    .transform((text) => text.split(','))
    .optional(),
  /** Only the trials whose name begins so. */
  trial: z.string().default(''),
  seeds: z.coerce.number().int().min(1).max(1000).optional(),
  engine: z.enum(ENGINES).optional(),
  short: z.boolean().default(false),
  json: z.boolean().default(false),
  results: z.string().default(join(tmpdir(), 'cordon-faults.jsonl')),
  page: z.string().optional(),
});
type Flags = z.infer<typeof Flags>;

let asked = false;
let bench: { readonly bench: Bench; readonly of: string } | undefined;

async function main(): Promise<void> {
  const flags = readFlags();
  const faults = await readFaults();
  const unknown = (flags.only ?? []).filter((id) => !faults.some((fault) => fault.id === id));
  if (unknown.length > 0)
    throw new Error(`there is no fault ${unknown.join(', ')}; known: ${faults.map(({ id }) => id).join(', ')}`);
  const wanted = faults.filter(
    (fault) => (flags.only?.includes(fault.id) ?? true) && (!flags.short || fault.short !== undefined),
  );
  // Whoever stands between (npm, tsx) may send it twice: what was started is stopped all the same.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!asked) say(flags, 'stopping after this trial …');
      asked = true;
    });
  for (const engine of flags.engine ? [flags.engine] : ENGINES)
    for (const fault of wanted) if (fault.engines.includes(engine)) await runFault(flags, fault, engine);
  await closeBench();
  report(flags, faults, wanted);
}

function readFlags(): Flags {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      trial: { type: 'string' },
      seeds: { type: 'string' },
      engine: { type: 'string' },
      short: { type: 'boolean' },
      json: { type: 'boolean' },
      results: { type: 'string' },
      page: { type: 'string' },
    },
  });
  return Flags.parse(values);
}

/** Every `f01-….ts` of this folder, in order. */
async function readFaults(): Promise<readonly Fault[]> {
  const files = readdirSync(FOLDER).filter((name) => /^f\d\d-.*\.ts$/.test(name));
  const modules = await Promise.all(files.sort().map((name) => import(pathToFileURL(join(FOLDER, name)).href)));
  return modules.map((module: { readonly default: Fault }) => module.default);
}

async function runFault(flags: Flags, fault: Fault, engine: Engine): Promise<void> {
  const own = flags.short ? (fault.short?.[engine] ?? 0) : fault.seeds;
  const all = own === 0 ? [] : fault.trials(flags.seeds ?? own);
  const trials = all.filter(
    (trial) => trial.name.startsWith(flags.trial) && (!flags.short || (fault.inShort?.(trial, engine) ?? true)),
  );
  for (const [index, trial] of trials.entries()) {
    if (asked) return;
    if (isDone(readRows(flags.results), { fault: fault.id, engine, trial: trial.name })) continue;
    const row = await runTrial(fault, engine, trial);
    appendRow(flags.results, row);
    say(flags, `${fault.id} ${engine} ${index + 1}/${trials.length} ${trial.name}: ${wordsOf(row)}`);
    if (flags.json) process.stdout.write(`${JSON.stringify(row)}\n`);
  }
}

/** A bench that saw something go wrong is not used again. */
async function runTrial(fault: Fault, engine: Engine, trial: Trial): Promise<Row> {
  const from = performance.now();
  const row = (result: Row['result']): Row => ({
    fault: fault.id,
    engine,
    trial: trial.name,
    at: new Date().toISOString(),
    tookMs: Math.round(performance.now() - from),
    result,
  });
  if (fault.pending !== undefined) return row({ pending: fault.pending });
  try {
    let result = await within(
      TRIAL_MS,
      benchFor(fault, engine).then((one) => fault.run(one, trial)),
    );
    if ('skipped' in result && result.skipped === NO_INSTANCE.skipped) {
      await closeBench();
      result = await within(
        TRIAL_MS,
        benchFor(fault, engine).then((one) => fault.run(one, trial)),
      );
    }
    if ('acked' in result && !isClean(result)) await closeBench();
    return row(result);
  } catch (error) {
    const log = bench?.bench.product.logFile;
    await closeBench(false);
    return row({ error: `${error instanceof Error ? error.message : String(error)}${log ? ` (log ${log})` : ''}` });
  }
}

async function benchFor(fault: Fault, engine: Engine): Promise<Bench> {
  const of = JSON.stringify([engine, fault.bench ?? {}]);
  if (bench?.of !== of) await closeBench();
  bench ??= { bench: await startBench(engine, fault.bench), of };
  return bench.bench;
}

async function closeBench(tidy = true): Promise<void> {
  const last = bench;
  bench = undefined;
  await last?.bench.close(tidy);
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the trial took more than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function wordsOf({ result, tookMs }: Row): string {
  const took = `(${(tookMs / 1000).toFixed(1)} s)`;
  if ('pending' in result) return `not yet: ${result.pending}`;
  if ('skipped' in result) return `NOT RUN: ${result.skipped}`;
  if ('error' in result) return `ERROR ${result.error} ${took}`;
  const { acked, lost, duplicated, stuck, auditGaps, recoveryMs, figures } = result;
  const more = Object.entries(figures ?? {}).map(([name, value]) => `, ${name} ${value}`);
  const back = recoveryMs === null ? '' : `, back after ${Math.round(recoveryMs)} ms`;
  return `${isClean(result) ? 'ok' : 'BAD'} acked ${acked} lost ${lost} duplicated ${duplicated} stuck ${stuck} audit gaps ${auditGaps}${back}${more.join('')} ${took}`;
}

/** Progress goes to stderr with --json, so that stdout holds lines for programs alone. */
function say(flags: Flags, text: string): void {
  (flags.json ? process.stderr : process.stdout).write(`${text}\n`);
}

function report(flags: Flags, faults: readonly Fault[], wanted: readonly Fault[]): void {
  const rows = readRows(flags.results);
  const lines = linesOf(faults, rows);
  const own = lines.filter(({ fault }) => wanted.some(({ id }) => id === fault));
  if (flags.page !== undefined) writeFileSync(flags.page, pageText(lines, faults, rows));
  if (flags.json) process.stdout.write(`${JSON.stringify(own)}\n`);
  else process.stdout.write(`\n${tableText(own)}\n\nresults: ${flags.results}\n`);
  process.exitCode = own.every(isGood) ? 0 : 1;
}

await main().catch(async (error: unknown) => {
  await closeBench();
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
