import { describe, expect, test } from 'vitest';
import { type Command, UsageError } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands/index.generated.ts';
import { commandHelp, generalHelp } from '../../../src/cli/help-text.ts';
import { parseCall } from '../../../src/cli/parse.ts';
import { projectFiles } from '../house/project-files.ts';

const nothing: Command = { name: 'nothing', usage: [], summary: 'Nothing.', needs: 'nothing', run: async () => 0 };

describe('parsing', () => {
  test('the command, its words, its options and the common ones may stand in any order', () => {
    const call = parseCall(['--json', '--data-dir', '/d', 'list', '--state', 'open', '--limit=5'], COMMANDS);
    expect(call).toMatchObject({
      command: { name: 'list' },
      args: [],
      flags: { state: 'open', limit: '5' },
      json: true,
      dataDir: '/d',
    });
  });

  test('a data directory named like a command is no command', () => {
    expect(parseCall(['--data-dir', 'stop', 'status'], COMMANDS)).toMatchObject({
      command: { name: 'status' },
      dataDir: 'stop',
    });
  });

  test('words after -- are words', () => {
    expect(parseCall(['stop', '--', '--really', 'now'], COMMANDS).args).toEqual(['--really', 'now']);
  });

  test.each([[[]], [['help']], [['--help']], [['-h']]])('%j is help', (argv) => {
    expect(parseCall(argv, COMMANDS)).toMatchObject({ command: { name: 'help' }, args: [] });
  });

  test('--help after a command is help for it', () => {
    expect(parseCall(['quarantine', '--help'], COMMANDS)).toMatchObject({
      command: { name: 'help' },
      args: ['quarantine'],
    });
  });

  test('a misspelt command is told with the near one', () => {
    expect(() => parseCall(['statsu'], COMMANDS)).toThrow(/statsu.*Did you mean status/s);
  });

  test.each([['--colour'], ['--state=open']])('an option that the command does not have is refused: %s', (option) => {
    expect(() => parseCall(['nothing', option], [nothing])).toThrow(UsageError);
  });
});

describe('the catalogue of commands', () => {
  test('holds every file of the folder, under its name', () => {
    const names = projectFiles()
      .map((path) => /^src\/cli\/commands\/([a-z-]+)\.ts$/.exec(path)?.[1])
      .filter((name) => name !== undefined);
    expect(COMMANDS.map(({ name }) => name)).toEqual(names.sort());
  });

  test('every command has a summary of one sentence and shows in the help', () => {
    const help = generalHelp(COMMANDS);
    for (const command of COMMANDS) {
      expect(command.summary).toMatch(/^[A-Z].*\.$/);
      expect(help).toContain(command.summary);
      expect(commandHelp(command)).toContain(`npm run -s cordon -- ${command.name}`);
    }
  });

  test('what opens no store is known', () => {
    const light = COMMANDS.filter(({ needs }) => needs === 'nothing').map(({ name }) => name);
    expect(light).toEqual(['help', 'iam', 'match', 'playbooks', 'verify-export']);
  });
});
