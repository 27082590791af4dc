import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { ENGINES } from './bench.ts';

const Figures = z.record(z.string(), z.union([z.number(), z.string()]));

/** One line of the results file: one trial, as it ended. `error`: the harness itself could not go on. */
export const Row = z.strictObject({
  fault: z.string(),
  engine: z.enum(ENGINES),
  trial: z.string(),
  at: z.string(),
  tookMs: z.number(),
  result: z.union([
    z.strictObject({
      acked: z.number(),
      lost: z.number(),
      duplicated: z.number(),
      stuck: z.number(),
      auditGaps: z.number(),
      recoveryMs: z.number().nullable(),
      figures: Figures.optional(),
    }),
    z.strictObject({ pending: z.string() }),
    z.strictObject({ skipped: z.string() }),
    z.strictObject({ error: z.string() }),
  ]),
});
export type Row = z.infer<typeof Row>;

export function readRows(file: string): readonly Row[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Row.parse(JSON.parse(line)));
}

export function appendRow(file: string, row: Row): void {
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** True when the trial has been run and need not be again; what could not be run is tried again. */
export function isDone(rows: readonly Row[], key: Pick<Row, 'fault' | 'engine' | 'trial'>): boolean {
  return rows.some(
    (row) => row.fault === key.fault && row.engine === key.engine && row.trial === key.trial && 'acked' in row.result,
  );
}

/** The last line of each trial counts. */
export function latest(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [`${row.fault}|${row.engine}|${row.trial}`, row])).values()];
}
