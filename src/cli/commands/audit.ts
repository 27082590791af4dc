import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { harmless, paint, printJson, table } from '../print.ts';

const MANY = 1000;

/** The record of every state change and decision. */
const command: Command = {
  name: 'audit',
  usage: ['verify', 'show SUBJECT'],
  summary: 'Check the whole audit chain, or show the rows of a subject such as run:RUN-….',
  needs: 'product',
  async run(context: CliContext) {
    const [verb, subject, ...rest] = context.args;
    if (verb === 'verify' && subject === undefined) return verify(context);
    if (verb === 'show' && subject !== undefined && rest.length === 0) return show(context, subject);
    throw new UsageError('Say verify, or show with one subject.');
  },
};

async function verify(context: CliContext): Promise<number> {
  const verdict = await context.tools.verifyAudit();
  if (context.json) printJson(context, verdict);
  else if (verdict.ok)
    context.out(`${paint(context, 'green', 'ok')}  ${verdict.rows} rows, unbroken; head ${verdict.head}`);
  else {
    const where = verdict.firstBadSeq === null ? 'at its end' : `first at row ${verdict.firstBadSeq}`;
    context.err(
      `${paint(context, 'red', 'BROKEN')}  the chain of ${verdict.rows} rows is broken ${where}: ${verdict.why}`,
    );
    context.err('  Keep a copy of the database, find who could write to it, and compare with an earlier head.');
  }
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

export default command;
