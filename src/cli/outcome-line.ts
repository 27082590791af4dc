import type { StageRefusal } from '../flow/outcome.ts';
import { type CliBase, EXIT } from './command.ts';
import { paint, printJson } from './print.ts';

/** Prints a refusal, its rule and the next step, and gives the exit code for it. */
export function refusedLine(context: CliBase, { code, message, hint }: StageRefusal): number {
  if (context.json) printJson(context, { refused: code, message, hint });
  else context.err(`${paint(context, 'yellow', 'Refused:')} ${message}\n  ${hint}`);
  return EXIT.failed;
}
