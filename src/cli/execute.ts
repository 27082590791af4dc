import { type CliBase, type CliContext, type Command, EXIT, UsageError } from './command.ts';
import { commandHelp } from './help-text.ts';
import { printError } from './print.ts';

/** The part of a context that only commands on the store need; called only for those. */
export type ProductParts = () => Promise<Pick<CliContext, 'deps' | 'config' | 'tools' | 'actor'>>;

/** Runs a command to its exit code; whatever it throws is told to the caller, never lost. */
export async function execute(command: Command, base: CliBase, parts: ProductParts): Promise<number> {
  try {
    return command.needs === 'nothing' ? await command.run(base) : await command.run({ ...base, ...(await parts()) });
  } catch (error) {
    if (error instanceof UsageError) {
      base.err(`${error.message}\n\n${commandHelp(command)}`);
      return EXIT.usage;
    }
    printError(base, error);
    return EXIT.failed;
  }
}
