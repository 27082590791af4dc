import { restoreEpoch } from '../../flow/restore.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { refusedLine } from '../outcome-line.ts';
import { printJson } from '../print.ts';

/** After the database was restored from a backup, or a failover has lost its last commits. */
const command: Command = {
  name: 'restore-epoch',
  usage: ['REASON…'],
  summary:
    'After a restore from a backup: void every approval that has not been used, leave begun runs to people, and go on.',
  needs: 'product',
  async run(context: CliContext) {
    const reason = context.args.join(' ').trim();
    if (reason === '')
      throw new UsageError('Say why, for the audit and for the cards: restore-epoch "backup of 3 May".');
    const outcome = await restoreEpoch(context.deps, context.actor, reason);
    if (!outcome.ok) return refusedLine(context, outcome.refusal);
    const { epoch, voided, stopped } = outcome.value;
    if (context.json) printJson(context, outcome.value);
    else {
      context.out(`Epoch ${epoch} has begun.`);
      context.out(`  ${list(voided, 'request', 'is void', 'are void')}; whoever still wants one asks again.`);
      context.out(`  ${list(stopped, 'begun run', 'is left to you', 'are left to you')}.`);
      context.out('Next: `reconcile` shows what runs did in AWS that these records do not know. Look at `status` too:');
      context.out('a stop that came after the backup is not on record any more.');
    }
    return EXIT.ok;
  },
};

function list(ids: readonly string[], what: string, one: string, many: string): string {
  if (ids.length === 0) return `No ${what} ${one}`;
  return `${ids.length === 1 ? `One ${what} ${one}` : `${ids.length} ${what}s ${many}`}: ${ids.join(', ')}`;
}

export default command;
