import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Message, messageProblems } from '../../../src/slack/block-limits.ts';
import { BUTTONS } from '../../../src/slack/buttons/index.generated.ts';
import { SlackCallError } from '../../../src/slack/calls.ts';
import { stepKey } from '../../../src/slack/cards/incident.ts';
import { COMMANDS } from '../../../src/slack/commands/index.generated.ts';
import { enter } from '../../../src/slack/enter.ts';
import type { ButtonPress, CommandCall, Inbound, Submission } from '../../../src/slack/inbound.ts';
import { pressButton, runCommand, submitModal } from '../../../src/slack/listeners.ts';
import { MODALS } from '../../../src/slack/modals/index.generated.ts';
import type { SubmissionAck } from '../../../src/slack/submission-reply.ts';
import type { Visitor } from '../../../src/slack/visitor.ts';
import { type FakeCalls, fakeCalls, refused } from './support/calls.ts';
import { type World, type WorldOptions, world } from './support/deps.ts';
import { ALICE, approval, BO, finding, incident, NOW, plan, RINA, run, step, vote } from './support/fixtures.ts';

/** Somebody let in, for a command that only reads. */
function visitorOf(deps: Visitor['deps']): Visitor {
  const unused = () => Promise.reject(new Error('not in this test'));
  return {
    deps,
    person: { id: RINA, name: 'Rina' },
    actor: { kind: 'slack', id: RINA },
    commands: [],
    reference: 'REF-ABCD2345',
    tell: unused,
    refuse: unused,
    turnAway: unused,
    fail: unused,
    permalink: unused,
    open: unused,
    show: unused,
  };
}

const origin = {
  teamId: 'T0ACMESBX',
  userTeamId: 'T0ACMESBX',
  enterpriseInstall: false,
  appId: 'A0CORDON001',
  userId: RINA,
  at: Date.parse(NOW) / 1000,
  dedupe: 'd1',
};
const press = (actionId: string, value: string, userId = RINA): ButtonPress => ({
  ...origin,
  userId,
  kind: 'button',
  actionId,
  value,
  channelId: 'C0TRIAGE001',
  threadTs: '1.1',
  triggerId: 't',
});
const command = (text: string, userId = RINA): CommandCall => ({
  ...origin,
  userId,
  at: null,
  kind: 'command',
  command: '/cordon',
  text,
  channelId: 'C0TRIAGE001',
  triggerId: 't',
});
const submission = (
  callbackId: string,
  metadata: object,
  values: Record<string, string>,
  userId = ALICE,
): Submission => ({
  ...origin,
  userId,
  at: null,
  kind: 'submission',
  callbackId,
  viewId: 'V1',
  viewHash: 'h',
  metadata: JSON.stringify(metadata),
  values,
});

interface Bench extends World {
  readonly slack: FakeCalls;
  readonly acks: SubmissionAck[];
  readonly responses: Message[];
  /** What the person was told, wherever. */
  told(): string;
  handle(inbound: Inbound): Promise<void>;
}

function bench(options: WorldOptions = {}): Bench {
  // The acknowledgement's clock never runs out here; it has tests of its own.
  const made = world({ pause: () => new Promise(() => undefined), ...options });
  const slack = fakeCalls();
  const acks: SubmissionAck[] = [];
  const responses: Message[] = [];
  made.store.incidents.set('INC-2026-0001', incident());
  made.store.findings.set('INC-2026-0001', [finding()]);
  made.store.runs.set('RUN-AAAA2222', run({ state: 'verified' }));
  made.store.approvals.set('REQ-CCCC4444', approval());
  const known = { buttons: BUTTONS.map((one) => one.actionId), modals: MODALS.map((one) => one.callbackId) };
  const handle = async (inbound: Inbound) => {
    const entry = await enter({
      deps: made.deps,
      calls: slack,
      commands: COMMANDS,
      inbound,
      known,
      ack: async (response) => void acks.push(response),
      respond: async (message) => void responses.push(message),
    });
    if (entry === undefined) return;
    if (inbound.kind === 'button') await pressButton(entry, BUTTONS.find((one) => one.actionId === inbound.actionId)!);
    if (inbound.kind === 'submission')
      await submitModal(entry, MODALS.find((one) => one.callbackId === inbound.callbackId)!);
    if (inbound.kind === 'command') await runCommand(entry, COMMANDS);
  };
  const told = () =>
    JSON.stringify([
      slack.made.filter((call) => call.method !== 'openView').map((call) => call.message ?? call.view),
      responses,
      acks,
    ]);
  return Object.assign(made, { slack, acks, responses, handle, told });
}

describe('buttons', () => {
  test('every action_id is its own and is named as its file', () => {
    expect(BUTTONS.map((button) => button.actionId)).toEqual(
      ['acknowledge', 'ask-again', 'deny', 'resolve', 'review', 'roll-back', 'run-step'].map(
        (name) => `cordon.${name}`,
      ),
    );
  });

  test('acknowledge carries the revision that was on the screen', async () => {
    const one = bench();
    await one.handle(press('cordon.acknowledge', 'INC-2026-0001:7'));
    expect(one.calls).toEqual([{ name: 'acknowledge', actor: RINA, input: { incidentId: 'INC-2026-0001', rev: 7 } }]);
    expect(one.acks).toEqual([undefined]);
  });

  test('a step opens its window first and then asks for the plan with the window’s reference', async () => {
    const one = bench();
    await one.handle(press('cordon.run-step', `INC-2026-0001:${stepKey(step())}`));
    expect(one.slack.made.map((call) => call.method)).toEqual(['openView', 'updateView']);
    expect(one.calls[0]).toEqual({
      name: 'requestPlan',
      actor: RINA,
      input: { incidentId: 'INC-2026-0001', stepId: 'deactivate-key', findingKey: 'gd:1', viewId: 'V1#h1' },
    });
    expect(one.told()).toContain('not_in_this_test');
  });

  test('a step that is not in the playbook, by hand only, or not runnable now, asks for nothing', async () => {
    const one = bench();
    await one.handle(press('cordon.run-step', 'INC-2026-0001:0000'));
    one.steps = [step({ action: null, runnable: false })];
    await one.handle({ ...press('cordon.run-step', `INC-2026-0001:${stepKey(step())}`), dedupe: 'd2' });
    one.steps = [step({ runnable: false, whyNot: 'the account is not listed' })];
    await one.handle({ ...press('cordon.run-step', `INC-2026-0001:${stepKey(step())}`), dedupe: 'd3' });
    expect(one.calls).toEqual([]);
    expect(one.slack.made.map((call) => call.method)).toEqual(['whisper', 'whisper', 'whisper']);
    expect(one.told()).toContain('the account is not listed');
  });

  test('a value that names its own target or parameters asks for nothing', async () => {
    const one = bench();
    const shown = `INC-2026-0001:${stepKey(step())}`;
    for (const [index, forged] of [
      `${shown}|gd:other`,
      `${shown}|{"userName":"root"}`,
      'INC-2026-0001:deactivate-key|gd:other',
      'INC-2026-0001:{"stepId":"deactivate-key","findingKey":"gd:other","params":{"userName":"root"}}',
    ].entries())
      await one.handle({ ...press('cordon.run-step', forged), dedupe: `forged-${index}` });
    expect(one.calls).toEqual([]);
    expect(one.slack.made.map((call) => call.method)).toEqual(['whisper', 'whisper', 'whisper', 'whisper']);
  });

  test('roll back and ask again go the way of a step', async () => {
    const one = bench();
    await one.handle(press('cordon.roll-back', 'RUN-AAAA2222:1'));
    await one.handle({ ...press('cordon.ask-again', 'RUN-AAAA2222:1'), dedupe: 'd2' });
    one.store.runs.set(
      'RUN-BBBB3333',
      run({
        id: 'RUN-BBBB3333',
        request: {
          kind: 'rollback',
          incidentId: 'INC-2026-0001',
          stepId: 's',
          findingKey: 'k',
          undoes: 'RUN-AAAA2222',
        },
      }),
    );
    await one.handle({ ...press('cordon.ask-again', 'RUN-BBBB3333:1'), dedupe: 'd3' });
    expect(one.calls.map((call) => call.name)).toEqual(['requestRollback', 'requestPlan', 'requestRollback']);
    expect(one.calls[2]?.input).toEqual({ runId: 'RUN-AAAA2222', viewId: 'V1#h1' });
  });

  test.each(['cordon.review', 'cordon.deny'])(
    '%s opens for an approver, with the plan of the request',
    async (actionId) => {
      const one = bench();
      await one.handle(press(actionId, 'REQ-CCCC4444:1', ALICE));
      const shown = one.slack.made.at(-1)?.view;
      expect(JSON.parse(shown?.private_metadata ?? '{}')).toEqual({
        approvalId: 'REQ-CCCC4444',
        planHash: approval().planHash,
      });
      expect(one.store.audit).toEqual([]);
    },
  );

  const refusals: readonly [string, string, string, (one: Bench) => void][] = [
    ['the requester’s own', RINA, 'own_request', () => undefined],
    [
      'somebody who may not decide on it',
      BO,
      'not_entitled',
      (one) =>
        one.store.approvals.set(
          'REQ-CCCC4444',
          approval({ requirement: { ...approval().requirement, slots: [{ label: 'owner', n: 1, from: [ALICE] }] } }),
        ),
    ],
    ['a second vote', ALICE, 'already_voted', (one) => one.store.votes.set('REQ-CCCC4444', [vote()])],
    [
      'after the expiry',
      ALICE,
      'expired',
      (one) => one.store.approvals.set('REQ-CCCC4444', approval({ expiresAt: '2026-11-22T11:59:59.000Z' })),
    ],
    [
      'after the decision',
      BO,
      'already_decided',
      (one) => {
        one.store.approvals.set('REQ-CCCC4444', approval({ state: 'approved', decidedAt: NOW }));
        one.store.votes.set('REQ-CCCC4444', [vote()]);
      },
    ],
  ];
  test.each(refusals)('review by %s: no form, told why', async (_, who, code, arrange) => {
    const one = bench();
    arrange(one);
    await one.handle(press('cordon.review', 'REQ-CCCC4444:1', who));
    expect(one.slack.made.map((call) => call.method)).toEqual(['whisper']);
    expect(one.told()).toContain(code);
    const audited = one.store.audit.map((entry) => entry.details['code']);
    expect(audited).toEqual(code === 'own_request' || code === 'not_entitled' ? [code] : []);
    if (code === 'already_decided') expect(one.told()).toContain(`<@${ALICE}> at 2026-11-22 12:00 UTC`);
  });

  test('resolve is for responders: an approver is refused and it is on record', async () => {
    const one = bench();
    await one.handle(press('cordon.resolve', 'INC-2026-0001:1', BO));
    expect(one.store.audit[0]).toMatchObject({
      event: 'access.refused',
      subject: 'incident:INC-2026-0001',
      details: { code: 'not_a_responder' },
    });
    await one.handle({ ...press('cordon.resolve', 'INC-2026-0001:1'), dedupe: 'd2' });
    expect(one.slack.made.at(-1)).toMatchObject({ method: 'openView' });
  });

  test.each(BUTTONS.map((button) => button.actionId))('%s of a thing that is gone is answered', async (actionId) => {
    const one = bench({
      api: {
        acknowledge: async () => ({
          ok: false,
          refusal: { code: 'no_such_incident', message: 'There is no such incident.', hint: '–' },
        }),
      },
    });
    await one.handle(press(actionId, 'GONE-1:1', ALICE));
    expect(one.slack.made.map((call) => call.method)).toEqual(['whisper']);
    expect(one.calls).toEqual([]);
  });
});

describe('submissions', () => {
  const ids = { approvalId: 'REQ-CCCC4444', planHash: approval().planHash };

  test('a decision goes to the flow with the hash that was on the screen', async () => {
    const one = bench({
      api: {
        vote: async (actor, input) => {
          one.calls.push({ name: 'vote', actor: actor.id, input });
          return { ok: true, value: { approval: approval(), outcome: 'granted' } };
        },
      },
    });
    await one.handle(submission('cordon.review', ids, { decision: 'approve', reason: 'Checked with the owner.' }));
    expect(one.calls).toEqual([
      { name: 'vote', actor: ALICE, input: { ...ids, decision: 'approve', reason: 'Checked with the owner.' } },
    ]);
    expect(one.told()).toContain('is approved');
  });

  const bad: readonly [string, object, Record<string, string>, string][] = [
    ['cordon.review', ids, { reason: 'long enough reason' }, 'decision'],
    ['cordon.review', ids, { decision: 'perhaps', reason: 'long enough reason' }, 'decision'],
    ['cordon.review', ids, { decision: 'approve', reason: 'short' }, 'reason'],
    ['cordon.deny', ids, {}, 'reason'],
    ['cordon.plan', { runId: 'RUN-AAAA2222', planHash: 'x' }, { reason: '           ' }, 'reason'],
    [
      'cordon.resolve',
      { incidentId: 'INC-2026-0001' },
      { resolution: 'archived-by-source', note: 'long enough note' },
      'resolution',
    ],
    ['cordon.resolve', { incidentId: 'INC-2026-0001' }, { resolution: 'fixed', note: 'x' }, 'note'],
  ];
  test.each(bad)('%s with %j and %j is an error at its field', async (callbackId, metadata, values, field) => {
    const one = bench();
    await one.handle(submission(callbackId, metadata, values));
    expect(one.acks).toMatchObject([{ response_action: 'errors', errors: { [field]: expect.any(String) } }]);
    expect(one.calls).toEqual([]);
  });

  test('a refusal of the flow is shown where the person looks', async () => {
    const one = bench();
    for (const [index, [callbackId, metadata, values]] of [
      ['cordon.review', ids, { decision: 'deny', reason: 'long enough reason' }],
      ['cordon.deny', ids, { reason: 'long enough reason' }],
      ['cordon.plan', { runId: 'RUN-AAAA2222', planHash: 'x' }, { reason: 'long enough reason' }],
    ].entries() as Iterable<[number, [string, object, Record<string, string>]]>) {
      await one.handle({ ...submission(callbackId, metadata, values), dedupe: `d${index}` });
    }
    expect(one.acks).toHaveLength(3);
    expect(one.told().match(/not_in_this_test/g)).toHaveLength(3);
  });
});

describe('whatever goes wrong is answered', () => {
  test('the store is down: acknowledged, nothing done, told with a reference that is in the log', async () => {
    const one = bench();
    one.store.failing = true;
    await one.handle(press('cordon.acknowledge', 'INC-2026-0001:1'));
    expect(one.acks).toEqual([undefined]);
    expect(one.calls).toEqual([]);
    const reference = /REF-[A-Z0-9]{8}/.exec(one.told())?.[0];
    expect(reference).toBeDefined();
    expect(one.log.find((line) => line.level === 'error')).toMatchObject({ fields: { reference } });
  });

  test('a refusal that cannot be put on record is a refusal all the same', async () => {
    const one = bench();
    one.store.tx = async () => Promise.reject(new Error('audit is unwritable'));
    one.deps.store.tx = one.store.tx;
    await one.handle({ ...press('cordon.acknowledge', 'INC-2026-0001:1'), teamId: 'T0OTHER0001' });
    expect(one.told()).toContain('other_team');
    expect(one.log.some((line) => line.level === 'error' && line.message.includes('audit'))).toBe(true);
  });

  test('a trigger that has expired says to press again', async () => {
    const one = bench();
    one.slack.failures.set('openView', [refused('expired_trigger_id')]);
    await one.handle(press('cordon.run-step', `INC-2026-0001:${stepKey(step())}`));
    expect(one.told()).toContain('Press again');
    expect(one.calls).toEqual([]);
  });

  test('a channel that takes no whisper: answered through the response address', async () => {
    const one = bench({
      api: {
        acknowledge: async () => ({
          ok: false,
          refusal: { code: 'already_acknowledged', message: 'Done before.', hint: '–' },
        }),
      },
    });
    one.slack.failures.set('whisper', [new SlackCallError('refused', 'user_not_in_channel')]);
    await one.handle(press('cordon.acknowledge', 'INC-2026-0001:1'));
    expect(one.responses[0]?.text).toContain('Done before.');
  });

  test('a command that breaks is answered', async () => {
    const one = bench();
    one.store.read.incidents.counts = async () => Promise.reject(new Error('broken'));
    await one.handle(command('status'));
    expect(one.responses[0]?.text).toContain('Something went wrong inside Cordon');
  });
});

describe('commands', () => {
  const answer = async (text: string, arrange: (one: Bench) => void = () => undefined, who = RINA) => {
    const one = bench();
    arrange(one);
    await one.handle(command(text, who));
    return { one, text: one.responses[0]?.text ?? '' };
  };

  test('the index is the folder, and each is named as its file', () => {
    const files = readdirSync('src/slack/commands')
      .map((file) => file.replace('.ts', ''))
      .filter((name) => !['answer', 'contract', 'index.generated'].includes(name));
    expect(COMMANDS.map((one) => one.name)).toEqual(files.sort());
  });

  test('help says what the person may do', async () => {
    expect((await answer('help')).text).toContain('/cordon approvals');
    expect(JSON.stringify((await answer('help', undefined, ALICE)).one.responses)).toContain(
      'decide on requests of others (approver)',
    );
    expect(JSON.stringify((await answer('help', undefined, 'U0OSCAR0001')).one.responses)).toContain('no role');
  });

  test('list hides what is resolved, filters and pages', async () => {
    const many = (one: Bench) => {
      for (let index = 2; index <= 20; index += 1)
        one.store.incidents.set(
          `INC-2026-00${index}`,
          incident({ id: `INC-2026-00${index}`, state: index === 2 ? 'resolved' : 'open' }),
        );
    };
    expect((await answer('list', many)).text).not.toContain('INC-2026-002 ');
    expect(JSON.stringify((await answer('list', many)).one.responses)).toContain('--page 2');
    expect((await answer('list --all', many)).text).toContain('INC-2026-002 ');
    expect((await answer('list --account dev-playground', many)).text).toContain('none');
    expect((await answer('list --account nowhere', many)).text).toContain('No account');
    expect((await answer('list --mine', many)).text).toContain('none');
  });

  test('show is for reading: no button, and the steps that are done by hand', async () => {
    const { one } = await answer('show inc-2026-0001', (made) => {
      made.steps = [
        step(),
        step({ action: null, runnable: false, target: null, title: 'Call the owner', guidance: 'Ask who used it.' }),
      ];
    });
    const shown = one.responses[0];
    expect(shown?.blocks.some((block) => block.type === 'actions')).toBe(false);
    expect(JSON.stringify(shown)).toContain('Ask who used it.');
    expect((await answer('show REQ-CCCC4444')).text).toContain('Approve?');
    expect((await answer('show RUN-AAAA2222')).text).toContain('verified');
    expect((await answer('show INC-2026-9999')).text).toContain('There is no INC-2026-9999');
    expect((await answer('show ../../etc')).text).toContain('Say which one');
  });

  test('approvals are those that wait for this person', async () => {
    expect((await answer('approvals', undefined, ALICE)).text).toContain('REQ-CCCC4444');
    expect((await answer('approvals', undefined, RINA)).text).toContain('none');
    expect((await answer('approvals --all', undefined, RINA)).text).toContain('REQ-CCCC4444');
  });

  test('policy explain asks about the one who types, or about somebody picked from the list', async () => {
    const about = async (text: string) => (await answer(text)).one.calls.at(-1)?.input;
    expect(await about('policy explain prod-payments ec2.isolate-instance')).toMatchObject({ personId: RINA });
    expect(await about(`policy explain prod-payments ec2.isolate-instance <@${BO}|bo>`)).toMatchObject({
      account: 'prod-payments',
      action: 'ec2.isolate-instance',
      personId: BO,
    });
    expect((await answer('policy explain prod-payments ec2.isolate-instance @bo')).text).toContain('no member');
    expect((await answer('policy prod-payments')).text).toContain('Say an account and an action');
  });

  test('policy explain shows who may, pings nobody but the person in question, and is harmless', async () => {
    const { deps } = world();
    const text = '<!channel> <https://evil.example|x> `a`';
    const requirement = {
      people: 1,
      slots: [{ label: `approver in ${text}`, n: 1, from: [ALICE, BO] }],
      ttlMinutes: 30,
      because: `policy “${text}”`,
    };
    const explanation = {
      account: 'prod-payments (333333333331)',
      action: { id: 'ec2.isolate-instance', title: 'Isolate', risk: 'disruptive' },
      change: requirement,
      undo: requirement,
      person: { id: RINA, may: false, why: `they are none of: ${text}` },
      notes: [text],
    };
    const command = COMMANDS.find(({ name }) => name === 'policy');
    const message = await command?.run(
      {
        ...visitorOf(deps),
        deps: {
          ...deps,
          api: { ...deps.api, explainPolicy: async () => ({ ok: true, value: explanation }) },
          people: { ...deps.people, names: async () => new Map([[ALICE, text]]) },
        },
      },
      ['explain', 'prod-payments', 'ec2.isolate-instance'],
    );
    if (message === undefined) throw new Error('no answer');
    expect(messageProblems(message)).toEqual([]);
    const shown = JSON.stringify(message.blocks.filter(({ type }) => type === 'section')) + message.text;
    expect([...shown.matchAll(/<[^>]*>?/g)].map(([found]) => found)).toEqual([`<@${RINA}>`]);
    expect(JSON.stringify(message.blocks)).toContain(`(${ALICE}), ${BO}`);
  });

  test('status tells of a stop and of accounts that cannot be reached, by name', async () => {
    const { one } = await answer('status', (made) => {
      made.store.killSwitch = { stopped: true, reason: 'wrong account', by: ALICE, at: NOW, resumeVotes: [BO] };
      made.wrong = [
        { kind: 'stopped', by: ALICE, at: NOW, reason: 'wrong account' },
        { kind: 'accounts', count: 1, first: ['333333333331'] },
      ];
    });
    const shown = JSON.stringify(one.responses[0]);
    expect(shown).toContain('STOPPED by <@U0ALICE0001>');
    expect(shown).toContain('1 of 2');
    expect(shown).toContain('prod-payments (333333333331)');
    expect(shown.match(/wrong account/g)).toHaveLength(1);
    expect(
      (
        await answer(
          'accounts prod-payments',
          (made) =>
            void made.store.health.push({
              accountId: '333333333331',
              purpose: 'act',
              state: 'scp',
              detail: 'd',
              hint: 'h',
            }),
        )
      ).text,
    ).toContain('act role scp');
  });

  test('stop and resume reach the flow', async () => {
    expect((await answer('stop "wrong account"')).one.calls).toEqual([
      { name: 'stop', actor: RINA, input: 'wrong account' },
    ]);
    expect((await answer('stop')).one.calls).toEqual([]);
    expect((await answer('resume', undefined, ALICE)).one.calls).toEqual([
      { name: 'resume', actor: ALICE, input: null },
    ]);
  });

  test('what is typed comes back harmless', async () => {
    const { text } = await answer('<!channel> `x`');
    expect(text).toContain('&lt;!channel&gt;');
    expect(text).not.toContain('<!');
  });
});

test('a plan fixture and its request agree, so that the hashes above mean something', () => {
  expect(approval().planHash).toBe(run({ plan: plan() }).planHash);
});
