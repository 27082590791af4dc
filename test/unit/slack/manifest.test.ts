import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { METHODS_USED } from '../../../src/slack/calls.ts';
import { COMMANDS } from '../../../src/slack/commands/index.generated.ts';

/** The bot scope that each method needs, by https://docs.slack.dev/reference/methods; null where any token will do or the app-level token is used. */
const SCOPES: Readonly<Record<(typeof METHODS_USED)[number], string | null>> = {
  'auth.test': null,
  'apps.connections.open': null,
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.getPermalink': null,
  'conversations.open': 'im:write',
  'usergroups.list': 'usergroups:read',
  'users.info': 'users:read',
  'views.open': null,
  'views.update': null,
};

const Manifest = z.object({
  display_information: z.object({ name: z.string().max(35), description: z.string().max(140) }),
  features: z.object({
    bot_user: z.object({ display_name: z.string() }),
    slash_commands: z
      .array(z.object({ command: z.string().max(32), description: z.string(), usage_hint: z.string().max(1000) }))
      .length(1),
  }),
  oauth_config: z.object({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
  settings: z.object({
    socket_mode_enabled: z.literal(true),
    interactivity: z.object({ is_enabled: z.literal(true) }),
    event_subscriptions: z.never().optional(),
  }),
});

const text = readFileSync('slack-manifest.yaml', 'utf8');
const manifest = Manifest.parse(parse(text));

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : [readFileSync(join(folder, entry.name), 'utf8')],
  );
}

describe('slack-manifest.yaml', () => {
  test('asks for the scopes of the methods that are called, and for no other', () => {
    const needed = Object.values(SCOPES).filter((scope) => scope !== null);
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...new Set([...needed, 'commands'])].sort());
  });

  test('the list of methods is what the code calls', () => {
    const called = sources('src/slack').flatMap((source) =>
      [...source.matchAll(/\bclient\.(chat|views|users|usergroups|conversations|auth|apps)\.(\w+)\(/g)].map(
        (found) => `${found[1]}.${found[2]}`,
      ),
    );
    // The library itself calls these two: Bolt when it starts, the Socket Mode client when it connects.
    expect([...new Set([...called, 'auth.test', 'apps.connections.open'])].sort()).toEqual([...METHODS_USED].sort());
  });

  test('each scope says what it is for', () => {
    for (const scope of manifest.oauth_config.scopes.bot) expect(text).toMatch(new RegExp(`- ${scope} # \\w+`));
  });

  test('the hint names every subcommand', () => {
    const hint = manifest.features.slash_commands[0]?.usage_hint ?? '';
    for (const command of COMMANDS) expect(hint).toContain(command.name);
  });
});
