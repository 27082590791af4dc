import { type CliBase, type Command, EXIT } from '../command.ts';
import { commandHelp, generalHelp } from '../help-text.ts';

/** How to call everything. */
const command: Command = {
  name: 'help',
  usage: ['[COMMAND]'],
  summary: 'Show the commands, or how to call one.',
  needs: 'nothing',
  async run(context: CliBase) {
    const [name] = context.args;
    if (name === undefined) {
      context.out(generalHelp(context.commands));
      return EXIT.ok;
    }
    const found = context.commands.find((one) => one.name === name);
    if (found === undefined) {
      context.err(`There is no command “${name}”.`);
      return EXIT.usage;
    }
    context.out(commandHelp(found));
    return EXIT.ok;
  },
};

export default command;
