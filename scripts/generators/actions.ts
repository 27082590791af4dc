import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ACTIONS = fileURLToPath(new URL('../../src/actions/', import.meta.url));

/** The registry's list: one import for each `src/actions/<service>/<verb-object>.ts`. Paths are relative to the project's root. */
export function generateActions(): Array<{ path: string; text: string }> {
  const files = actionFiles();
  const imports = files.map((file) => `import ${identifier(file)} from './${file}.ts';`);
  const text = [
    '// Written by scripts/generators/actions.ts from the files beside it; do not edit.',
    "import type { Action } from './action.ts';",
    ...imports,
    '',
    '/** Every remediation action there is. */',
    `export const ACTIONS: readonly Action[] = [${files.map(identifier).join(', ')}];`,
    '',
  ].join('\n');
  return [{ path: 'src/actions/registry.generated.ts', text }];
}

/** `ec2/isolate-instance`, sorted. */
function actionFiles(): string[] {
  const services = readdirSync(ACTIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return services
    .flatMap(({ name }) => readdirSync(`${ACTIONS}${name}`).map((file) => `${name}/${file}`))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();
}

/** `ec2/isolate-instance` -> `ec2IsolateInstance`. */
function identifier(file: string): string {
  return file.replace(/[/-]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
