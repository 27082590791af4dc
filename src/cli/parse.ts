import { parseArgs } from 'node:util';
import { messageOf } from '../domain/errors.ts';
import { suggestion } from '../playbooks/did-you-mean.ts';
import { type Command, type CommandOptions, UsageError } from './command.ts';

/** Options that every command takes. */
const COMMON = {
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies CommandOptions;

/** A command line, understood. */
export interface Call {
  readonly command: Command;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly json: boolean;
  /** As typed; absent when not given. */
  readonly dataDir?: string;
}

/** Reads the words after the program's name. No words, `--help` and `COMMAND --help` become `help`. Throws UsageError. */
export function parseCall(argv: readonly string[], commands: readonly Command[]): Call {
  const at = commandPosition(argv);
  const name = at < 0 ? 'help' : (argv[at] ?? 'help');
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    throw new UsageError(
      `There is no command “${name}”. ${suggestion(
        name,
        commands.map((one) => one.name),
        'See help.',
      )}`,
    );
  }
  const { values, positionals } = parseWords(
    argv.filter((_, index) => index !== at),
    command,
  );
  if (values['help'] === true && command.name !== 'help') return helpCall(commands, [command.name]);
  const { json, 'data-dir': dataDir, help: _, ...flags } = values;
  return {
    command,
    args: positionals,
    flags,
    json: json === true,
    ...(typeof dataDir === 'string' ? { dataDir } : {}),
  };
}

/** The first word that is neither an option nor the value of --data-dir. */
function commandPosition(argv: readonly string[]): number {
  return argv.findIndex((word, index) => !word.startsWith('-') && argv[index - 1] !== '--data-dir');
}

function parseWords(argv: readonly string[], command: Command) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...COMMON, ...command.options },
      allowPositionals: true,
    });
    const entries = Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'boolean' ? [[key, value] as const] : [],
    );
    return { values: Object.fromEntries<string | boolean | undefined>(entries), positionals };
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function helpCall(commands: readonly Command[], args: readonly string[]): Call {
  return parseCall(['help', ...args], commands);
}
