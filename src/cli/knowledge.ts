import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../actions/registry.generated.ts';
import type { Settings } from '../domain/settings.ts';
import { openPlaybooks, type Playbooks } from '../playbooks/load.ts';
import { projectRoot } from '../project-root.ts';
import { openSettings } from '../settings.ts';
import type { CliBase } from './command.ts';

/** The playbooks of this installation, for commands that need no store. Throws a PlaybooksError with every problem. */
export function installedPlaybooks(): Promise<Playbooks> {
  const directories = [join(projectRoot(import.meta.url), 'playbooks')];
  return openPlaybooks({ directories, actions: ACTIONS.map(({ id }) => id) }).current();
}

/** The settings file where there is one: matching works without, it then knows no account. Throws SettingsError when it is there and not valid. */
export async function settingsIfAny({ paths }: Pick<CliBase, 'paths'>): Promise<Settings | undefined> {
  return existsSync(paths.settingsPath) ? openSettings(paths.settingsPath).current() : undefined;
}
