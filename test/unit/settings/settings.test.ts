import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ACCOUNTS,
  CHANNELS,
  HOME_REGION,
  PEOPLE,
  SECURITY_ACCOUNT,
  SLACK_APP_ID,
  SLACK_TEAM,
} from '../../../sandbox/world.ts';
import { projectRoot } from '../../../src/project-root.ts';
import { openSettings, parseSettings, SettingsError, type SettingsProblem } from '../../../src/settings.ts';

const root = projectRoot(import.meta.url);
const example = await readFile(join(root, 'cordon.example.yaml'), 'utf8');

function problemsIn(text: string): readonly SettingsProblem[] {
  try {
    parseSettings(text, 'cordon.yaml');
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('expected the text to be refused');
}

/** The example with one text replaced; fails when the text is not there, so that no case silently tests nothing. */
function changed(from: string, to: string): string {
  expect(example).toContain(from);
  return example.replace(from, to);
}

describe('the files that are shipped', () => {
  test('the example is valid, with the defaults filled in', () => {
    const settings = parseSettings(example, 'cordon.example.yaml');
    expect(settings.accounts[0]).toEqual({
      id: '111111111111',
      alias: 'acme-management',
      environment: 'core',
      owners: [],
      regions: ['eu-west-1'],
      act: false,
      management: true,
    });
    expect(settings.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the sandbox’s settings name exactly the simulated organisation', async () => {
    const settings = parseSettings(await readFile(join(root, 'sandbox/cordon.yaml'), 'utf8'), 'sandbox/cordon.yaml');
    expect(settings.accounts.map(({ id, alias, environment }) => ({ id, alias, environment }))).toEqual(
      ACCOUNTS.map(({ id, alias, environment }) => ({ id, alias, environment })),
    );
    expect(settings.accounts.filter(({ act }) => !act).map(({ alias }) => alias)).toEqual([
      'acme-management',
      'security-tooling',
      'dev-playground',
    ]);
    expect(settings.slack).toMatchObject({ team: SLACK_TEAM.id, app: SLACK_APP_ID });
    expect(settings.aws).toMatchObject({ homeRegion: HOME_REGION, securityAccount: SECURITY_ACCOUNT });
    const ids = (role: string): string[] => PEOPLE.filter((person) => person.role === role).map(({ id }) => id);
    expect(settings.people).toEqual({
      responders: ids('responder'),
      approvers: ids('approver'),
      operators: ids('approver'),
    });
    expect(CHANNELS.map(({ id }) => id)).toEqual(expect.arrayContaining(Object.values(settings.channels)));
  });
});

describe('what is refused', () => {
  test.each([
    ['an unknown field', changed('  operators: [', '  operator: ['), 'people.operator', /not a known field/],
    ['a number for an account id', changed('id: "333333333331"', 'id: 333333333331'), 'accounts[2].id', /string/],
    ['a short account id', changed('id: "333333333331"', 'id: "3333"'), 'accounts[2].id', /form/],
    ['a repeated account', changed('"333333333331"', '"222222222222"'), 'accounts[2].id', /accounts\[1\] already/],
    [
      'a repeated alias',
      changed('alias: prod-payments', 'alias: security-tooling'),
      'accounts[2].alias',
      /accounts\[1\] already/,
    ],
    ['an unknown group', changed('from: platform', 'from: plattform'), 'policies[1].from', /plattform/],
    [
      'a group named like a built-in',
      changed('from: platform', 'from: constructor'),
      'policies[1].from',
      /constructor/,
    ],
    [
      'an account that is not listed',
      changed('match: { accounts: ["222222222222"] }', 'match: { accounts: ["999999999999"] }'),
      'policies[2].match.accounts[0]',
      /not listed/,
    ],
    [
      'acting in the management account',
      changed('act: false # required', 'act: true # required'),
      'accounts[0].act',
      /management/,
    ],
    [
      'the management account by default',
      changed('    act: false # required', '    # act: required'),
      'accounts[0].act',
      /management/,
    ],
    [
      'fewer approvers than a named risk needs',
      changed('approvers: 2', 'approvers: 1'),
      'policies[0].approvers',
      /2 that destructive/,
    ],
    ['a person’s name', changed('responders: [U012RESPN01', 'responders: [rina'), 'people.responders[0]', /form/],
    [
      'a role of an unknown group',
      changed('responders: [U012RESPN01', 'responders: [{ group: plattform }'),
      'people.responders[0]',
      /no group “plattform”/,
    ],
    [
      'an owner of an unknown group',
      changed('owners: [U012APPRV02]', 'owners: ["group:constructor"]'),
      'accounts[3].owners[0]',
      /no group “constructor”/,
    ],
    [
      'a user group that nobody has said to trust',
      changed('platform: [U012APPRV01]', 'platform: { usergroup: S0604QSJC }'),
      'groups.platform',
      /whoever may edit it in Slack decides/,
    ],
    [
      'a channel id for a user group',
      changed('platform: [U012APPRV01]', 'platform: { usergroup: C0604QSJC, acceptEditableInSlack: true }'),
      'groups.platform.usergroup',
      /form/,
    ],
    [
      'an unknown field of a user group',
      changed('platform: [U012APPRV01]', 'platform: { usergroup: S0604QSJC, trusted: true }'),
      'groups.platform.trusted',
      /not a known field/,
    ],
    ['a name of a group that is markup', changed('  platform: [', '  "<!channel>": ['), 'groups.<!channel>', /form/],
    ['another schema', changed('cordon/settings/v1', 'cordon/settings/v2'), 'schema', /v1/],
    ['a repeated key', changed('channels:', 'groups:'), '', /unique/i],
  ])('%s', (_, text, field, message) => {
    const problem = problemsIn(text).find((candidate) => candidate.field === field);
    expect(problem?.message).toMatch(message);
    expect(problem?.hint).not.toBe('');
  });

  test('approvers: 1 without risks, since it would also speak for destructive actions', () => {
    const text = changed('    from: platform\n', '    approvers: 1\n');
    expect(problemsIn(text).map(({ field }) => field)).toEqual(['policies[1].approvers']);
  });

  test('leaving the owner out of disruptive actions', () => {
    const text = changed('    from: platform\n', '    owner: false\n');
    expect(problemsIn(text).map(({ field }) => field)).toEqual(['policies[1].owner']);
  });

  test('everything at once, each at its own line', () => {
    const text = changed('  team: T024BE7LD', '  team: acme').replace(
      '  triage: C024TRIAGE1',
      '  triage: "#sec-triage"',
    );
    const found = problemsIn(text);
    const lines = text.split('\n');
    expect(found.map(({ field }) => field)).toEqual(['slack.team', 'channels.triage']);
    expect(found.map(({ line }) => lines[line - 1])).toEqual([
      expect.stringContaining('acme'),
      expect.stringContaining('#sec-triage'),
    ]);
  });

  test('broken YAML, with its line', () => {
    expect(problemsIn('schema: [\n')[0]).toMatchObject({ file: 'cordon.yaml', field: '' });
  });

  test('an empty file', () => {
    expect(problemsIn('')[0]).toMatchObject({ line: 1, message: 'The file is empty.' });
    expect(problemsIn('# nothing yet\n')[0]).toMatchObject({ line: 1, message: 'The file is empty.' });
  });
});

describe('groups', () => {
  test('stand where a person may stand, in either form, and may be a user group of Slack’s', () => {
    const text = changed('platform: [U012APPRV01]', 'platform: { usergroup: S0604QSJC, acceptEditableInSlack: true }')
      .replace('approvers: [U012APPRV01', 'approvers: [{ group: platform }')
      .replace('owners: [U012APPRV02]', 'owners: ["group: platform"]');
    const settings = parseSettings(text, 'cordon.yaml');
    expect(settings.groups['platform']).toEqual({ usergroup: 'S0604QSJC', acceptEditableInSlack: true });
    expect(settings.people.approvers[0]).toBe('group:platform');
    expect(settings.accounts[3]?.owners).toEqual(['group:platform']);
  });
});

describe('following the file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cordon-settings-'));
    path = join(folder, 'cordon.yaml');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('an unchanged file is parsed once, a changed one again', async () => {
    await writeFile(path, example);
    const source = openSettings(path);
    const first = await source.current();
    expect(await source.current()).toBe(first);
    await writeFile(path, changed('approvers: [U012APPRV01, U012APPRV02]', 'approvers: [U012APPRV02]'));
    const second = await source.current();
    expect(second.people.approvers).toEqual(['U012APPRV02']);
    expect(second.hash).not.toBe(first.hash);
  });

  test('a file that became invalid is an error until it is mended, never the last good one', async () => {
    await writeFile(path, example);
    const source = openSettings(path);
    await source.current();
    await writeFile(path, 'schema: nonsense\n');
    await expect(source.current()).rejects.toMatchObject({ code: 'settings_invalid' });
    await expect(source.current()).rejects.toMatchObject({ code: 'settings_invalid' });
    await writeFile(path, example);
    await expect(source.current()).resolves.toMatchObject({ schema: 'cordon/settings/v1' });
  });

  test('a missing file names the path and what to do', async () => {
    await expect(openSettings(path).current()).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining(path),
    });
  });
});
