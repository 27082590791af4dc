import type { Command } from './command.ts';

/** How the commands are called in a clone. */
const CALL = 'npm run -s cordon --';

/** The list of commands. */
export function generalHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `usage: ${CALL} COMMAND [ARGUMENTS] [--json] [--data-dir DIR]`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '  --json           one JSON value a line, for machines (global)',
    '  --data-dir DIR   the data directory of the running product (default CORDON_DATA_DIR, else .cordon)',
    '',
    'Commands reach a running product over the socket in its data directory; without one they open the store themselves.',
    'Exit codes: 0 done, 1 it did not work or something is wrong, 2 wrong usage, 69 Cordon cannot be reached, 78 wrong configuration.',
  ].join('\n');
}

/** One command's forms. */
export function commandHelp({ name, usage, summary }: Command): string {
  const forms = usage.length === 0 ? [''] : usage;
  return [summary, '', ...forms.map((form) => `  ${CALL} ${name} ${form}`.trimEnd())].join('\n');
}
