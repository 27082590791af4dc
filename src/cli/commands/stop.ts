import { stop } from '../../flow/kill-switch.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { refusedLine } from '../outcome-line.ts';

/** Stops every change in AWS at once. When nothing answers, src/cli/main.ts leaves a STOP file instead. */
const command: Command = {
  name: 'stop',
  usage: ['REASON…'],
  summary: 'Stop every change in AWS at once; works by a file when nothing answers.',
  needs: 'product',
  async run(context: CliContext) {
    const reason = context.args.join(' ').trim();
    if (reason === '')
      throw new UsageError('Say why, for the audit and for the others: stop "rotating the wrong keys".');
    const outcome = await stop(context.deps, context.actor, reason);
    if (!outcome.ok) return refusedLine(context, outcome.refusal);
    const { by, at, reason: stated } = outcome.value;
    context.out(`STOPPED by ${by ?? 'unknown'} at ${at ?? 'unknown'}: ${stated ?? 'no reason given'}`);
    context.out('No run starts, and one under way ends before its next step. Two people must resume.');
    return EXIT.ok;
  },
};

export default command;
