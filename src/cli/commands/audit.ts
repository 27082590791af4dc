import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { archiveRows } from '../../audit-archive.ts';
import { fingerprint } from '../../domain/checkpoint.ts';
import { pagesOf } from '../../store/audit-chain.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { toOcsf } from '../ocsf.ts';
import { harmless, paint, printJson, table } from '../print.ts';
import { blindSpot, checkAudit } from '../verify-audit.ts';

const MANY = 1000;
const FORMATS = ['jsonl', 'ocsf'] as const;

/** The record of every state change and decision. */
const command: Command = {
  name: 'audit',
  usage: ['verify', 'show SUBJECT', 'export [--format jsonl|ocsf] [--dir DIR]', 'checkpoints [--out FILE]', 'key'],
  summary:
    'Check the audit chain against its checkpoints, show the rows of a subject such as run:RUN-…, or write it to files.',
  options: { format: { type: 'string' }, dir: { type: 'string' }, out: { type: 'string' } },
  needs: 'product',
  async run(context: CliContext) {
    const [verb, subject, ...rest] = context.args;
    if (verb === 'show' && subject !== undefined && rest.length === 0) return show(context, subject);
    if (subject === undefined && verb === 'verify') return verify(context);
    if (subject === undefined && verb === 'export') return exportRows(context);
    if (subject === undefined && verb === 'checkpoints') return exportCheckpoints(context);
    if (subject === undefined && verb === 'key') return key(context);
    throw new UsageError('Say verify, export, checkpoints, key, or show with one subject.');
  },
};

async function verify(context: CliContext): Promise<number> {
  const { verdict, ...check } = await checkAudit(context.deps);
  const blind = blindSpot(check.outside);
  if (context.json) printJson(context, { ...verdict, ...check, notDetectable: blind ?? null });
  else if (verdict.ok) {
    const since = check.keptAfter === 0 ? '' : `; kept from row ${check.keptAfter + 1} on, the others are archived`;
    context.out(
      `${paint(context, 'green', 'ok')}  ${verdict.head.seq} rows, unbroken; head ${verdict.head.hash}${since}`,
    );
    if (verdict.restores)
      context.out(
        `    ${verdict.restores === 1 ? 'One restore' : `${verdict.restores} restores`} from a backup on record: \`audit show system\` says when, by whom and why`,
      );
    if (check.outside > 0)
      context.out(
        `    ${check.outside} checkpoints in ${check.places.join(' and ')} agree; signed by key ${fingerprint(check.key)}`,
      );
  } else {
    context.err(
      `${paint(context, 'red', 'BROKEN')}  the chain of ${check.rows} rows is broken, first at row ${verdict.seq}: ${verdict.why}`,
    );
    context.err('  Keep a copy of the database, find who could write to it, and compare with an earlier head.');
  }
  if (!context.json && blind !== undefined) context.out(`    ${blind} See audit.checkpoints in cordon.example.yaml.`);
  return verdict.ok ? EXIT.ok : EXIT.failed;
}

async function show(context: CliContext, subject: string): Promise<number> {
  const rows = await context.deps.store.read.audit.ofSubject(subject, MANY);
  if (context.json) {
    for (const row of rows) printJson(context, row);
    return EXIT.ok;
  }
  const cells = rows.map((row) => [
    String(row.seq),
    row.at,
    row.event,
    `${row.actor.kind}:${row.actor.id}`,
    harmless(JSON.stringify(row.details), 160),
  ]);
  table(context, ['ROW', 'AT', 'EVENT', 'BY', 'DETAILS'], cells, `No audit rows of ${harmless(subject, 60)}.`);
  return EXIT.ok;
}

/** To a file in a directory, or line by line to the output. */
async function exportRows(context: CliContext): Promise<number> {
  const format = FORMATS.find((known) => known === (context.flags['format'] ?? 'jsonl'));
  if (format === undefined) throw new UsageError(`--format is one of ${FORMATS.join(', ')}.`);
  const { audit } = context.deps.store.read;
  const [anchor, head] = [await audit.anchor(), await audit.head()];
  const directory = context.flags['dir'];
  if (typeof directory === 'string' && format === 'jsonl') {
    const folder = resolve(context.cwd, directory);
    const kept = await archiveRows(folder, { after: anchor.seq, through: head.seq }, pagesOf(audit, anchor.seq));
    context.out(`wrote ${head.seq - anchor.seq} rows to ${kept.name} (sha256 ${kept.sha256})`);
    return EXIT.ok;
  }
  if (directory !== undefined)
    throw new UsageError('--dir goes with --format jsonl; send OCSF from the output to where it is wanted.');
  for await (const rows of pagesOf(audit, anchor.seq)) {
    for (const row of rows) if (row.seq <= head.seq) printJson(context, format === 'ocsf' ? toOcsf(row) : row);
  }
  return EXIT.ok;
}

async function exportCheckpoints(context: CliContext): Promise<number> {
  const lines = (await context.deps.store.read.checkpoints.list()).map((one) => JSON.stringify(one));
  const out = context.flags['out'];
  if (typeof out !== 'string') for (const line of lines) context.out(line);
  else {
    await writeFile(resolve(context.cwd, out), lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    context.out(`wrote ${lines.length} checkpoints to ${out}`);
  }
  return EXIT.ok;
}

function key(context: CliContext): number {
  const { publicKey } = context.deps.auditKeeping.signer;
  if (context.json) printJson(context, { key: publicKey, fingerprint: fingerprint(publicKey) });
  else context.out(`${publicKey}  (fingerprint ${fingerprint(publicKey)})`);
  return EXIT.ok;
}

export default command;
