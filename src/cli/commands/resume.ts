import { RESUME_VOTES, resume } from '../../flow/kill-switch.ts';
import { type CliContext, type Command, EXIT } from '../command.ts';
import { refusedLine } from '../outcome-line.ts';

/** One of the votes that end a stop. */
const command: Command = {
  name: 'resume',
  usage: [],
  summary:
    'Vote to go on after a stop. Two votes are needed, and the command line has one of them: the other is an operator’s in Slack.',
  needs: 'product',
  async run(context: CliContext) {
    const outcome = await resume(context.deps, context.actor);
    if (!outcome.ok) return refusedLine(context, outcome.refusal);
    const { stopped, resumeVotes } = outcome.value;
    context.out(
      stopped
        ? `Still stopped: ${resumeVotes.length} of ${RESUME_VOTES} people want to go on (${resumeVotes.join(', ')}).`
        : 'Running: approved plans may be run.',
    );
    return EXIT.ok;
  },
};

export default command;
