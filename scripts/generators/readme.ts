import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../../src/actions/registry.generated.ts';
import { COMMANDS } from '../../src/cli/commands/index.generated.ts';
import { CONFIG_VARIABLES } from '../../src/config-variables.ts';
import { stepsOf } from '../../src/domain/playbook.ts';
import { openPlaybooks } from '../../src/playbooks/load.ts';
import { projectRoot } from '../../src/project-root.ts';
import type { GeneratedFile } from '../lib/generated.ts';
import { markdownTable, replaceBetweenMarkers } from '../lib/table.ts';

const root = projectRoot(import.meta.url);

/** The tables of README, between their markers. */
export async function generateReadme(): Promise<readonly GeneratedFile[]> {
  const parts = {
    configuration: configurationTable(),
    commands: commandTable(),
    playbooks: await playbookTable(),
    actions: actionTable(),
  };
  const before = readFileSync(join(root, 'README.md'), 'utf8');
  const text = Object.entries(parts).reduce((all, [name, table]) => replaceBetweenMarkers(all, name, table), before);
  return [{ path: 'README.md', text }];
}

function configurationTable(): string {
  const rows = CONFIG_VARIABLES.map(({ name, requiredWhen, fallback, meaning }) => [
    `\`${name}\``,
    requiredWhen,
    fallback || '–',
    meaning,
  ]);
  return markdownTable(['Variable', 'Required', 'Default', 'Meaning'], rows);
}

function commandTable(): string {
  const rows = COMMANDS.flatMap(({ name, usage, summary }) => [
    [usage.length === 0 ? `\`${name}\`` : usage.map((form) => `\`${name} ${form}\``).join('<br>'), summary],
  ]);
  return markdownTable(['Subcommand', 'What it does'], rows);
}

async function playbookTable(): Promise<string> {
  const playbooks = await openPlaybooks({
    directories: [join(root, 'playbooks')],
    actions: ACTIONS.map(({ id }) => id),
  }).current();
  const rows = playbooks.list().map(({ playbook, file }) => {
    const used = stepsOf(playbook).flatMap(({ step }) => (step.action ? [step.action.use] : []));
    const runnable = [...new Set(used)].filter((id) => ACTIONS.some((action) => action.id === id)).sort();
    return [`[\`${playbook.id}\`](${file})`, playbook.title, runnable.map((id) => `\`${id}\``).join(', ') || '–'];
  });
  return markdownTable(['Playbook', 'For', 'Actions it can run'], rows);
}

function undoOf({ irreversible, undoReexposes }: (typeof ACTIONS)[number]): string {
  if (irreversible) return 'Cordon never undoes it';
  return undoReexposes ? 'two people: it re-exposes' : 'as the action';
}

function actionTable(): string {
  const rows = [...ACTIONS]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((action) => [`\`${action.id}\``, action.title, action.risk, undoOf(action)]);
  return markdownTable(['Action', 'What it does', 'Risk', 'Its undo needs'], rows);
}
