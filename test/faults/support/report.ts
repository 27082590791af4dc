import type { Fault } from './fault.ts';
import { latest, type Row } from './results.ts';
import { STUCK_MS } from './trial.ts';

/** One line of the table: a fault on an engine, over all its trials. */
export interface Line {
  readonly fault: string;
  readonly title: string;
  readonly engine: string;
  readonly trials: number;
  readonly acked: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly stuck: number;
  readonly auditGaps: number;
  /** Median and longest, milliseconds. */
  readonly recovery: { readonly p50: number; readonly max: number } | null;
  readonly errors: number;
  readonly notes: readonly string[];
}

/** Sums the trials of each fault and engine, in the order of the matrix. */
export function linesOf(faults: readonly Fault[], rows: readonly Row[]): readonly Line[] {
  const last = latest(rows);
  return faults.flatMap((fault) =>
    fault.engines.flatMap((engine) => {
      const own = last.filter((row) => row.fault === fault.id && row.engine === engine);
      return own.length === 0 ? [] : [lineOf(fault, engine, own)];
    }),
  );
}

function lineOf(fault: Fault, engine: string, rows: readonly Row[]): Line {
  const verdicts = rows.flatMap(({ result }) => ('acked' in result ? [result] : []));
  const sum = (of: (verdict: (typeof verdicts)[number]) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const times = verdicts.flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs])).sort((a, b) => a - b);
  return {
    fault: fault.id,
    title: fault.title,
    engine,
    trials: verdicts.length,
    acked: sum(({ acked }) => acked),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    stuck: sum(({ stuck }) => stuck),
    auditGaps: sum(({ auditGaps }) => auditGaps),
    recovery:
      times.length === 0
        ? null
        : { p50: Math.round(times[Math.floor((times.length - 1) / 2)] ?? 0), max: Math.round(times.at(-1) ?? 0) },
    errors: rows.filter(({ result }) => 'error' in result).length,
    notes: notesOf(rows),
  };
}

/** Figures of all trials of a name together: numbers as median and longest, words as they are; and what was not run. */
function notesOf(rows: readonly Row[]): readonly string[] {
  const numbers = new Map<string, number[]>();
  const words = new Set<string>();
  for (const { result, trial } of rows) {
    if ('pending' in result) words.add(`not yet: ${result.pending}`);
    if ('skipped' in result) words.add(`not run: ${result.skipped}`);
    if ('error' in result) words.add(`${trial}: ${result.error.split('\n')[0] ?? ''}`);
    if (!('acked' in result)) continue;
    for (const [name, value] of Object.entries(result.figures ?? {})) {
      if (typeof value === 'number') numbers.set(name, [...(numbers.get(name) ?? []), value]);
      else words.add(`${name}: ${value}`);
    }
  }
  const told = [...numbers].map(([name, values]) => {
    const sorted = values.toSorted((a, b) => a - b);
    const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    const most = sorted.at(-1) ?? 0;
    return `${name} ${middle === most ? most : `${middle} (most ${most})`}${values.length === 1 ? '' : ` in ${values.length}`}`;
  });
  return [...told, ...words];
}

/** A line is good when nothing was lost, doubled, stuck or left out of the audit, and every trial could be judged. */
export function isGood(line: Line): boolean {
  return line.lost + line.duplicated + line.stuck + line.auditGaps + line.errors === 0;
}

const HEADS = [
  'fault',
  'what',
  'engine',
  'trials',
  'acked',
  'lost',
  'duplicated',
  'stuck',
  'audit gaps',
  'recovery ms p50 / max',
  'notes',
];

function cells(line: Line): readonly string[] {
  return [
    line.fault,
    line.title,
    line.engine === 'redis' ? 'PostgreSQL and Redis' : 'PGlite',
    String(line.trials),
    String(line.acked),
    String(line.lost),
    String(line.duplicated),
    String(line.stuck),
    String(line.auditGaps),
    line.recovery === null ? '–' : `${line.recovery.p50} / ${line.recovery.max}`,
    line.notes.join('; ').replaceAll('|', '\\|') || '–',
  ];
}

export function tableText(lines: readonly Line[]): string {
  const rows = [HEADS, HEADS.map(() => '---'), ...lines.map(cells)];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The whole page docs/faults.md. */
export function pageText(lines: readonly Line[], faults: readonly Fault[], rows: readonly Row[]): string {
  const days = [...new Set(rows.map(({ at }) => at.slice(0, 10)))].sort();
  const missing = faults.filter(({ id }) => !lines.some(({ fault }) => fault === id)).map(({ id }) => id);
  return `<!-- Written by npm run faults. Do not edit. -->

# Faults, and what became of what was promised

\`npm run faults\` breaks the product on purpose while it works, and then counts. The product runs as it always does, in a process of its own beside a simulated AWS and a
simulated Slack, which keep their own logs; for the second engine a PostgreSQL and a Redis of its own are started. It is killed, paused and cut off from outside, or kills
itself at a named place (\`test/faults/product.ts\` puts itself around the ports; the product's code knows nothing of it), and is started again as an init system would.

- **acked**: what the outside was told is safe: messages deleted from SQS, approvals that the card calls granted. Where a fault counts something else, its note says so.
- **lost**: of these, findings without a card and approvals without their effect in AWS. **duplicated**: changes in AWS more than the plan has, by AWS's own log, and cards posted
  twice without a word; a notice that says "possibly repeated" is in the notes. **stuck**: what had no end after ${STUCK_MS / 1000} seconds.
  **audit gaps**: breaks of the chain, effects without intent and end, decisions without their row.
- **recovery**: from the kill or the end of the outage until people see the outcome, the restart of the process (in the notes) and Slack's and AWS's answers included. SQS's own
  minute until it shows a message again is jumped over. It depends on the machine: these runs shared two cores with other work.

\`npm run faults -- --only F1,F7 --seeds 25 --engine pglite --results FILE\` runs a part; what stands in the results file is not run again. \`--short\` is the short form,
\`--json\` prints lines for programs, \`--page FILE\` writes this page. The results themselves: [faults.jsonl](faults.jsonl). Run on ${days.join(' and ') || 'no day yet'}.

${tableText(lines)}
${missing.length > 0 ? `\nNot run yet: ${missing.join(', ')}.\n` : ''}`;
}
