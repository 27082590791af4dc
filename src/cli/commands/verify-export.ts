import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { readCheckpoints } from '../../checkpoint-file.ts';
import { AUDIT_EVENTS, type AuditRow } from '../../domain/audit.ts';
import { CordonError, messageOf } from '../../domain/errors.ts';
import { CHAIN_START, type ChainHead, verifyPages } from '../../store/audit-chain.ts';
import { type CliBase, type Command, EXIT, UsageError } from '../command.ts';
import { paint, printJson } from '../print.ts';
import { blindSpot } from '../verify-audit.ts';

/** One line of an export. Strict: a field that was added is a change too. */
const Line = z.strictObject({
  seq: z.number().int().min(1),
  at: z.string(),
  event: z.enum(AUDIT_EVENTS),
  actor: z.strictObject({ kind: z.enum(['slack', 'cli', 'system']), id: z.string() }),
  subject: z.string(),
  details: z.record(z.string(), z.json()),
  prevHash: z.string(),
  hash: z.string(),
});

/** An exported audit chain, checked without the product: for whoever does not trust the host. */
const command: Command = {
  name: 'verify-export',
  usage: ['FILE… [--checkpoints FILE --key KEY]'],
  summary: 'Check exported audit rows without the product: links, hashes, and checkpoints that were kept elsewhere.',
  options: { checkpoints: { type: 'string' }, key: { type: 'string' } },
  needs: 'nothing',
  async run(context: CliBase) {
    if (context.args.length === 0) throw new UsageError('Name the files of the export, oldest rows first.');
    const { checkpoints: kept, key } = context.flags;
    if ((kept === undefined) !== (key === undefined))
      throw new UsageError(
        '--checkpoints and --key go together: `audit key` prints the key; note it where the host cannot change it.',
      );
    const checkpoints =
      typeof kept === 'string' ? readCheckpoints(await readFile(resolve(context.cwd, kept), 'utf8'), kept) : [];
    const from = await startOf(context);
    const verdict = await verifyPages(linesOf(context), {
      from,
      checkpoints: checkpoints.filter((one) => one.seq >= from.seq),
      ...(typeof key === 'string' && { key }),
    });
    const blind = blindSpot(checkpoints.length);
    if (context.json) printJson(context, { ...verdict, checkpoints: checkpoints.length, notDetectable: blind ?? null });
    else if (verdict.ok)
      context.out(
        `${paint(context, 'green', 'ok')}  rows ${from.seq + 1} to ${verdict.head.seq}, unbroken; head ${verdict.head.hash}`,
      );
    else context.err(`${paint(context, 'red', 'BROKEN')}  first at row ${verdict.seq}: ${verdict.why}`);
    if (!context.json && blind !== undefined) context.out(`    ${blind}`);
    return verdict.ok ? EXIT.ok : EXIT.failed;
  },
};

/** An export of a chain whose older rows were archived begins later; what its first row follows on is then taken from that row, and checkpoints confirm it. */
async function startOf(context: CliBase): Promise<ChainHead> {
  for await (const [first] of linesOf(context))
    if (first !== undefined) return { seq: first.seq - 1, hash: first.prevHash };
  return CHAIN_START;
}

/** Every row of every file, in the order given; one row a page. Throws CordonError `export_unreadable` naming file and line. */
async function* linesOf(context: CliBase): AsyncGenerator<readonly AuditRow[]> {
  for (const name of context.args) {
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(resolve(context.cwd, name), 'utf8') })) {
      number += 1;
      if (line.trim() !== '') yield [rowOf(line, name, number)];
    }
  }
}

function rowOf(line: string, name: string, number: number): AuditRow {
  try {
    return Line.parse(JSON.parse(line));
  } catch (error) {
    throw new CordonError(
      'export_unreadable',
      `${name}, line ${number} is no audit row: ${messageOf(error).slice(0, 200)}`,
      {
        hint: 'The export was changed, or is not in the format jsonl; export it again and compare.',
      },
    );
  }
}

export default command;
