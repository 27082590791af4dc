import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { minutesOf } from '../../../src/domain/playbook.ts';
import { openPlaybooks } from '../../../src/playbooks/load.ts';
import type { PlaybookSource } from '../../../src/ports.ts';
import { ACTIONS, book, folder, problemsOf, write } from './books.ts';

const RULE = '[{source: guardduty, types: ["A:B/C"]}]';
const good = (more = '') => book('a.one', RULE, more);
const phases = (step: string) => `phases:\n  contain:\n    - ${step}`;

describe('broken playbooks, each with file, line, field and hint', () => {
  const broken: readonly (readonly [string, string, number, string, RegExp, RegExp])[] = [
    ['an unknown key', good('serverity: {}'), 12, 'serverity', /not known here/, /Did you mean severity\?/],
    [
      'automation by name',
      good('autoWhen: {path: finding.count, op: gte, value: 1}'),
      12,
      'autoWhen',
      /without a person's approval/,
      /Take it out/,
    ],
    [
      'automation in a step',
      good(phases('{id: off, title: Off, auto: true}')),
      13,
      'phases.contain.off.auto',
      /without a person's approval/,
      /Take it out/,
    ],
    [
      'self-approval',
      good('approval: {selfApproval: true}'),
      12,
      'approval.selfApproval',
      /nobody approves a plan they asked for/,
      /Use one of: false/,
    ],
    [
      'an approval below the floor',
      good('approval:\n  byRisk:\n    destructive: one'),
      14,
      'approval.byRisk.destructive',
      /only tighten/,
      /Correct/,
    ],
    [
      'a disruptive change without the owner',
      good('approval: {byRisk: {disruptive: two}}'),
      12,
      'approval.byRisk.disruptive',
      /and the account owner/,
      /Correct/,
    ],
    [
      'an unknown action',
      good(phases('{id: off, title: Off, action: {use: iam.deactivate-acess-key}}')),
      13,
      'phases.contain.off.action.use',
      /none is planned/,
      /Did you mean iam.deactivate-access-key\?/,
    ],
    ['a wrong id', book('a.two', RULE), 2, 'id', /not the file's place/, /Write a.one/],
    ['a missing key', good().replace('summary: A summary.\n', ''), 1, 'summary', /is missing/, /Add summary/],
    [
      'a wrong value of a list',
      good().replace('status: test', 'status: ready'),
      4,
      'status',
      /status/,
      /Use one of: draft, test, stable, deprecated/,
    ],
    [
      'a prototype in a ref',
      good(
        phases(
          '{id: off, title: Off, action: {use: iam.deactivate-access-key, params: {accessKeyId: {ref: entity.__proto__.x}}}}',
        ),
      ),
      13,
      'phases.contain.off.action.params.accessKeyId.ref',
      /not a safe path/,
      /Correct/,
    ],
    [
      'finding text as a parameter',
      good(
        phases(
          '{id: off, title: Off, action: {use: iam.deactivate-access-key, params: {accessKeyId: {ref: finding.title}}}}',
        ),
      ),
      13,
      'phases.contain.off.action.params.accessKeyId',
      /text from outside/,
      /Use entity/,
    ],
    [
      'a merge key',
      good('comms: &c {updateEvery: 1h}\nsla:\n  <<: *c'),
      14,
      '<<',
      /merge keys are not read/,
      /extends/,
    ],
    [
      'a bracket that is not closed',
      good('phases: [\n  detect:\n    - {id: off, title: Off}'),
      13,
      '',
      /./,
      /YAML 1.2/,
    ],
    ['a duplicate key', good('title: Again'), 12, '', /unique/i, /unique keys/],
    [
      'a step id twice',
      good('phases:\n  detect:\n    - {id: off, title: Off}\n  contain:\n    - {id: off, title: Off}'),
      15,
      'phases.contain.off.id',
      /used twice/,
      /unique/,
    ],
    [
      'a net without a star',
      book('a.one', '[{source: guardduty, types: ["A:B/C"], net: true}]'),
      10,
      'match.0',
      /without a star/,
      /not known yet/,
    ],
    [
      'a rule that takes everything',
      book('a.one', '[{source: guardduty}]'),
      10,
      'match.0',
      /everything of its source/,
      /Name types/,
    ],
    [
      'two triggers in one rule',
      book('a.one', '[{source: guardduty, types: ["A:B/*"], controls: [S3.1]}]'),
      10,
      'match.0',
      /exclude each other/,
      /one rule for each/,
    ],
    [
      'a network that is none',
      good(phases('{id: off, title: Off, when: {path: entity.ip.address, op: cidr, value: 10.0.0.0/99}}')),
      13,
      'phases.contain.off.when.value',
      /cidr cannot compare/,
      /10.0.0.0\/8/,
    ],
    [
      'an unknown operator',
      good(phases('{id: off, title: Off, when: {path: entity.ip.address, op: matches, value: x}}')),
      13,
      'phases.contain.off.when.op',
      /op/,
      /Use one of: eq, ne, in, exists, gte, cidr/,
    ],
    [
      'an output of a later step',
      good(
        phases(
          '{id: off, title: Off, action: {use: iam.deactivate-access-key, params: {k: {ref: steps.later.out.x}}}}',
        ),
      ),
      13,
      'phases.contain.off.action.params.k',
      /does not stand before/,
      /earlier step/,
    ],
    [
      'a link out of the console',
      good(phases('{id: off, title: Off, console: "https://evil.example/aws.amazon.com/"}')),
      13,
      'phases.contain.off.console',
      /AWS console/,
      /Correct/,
    ],
    [
      'a freeze that would not be kept',
      good('approval: {freeze: [Fri 18:00 - Mon 06:00]}'),
      12,
      'approval.freeze',
      /not enforced/,
      /cordon.yaml/,
    ],
    [
      'shared without a split',
      good().replace('responsibility: customer', 'responsibility: shared'),
      1,
      'split',
      /required when responsibility is shared/,
      /Correct/,
    ],
    [
      'no template of that name',
      good('extends: _treat'),
      12,
      'extends',
      /no base template/,
      /Use one of|Did you mean _threat/,
    ],
    ['no YAML', 'a: [1,', 1, '', /./, /plain YAML/],
    ['no map', '- 1', 1, '', /holds no map/, /schema/],
    ['a tag that makes objects', good('owner2: !!js/function x'), 12, '', /tag/i, /without tags/],
    ['too large', `${good()}\n# ${'x'.repeat(300_000)}`, 1, '', /larger than/, /Split/],
  ];

  test.each(broken)('%s', async (_, text, line, field, message, hint) => {
    const problems = await problemsOf({ 'a/one.yaml': text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toEqual({
      file: 'playbooks/a/one.yaml',
      line,
      field,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('a prototype name as a key', async () => {
    expect(await problemsOf({ 'a/one.yaml': good('__proto__: {polluted: true}') })).toMatchObject([
      { line: 12, field: '__proto__', message: 'this key is refused' },
    ]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('aliases that multiply', async () => {
    const bomb = [
      'a: &a [x, x]',
      ...[...'bcdefgh'].map(
        (name, index) => `${name}: &${name} [*${'abcdefg'[index]}, *${'abcdefg'[index]}, *${'abcdefg'[index]}]`,
      ),
    ].join('\n');
    const [problem] = await problemsOf({ 'a/one.yaml': bomb });
    expect(problem?.message).toMatch(/aliases/);
  });
});

test('all problems of all files at once', async () => {
  const problems = await problemsOf({
    'a/one.yaml': good('typo: 1\nauto: true'),
    'a/two.yaml': book('a.wrong', RULE),
    'a/three.yaml': '{',
  });
  expect(problems.map(({ file, line }) => `${file}:${line}`).toSorted()).toEqual([
    'playbooks/a/one.yaml:12',
    'playbooks/a/one.yaml:13',
    'playbooks/a/three.yaml:1',
    'playbooks/a/two.yaml:2',
  ]);
});

describe('extends', () => {
  const base = [
    'status: test',
    'owner: base',
    'responsibility: customer',
    'sla: {high: {ack: 1h, contain: 4h}}',
    'phases:',
    '  detect:',
    '    - {id: look, title: Look, guidance: Look well.}',
    '    - {id: last, title: Last}',
  ].join('\n');
  const child = (more: string) =>
    [
      'schema: cordon/v1',
      'id: a.one',
      'version: 1.0.0',
      'extends: _threat',
      'title: T',
      'summary: S.',
      'reviewed: 2026-11-22',
      `match: ${RULE}`,
      more,
    ].join('\n');

  test('maps merge, steps merge by id, the child wins and decides the order of what it names', async () => {
    const directory = folder({
      '_threat.yaml': base,
      'a/one.yaml': child(
        'owner: child\nsla: {high: {ack: 15m}, low: {ack: 3d}}\nphases:\n  detect:\n    - {id: mine, title: Mine}\n    - {id: last, guidance: Then.}\n  post: [{id: end, title: End}]',
      ),
    });
    const set = await openPlaybooks({ directories: [directory], actions: ACTIONS }).current();
    const playbook = set.get('a.one')?.playbook;
    expect(playbook).toMatchObject({
      owner: 'child',
      sla: { high: { ack: '15m', contain: '4h' }, low: { ack: '3d' } },
    });
    expect(playbook?.phases.detect.map(({ id, title, guidance }) => [id, title, guidance])).toEqual([
      ['look', 'Look', 'Look well.'],
      ['mine', 'Mine', undefined],
      ['last', 'Last', 'Then.'],
    ]);
    expect(playbook?.phases.post.map(({ id }) => id)).toEqual(['end']);
  });

  test('a defect is reported where it stands: in the template once, in the child by its own line', async () => {
    const bad = `${base}\n    - {id: slow, title: Slow, role: nobody}`;
    const inBase = await problemsOf({
      '_threat.yaml': bad,
      'a/one.yaml': child(''),
      'a/two.yaml': child('').replace('a.one', 'a.two').replace('A:B/C', 'A:B/D'),
    });
    expect(inBase).toMatchObject([{ file: 'playbooks/_threat.yaml', line: 9, field: 'phases.detect.slow.role' }]);
    const inChild = await problemsOf({
      '_threat.yaml': base,
      'a/one.yaml': child('phases:\n  detect:\n    - {id: last, role: nobody}'),
    });
    expect(inChild).toMatchObject([{ file: 'playbooks/a/one.yaml', line: 11, field: 'phases.detect.last.role' }]);
  });

  test('the hash is that of the expanded form', async () => {
    const directory = folder({ '_threat.yaml': base, 'a/one.yaml': child('') });
    const source = openPlaybooks({ directories: [directory], actions: ACTIONS });
    const before = (await source.current()).get('a.one')?.hash;
    write(directory, '_threat.yaml', base.replace('Look well.', 'Look twice.'));
    const after = (await source.current()).get('a.one')?.hash;
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(after).not.toBe(before);
  });
});

describe('a changed file', () => {
  test('is read again; the whole new set or an error, never the old one on', async () => {
    const directory = folder({ 'a/one.yaml': good() });
    const source = openPlaybooks({ directories: [directory], actions: ACTIONS });
    const first = await source.current();
    expect(await source.current()).toBe(first);
    write(directory, 'a/one.yaml', good('nonsense: 1'));
    await expect(source.current()).rejects.toMatchObject({
      code: 'playbooks_invalid',
      problems: [{ field: 'nonsense' }],
    });
    await expect(source.current()).rejects.toMatchObject({ code: 'playbooks_invalid' });
    write(directory, 'a/one.yaml', good('related: [s3.malware]'));
    expect((await source.current()).get('a.one')?.playbook.related).toEqual(['s3.malware']);
  });

  test('same size and time: still seen', async () => {
    const directory = folder({ 'a/one.yaml': good() });
    const source = openPlaybooks({ directories: [directory], actions: ACTIONS });
    const past = new Date(1_700_000_000_000);
    utimesSync(join(directory, 'a/one.yaml'), past, past);
    expect((await source.current()).get('a.one')?.playbook.title).toBe('A title');
    write(directory, 'a/one.yaml', good().replace('A title', 'B title'));
    utimesSync(join(directory, 'a/one.yaml'), past, past);
    expect((await source.current()).get('a.one')?.playbook.title).toBe('B title');
  });

  test('only touched: the compiled set stays', async () => {
    const directory = folder({ 'a/one.yaml': good() });
    const source = openPlaybooks({ directories: [directory], actions: ACTIONS });
    const first = await source.current();
    write(directory, 'a/one.yaml', good());
    expect(await source.current()).toBe(first);
  });
});

test('a directory that is not there is an error with a next step, and the old set is not used on', async () => {
  const directory = folder({});
  const source = openPlaybooks({ directories: [directory], actions: ACTIONS });
  await source.current();
  rmSync(directory, { recursive: true });
  await expect(source.current()).rejects.toMatchObject({ code: 'playbooks_unreadable', retry: true });
});

test('ids are unique over all directories', async () => {
  const [one, two] = [folder({ 'a/one.yaml': good() }), folder({ 'a/one.yaml': good() })];
  await expect(openPlaybooks({ directories: [one, two], actions: ACTIONS }).current()).rejects.toMatchObject({
    code: 'playbooks_invalid',
  });
});

test('a missing catch-all, and a pin to nothing', async () => {
  const directory = folder({});
  write(directory, 'generic/threat.yaml', book('generic.threat', RULE));
  await expect(openPlaybooks({ directories: [directory], actions: ACTIONS }).current()).rejects.toThrow(
    /a catch-all has no rules/,
  );
  const pins = [{ playbookId: 'a.nothing', accounts: ['333333333331'] }];
  await expect(openPlaybooks({ directories: [folder({})], actions: ACTIONS, pins }).current()).rejects.toThrow(
    /a pin names a.nothing/,
  );
});

test('it is the port that the flow wants', async () => {
  const source: PlaybookSource = openPlaybooks({ directories: [folder({})], actions: ACTIONS });
  expect((await source.current()).list()).toHaveLength(3);
});

test('durations', () => {
  expect(['15m', '4h', '3d'].map(minutesOf)).toEqual([15, 240, 4320]);
  expect(() => minutesOf('soon')).toThrow(RangeError);
});
