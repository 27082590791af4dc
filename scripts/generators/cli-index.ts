import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GeneratedFile } from '../lib/generated.ts';

const COMMANDS = fileURLToPath(new URL('../../src/cli/commands/', import.meta.url));

/** Names of the subcommands, which are the names of their files. */
export function commandNames(): readonly string[] {
  return readdirSync(COMMANDS)
    .filter((file) => file.endsWith('.ts') && file !== 'index.generated.ts')
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();
}

/** The list of subcommands, one import a file. */
export function generateCliIndex(): readonly GeneratedFile[] {
  const names = commandNames();
  const text = [
    '// Written by scripts/generators/cli-index.ts from the files beside it; do not edit.',
    "import type { Command } from '../command.ts';",
    ...names.map((name) => `import ${identifier(name)} from './${name}.ts';`),
    '',
    '/** Every subcommand, by name. */',
    `export const COMMANDS: readonly Command[] = [${names.map(identifier).join(', ')}];`,
    '',
  ];
  return [{ path: 'src/cli/commands/index.generated.ts', text: text.join('\n') }];
}

function identifier(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
