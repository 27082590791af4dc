import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CordonError } from '../../../src/domain/errors.ts';
import { ingest } from '../../../src/flow/ingest.ts';
import { resume } from '../../../src/flow/kill-switch.ts';
import { triage } from '../../../src/flow/triage.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent, tagAction, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { caller, EXIT, type Said, testTools } from './caller.ts';

let store: TestStore;
let world: World;
let call: (...argv: string[]) => Promise<Said>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-cli-'));
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  call = caller(world.deps);
});

function jsonLines({ out }: Said): unknown[] {
  return out.split('\n').map((line) => JSON.parse(line));
}

describe('policy explain', () => {
  const NAMES = new Map([
    ['U0ALICE', 'Alice Meyer'],
    ['U0BO', '\u001b[31mBo\u202e'],
  ]);

  beforeEach(() => {
    world.people = {
      async lookUp(id) {
        if (id === 'U0HAL') return { ok: false, why: 'guest' };
        return { ok: true, id, name: id };
      },
      usergroups: async () => new Map([['S0SEC', ['U0ALICE']]]),
      names: async (ids) => new Map([...NAMES].filter(([id]) => ids.includes(id))),
    };
    world.settings = testSettings((file) => {
      file.groups = { sec: { usergroup: 'S0SEC', acceptEditableInSlack: true } };
      file.people.approvers = ['group:sec', 'U0BO', 'U0HAL'];
      file.policies = [{ name: 'two in prod', match: { environment: 'prod' }, approvers: 2 }];
    });
    world.action = tagAction(1, { risk: 'disruptive', undoReexposes: true });
  });

  test('says who may, by which rule, and names people harmlessly', async () => {
    const { code, out } = await call('policy', 'explain', 'prod-payments', 'ec2.tag-instance');
    expect(code).toBe(EXIT.ok);
    for (const part of [
      '2 people: 2 × approver (Slack user group sec) and 1 × owner of prod-payments',
      'policy “two in prod”',
      'Alice Meyer (U0ALICE)',
      'roll back',
      'A playbook may ask for more',
    ])
      expect(out).toContain(part);
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  test.each([
    ['U0ALICE', 'may decide', 'as approver (Slack user group sec) and as owner of prod-payments'],
    ['U0OSCAR', 'may not decide', 'none of: approver (Slack user group sec); owner of prod-payments'],
    ['U0HAL', 'may not decide', 'guest'],
  ])('why %s %s', async (person, may, why) => {
    const { out } = await call('policy', 'explain', '333333333331', 'ec2.tag-instance', person);
    expect(out).toContain(may);
    expect(out).toContain(why);
  });

  test('says when a policy forbids it, when Slack is silent, and what there is instead of a typo', async () => {
    world.people = { ...world.people, usergroups: async () => Promise.reject(new Error('slack is down')) };
    expect((await call('policy', 'explain', 'prod-payments', 'ec2.tag-instance')).out).toContain('Slack did not say');
    world.settings = testSettings((file) => {
      file.policies = [{ name: 'freeze', match: {}, forbid: true }];
    });
    expect((await call('policy', 'explain', 'prod-payments', 'ec2.tag-instance')).out).toContain('“freeze”');
    expect((await call('policy', 'explain', 'prod-payments', 'ec2.tag')).err).toContain('Actions: ec2.tag-instance');
    expect((await call('policy', 'explain', 'prod', 'ec2.tag-instance')).code).toBe(EXIT.failed);
    expect((await call('policy', 'explain')).code).toBe(EXIT.usage);
  });

  test('approvals and show give names beside ids, and ids where Slack gives no name', async () => {
    world.people = { ...world.people, names: async () => new Map([['U0RINA', 'Rina Okafor']]) };
    await deliver(world.deps, guardDutyEvent());
    const incident = await onlyIncident(world.deps);
    world.settings = testSettings();
    await approvalPending(world.deps, incident);
    expect((await call('approvals')).out).toContain('Rina Okafor (U0RINA)');
    expect((await call('show', incident.id)).out).toContain('Rina Okafor (U0RINA)');
    world.people = { ...world.people, names: async () => new Map() };
    expect((await call('approvals')).out).toMatch(/ U0RINA /);
  });
});

describe('incidents', () => {
  test('an empty store says so in words', async () => {
    expect(await call('list')).toEqual({ code: EXIT.ok, out: 'No incidents.', err: '' });
    expect((await call('approvals')).out).toBe('No approval is waiting.');
    expect((await call('status')).out).toContain('0 open');
  });

  test('list and show give the incident with the account’s name, its findings and its plan', async () => {
    await deliver(world.deps, guardDutyEvent());
    const incident = await onlyIncident(world.deps);
    const approval = await approvalPending(world.deps, incident);
    expect((await call('list')).out).toMatch(
      new RegExp(`${incident.id}.*prod-payments \\(333333333331\\).*compute.command-and-control`),
    );
    const shown = await call('show', incident.id);
    expect(shown.code).toBe(EXIT.ok);
    for (const part of [
      'prod-payments (333333333331)',
      'command and control domain',
      approval.runId,
      approval.planHash.slice(0, 8),
      approval.id,
    ]) {
      expect(shown.out).toContain(part);
    }
    expect((await call('approvals')).out).toContain(`${approval.id}  ${incident.id}`);
    expect(jsonLines(await call('show', incident.id, '--json'))).toMatchObject([
      { incident: { id: incident.id }, runs: [{ run: { id: approval.runId } }] },
    ]);
  });

  test('a state or limit that cannot be is wrong usage; an unknown incident is told', async () => {
    expect((await call('list', '--state', 'closed')).code).toBe(EXIT.usage);
    expect((await call('list', '--limit', '0')).code).toBe(EXIT.usage);
    expect(await call('show', 'INC-1')).toMatchObject({
      code: EXIT.failed,
      err: expect.stringContaining('no incident'),
    });
  });
});

describe('quarantine', () => {
  test('what cannot be read is listed, shown whole without steering the terminal, and replayed', async () => {
    const { id } = await ingest(world.deps, { transport: 'sqs', transportId: 'm-1', body: '{"broken": \u001b[2J' });
    await triage(world.deps, id);
    expect((await call('quarantine', 'list')).out).toContain(id);
    const shown = await call('quarantine', 'show', id);
    expect(shown.out).toContain('{"broken"');
    expect(shown.out).not.toContain('\u001b');
    expect(jsonLines(await call('quarantine', 'show', id, '--json'))).toMatchObject([
      { id, body: '{"broken": \u001b[2J' },
    ]);
    expect((await call('quarantine', 'replay', id)).code).toBe(EXIT.ok);
    expect((await call('quarantine', 'replay', id)).err).toContain('not in quarantine');
    expect((await call('audit', 'show', `delivery:${id}`)).out).toMatch(/delivery\.replayed\s+cli:rina/);
  });

  test('half a command is wrong usage', async () => {
    expect((await call('quarantine')).code).toBe(EXIT.usage);
    expect((await call('quarantine', 'eat', 'DLV-1')).code).toBe(EXIT.usage);
  });
});

describe('ingest', () => {
  test('puts files through the real pipeline once, and tells what cannot be opened', async () => {
    await writeFile(join(folder, 'one.json'), guardDutyEvent());
    await writeFile(join(folder, 'note.txt'), 'not a finding');
    const first = jsonLines(await call('ingest', folder, '--json'));
    expect(first).toMatchObject([{ state: 'stored', delivery: expect.stringMatching(/^DLV-/) }]);
    expect(jsonLines(await call('ingest', folder, '--json'))).toMatchObject([{ state: 'duplicate' }]);
    expect(await call('ingest', join(folder, 'none.json'))).toMatchObject({
      code: EXIT.failed,
      out: expect.stringContaining('unreadable'),
    });
    expect((await call('ingest')).code).toBe(EXIT.usage);
  });
});

describe('stop and resume', () => {
  test('one person stops, giving a reason; the command line has one of the two votes to go on; all of it is audited', async () => {
    const bo = caller(world.deps, testTools(), 'bo');
    expect((await call('stop')).code).toBe(EXIT.usage);
    expect((await call('stop', 'wrong', 'keys')).out).toContain('STOPPED by rina');
    expect((await call('status')).out).toMatch(/^STOPPED by rina.*wrong keys/);
    expect((await call('resume')).out).toContain('1 of 2');
    expect((await call('resume')).err).toContain('already');
    expect((await bo('resume')).err).toContain('already');
    unwrap(await resume(world.deps, { kind: 'slack', id: 'U0BO' }));
    expect((await call('status')).out).toContain('Running');
    expect((await call('audit', 'show', 'switch')).out).toMatch(/switch\.stopped[\s\S]*switch\.resumed/);
  });

  test('a STOP file shows as stopped', async () => {
    world.stopFile = true;
    expect((await call('status')).out).toContain('STOPPED by the STOP file');
  });
});

describe('audit', () => {
  test('an unbroken chain is ok; an edited row is found, with exit code 1', async () => {
    await deliver(world.deps, guardDutyEvent());
    expect(await call('audit', 'verify')).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('unbroken') });
    await store.sql(`update cordon.audit set details = '{"bytes": 1}'::json where seq = 1`);
    const broken = await call('audit', 'verify');
    expect(broken).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('first at row 1') });
  });
});

describe('accounts and doctor', () => {
  test('accounts shows the ExternalId, and after doctor the health', async () => {
    expect((await call('accounts')).out).toMatch(
      /prod-payments\s+333333333331.*not checked.*external-id-of-333333333331/,
    );
    expect(await call('doctor')).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('All is well.') });
    expect(jsonLines(await call('accounts', '--json'))).toMatchObject([
      { id: '333333333331', health: { read: 'ok', act: 'ok' } },
    ]);
  });

  test('doctor goes on after what is wrong, and says what to do', async () => {
    const slack = async (): Promise<string> => {
      throw new CordonError('slack_token', 'invalid_auth', { hint: 'Check SLACK_BOT_TOKEN.' });
    };
    world.settings = { ...world.settings, people: { ...world.settings.people, approvers: [] } };
    const sick = await caller(world.deps, testTools({ slack }))('doctor');
    expect(sick.code).toBe(EXIT.failed);
    expect(sick.out).toMatch(/WRONG {2}Slack: invalid_auth\n\s+Check SLACK_BOT_TOKEN/);
    expect(sick.out).toContain('people.approvers is empty');
    expect(sick.out).toMatch(/ok +read role {2}prod-payments \(333333333331\)/);
    expect(sick.out).toContain('2 to mend.');
  });

  test('doctor writes nothing to AWS', async () => {
    await call('doctor');
    expect(world.cloud.writes).toEqual([]);
  });
});

test('settings that are not valid are told by status first, and by doctor line by line', async () => {
  const problem = 'cordon.yaml is not valid:\n  cordon.yaml:3: foo: is not a known field';
  const settings = {
    current: () => Promise.reject(new CordonError('settings_invalid', problem, { hint: 'Correct it.' })),
  };
  const asked = caller({ ...world.deps, settings });
  expect((await asked('status')).out).toContain('NOTHING IS PLANNED, APPROVED OR RUN: cordon.yaml is not valid:\n');
  expect(jsonLines(await asked('status', '--json'))).toMatchObject([{ settingsProblem: problem }]);
  expect((await asked('doctor')).out).toMatch(/WRONG {2}settings: cordon.yaml is not valid:\n\s+cordon.yaml:3: foo/);
});

test('an error that nobody expected is told with its hint, as a failure', async () => {
  const settings = {
    current: () =>
      Promise.reject(new CordonError('settings_invalid', 'cordon.yaml is not valid', { hint: 'Correct it.' })),
  };
  const said = await caller({ ...world.deps, settings })('accounts');
  expect(said).toEqual({ code: EXIT.failed, out: '', err: 'Failed: cordon.yaml is not valid\n  Correct it.' });
});
