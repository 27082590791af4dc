import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SLACK = fileURLToPath(new URL('../../src/slack/', import.meta.url));

interface Index {
  readonly folder: string;
  readonly contract: string;
  readonly list: string;
  readonly what: string;
}

const INDEXES: readonly Index[] = [
  { folder: 'buttons', contract: 'Button', list: 'BUTTONS', what: 'Every button and select of the cards.' },
  { folder: 'commands', contract: 'Command', list: 'COMMANDS', what: 'Every subcommand of the slash command.' },
  { folder: 'modals', contract: 'SubmittableModal', list: 'MODALS', what: 'Every modal that can be submitted.' },
];

/** The lists of buttons, commands and modals: one import for each file with a default export. Paths are relative to the project's root. */
export function generateSlack(): Array<{ path: string; text: string }> {
  return INDEXES.map((index) => ({ path: `src/slack/${index.folder}/index.generated.ts`, text: indexOf(index) }));
}

function indexOf({ folder, contract, list, what }: Index): string {
  const names = catalogueOf(folder);
  return [
    '// Written by scripts/generators/slack.ts from the files beside it; do not edit.',
    `import type { ${contract} } from './contract.ts';`,
    ...names.map((name) => `import ${identifier(name)} from './${name}.ts';`),
    '',
    `/** ${what} */`,
    `export const ${list}: readonly ${contract}[] = [${names.map(identifier).join(', ')}];`,
    '',
  ].join('\n');
}

/** `run-step`, sorted; files without a default export are helpers of the folder. */
function catalogueOf(folder: string): readonly string[] {
  return readdirSync(`${SLACK}${folder}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.generated.ts'))
    .filter((file) => /^export default /m.test(readFileSync(`${SLACK}${folder}/${file}`, 'utf8')))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();
}

/** `run-step` -> `runStep`. */
function identifier(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
