import { describe, expect, test } from 'vitest';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { admit } from '../../../src/slack/gate.ts';
import { type Inbound, readInbound } from '../../../src/slack/inbound.ts';
import { world } from './support/deps.ts';
import { NOW } from './support/fixtures.ts';

const SECONDS = Date.parse(NOW) / 1000;

function press(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'block_actions',
    team: { id: 'T0ACMESBX', domain: 'acme' },
    user: { id: 'U0RINA00001', username: 'rina', name: 'rina', team_id: 'T0ACMESBX' },
    api_app_id: 'A0CORDON001',
    trigger_id: '1.2.abc',
    channel: { id: 'C0TRIAGE001', name: 'sec-triage' },
    container: { type: 'message', message_ts: '1.1' },
    message: { ts: '1.1' },
    is_enterprise_install: false,
    enterprise: null,
    actions: [
      {
        type: 'button',
        action_id: 'cordon.acknowledge',
        block_id: 'card:INC-2026-0001:1',
        value: 'INC-2026-0001:1',
        action_ts: `${SECONDS}.100`,
      },
    ],
    ...over,
  };
}

function inbound(body: Record<string, unknown>): Inbound {
  const read = readInbound(body);
  if (read === undefined) throw new Error('the body was not read');
  return read;
}

const command = (over: Record<string, unknown> = {}) => ({
  command: '/cordon',
  text: 'status',
  team_id: 'T0ACMESBX',
  user_id: 'U0RINA00001',
  api_app_id: 'A0CORDON001',
  channel_id: 'C0TRIAGE001',
  trigger_id: '1.3.abc',
  is_enterprise_install: 'false',
  ...over,
});

const user = (id: string, team = 'T0ACMESBX') => ({ id, name: 'x', team_id: team });
const at = (seconds: number) => [{ action_id: 'cordon.review', value: 'x:1', action_ts: String(seconds) }];

describe('who comes in', () => {
  const refusals: readonly [string, Record<string, unknown>, string][] = [
    ['another team', press({ team: { id: 'T0OTHER0001' } }), 'other_team'],
    ['no team', press({ team: null }), 'other_team'],
    ['a Slack Connect stranger', press({ user: user('U0RINA00001', 'T0OTHER0001') }), 'other_organisation'],
    ['another app', press({ api_app_id: 'A0OTHER0001' }), 'other_app'],
    ['no app', press({ api_app_id: null }), 'other_app'],
    ['an organisation-wide install', press({ is_enterprise_install: true }), 'enterprise_install'],
    ['a command of an organisation-wide install', command({ is_enterprise_install: 'true' }), 'enterprise_install'],
    ['a press of 5 min 1 s ago', press({ actions: at(SECONDS - 301) }), 'not_fresh'],
    ['a press from the future', press({ actions: at(SECONDS + 301) }), 'not_fresh'],
    ['somebody without a role', press({ user: user('U0OSCAR0001') }), 'no_role'],
    ['a command of somebody without a role', command({ user_id: 'U0OSCAR0001' }), 'no_role'],
  ];

  test.each(refusals)('%s is refused', async (_, body, code) => {
    const { deps } = world();
    expect(await admit(deps, inbound(body))).toMatchObject({ kind: 'refused', refusal: { code } });
  });

  test.each(['guest', 'bot', 'deactivated', 'unknown', 'other-organisation'] as const)(
    'a %s is refused, by what Slack says now',
    async (why) => {
      const { deps } = world({ lookUp: async () => ({ ok: false, why }) });
      expect(await admit(deps, inbound(press()))).toMatchObject({
        kind: 'refused',
        refusal: { code: `person_${why.replace('-', '_')}` },
      });
    },
  );

  test('a look-up that fails denies', async () => {
    const { deps } = world({ lookUp: async () => Promise.reject(new Error('users.info answered 503')) });
    expect(await admit(deps, inbound(press()))).toMatchObject({
      kind: 'refused',
      refusal: { code: 'person_not_confirmed' },
    });
  });

  test('unreadable settings deny', async () => {
    const made = world();
    made.settings = new Error('cordon.yaml is broken');
    expect(await admit(made.deps, inbound(press()))).toMatchObject({
      kind: 'refused',
      refusal: { code: 'settings_unreadable' },
    });
  });

  test('a store that is down throws: nothing is let in', async () => {
    const made = world();
    made.store.failing = true;
    await expect(admit(made.deps, inbound(press()))).rejects.toThrow('the store is down');
  });

  test('everybody may ask for help', async () => {
    const { deps } = world();
    expect(await admit(deps, inbound(command({ user_id: 'U0OSCAR0001', text: 'help' })))).toMatchObject({
      kind: 'admitted',
    });
    expect(
      await admit(deps, inbound(command({ user_id: 'U0OSCAR0001', text: 'helpme', trigger_id: '9' }))),
    ).toMatchObject({ kind: 'refused' });
  });

  test('a member of a group of approvers has a role', async () => {
    const made = world();
    if (made.settings instanceof Error) throw made.settings;
    made.settings = { ...made.settings, groups: { wide: ['U0OSCAR0001'] } };
    expect(await admit(made.deps, inbound(press({ user: user('U0OSCAR0001') })))).toMatchObject({ kind: 'admitted' });
  });

  test('names and e-mail addresses of the payload mean nothing', async () => {
    const { deps } = world();
    const body = press({
      user: { id: 'U0OSCAR0001', name: 'rina', username: 'rina', email: 'rina@acme.example', team_id: 'T0ACMESBX' },
    });
    expect(await admit(deps, inbound(body))).toMatchObject({ kind: 'refused', refusal: { code: 'no_role' } });
  });
});

describe('one interaction counts once', () => {
  test('the same press a hundred times at once', async () => {
    const { deps } = world();
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => admit(deps, inbound(press()))));
    expect(verdicts.filter((verdict) => verdict.kind === 'admitted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict.kind === 'duplicate')).toHaveLength(99);
  });

  test('two presses of one person, and the same press of two, are different', async () => {
    const { deps } = world();
    const bodies = [press(), press({ trigger_id: '1.2.other' }), press({ user: user('U0ALICE0001') })];
    const verdicts = await Promise.all(bodies.map((body) => admit(deps, inbound(body))));
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(['admitted', 'admitted', 'admitted']);
  });

  test('a refused stranger cannot use up the press of another', async () => {
    const { deps } = world();
    await admit(deps, inbound(press({ team: { id: 'T0OTHER0001' } })));
    expect((await admit(deps, inbound(press()))).kind).toBe('admitted');
  });
});

describe('too many of one person', () => {
  test('are refused once, dropped after that, and stopping is never held up', async () => {
    const { deps } = world({ presses: rateBuckets({ kind: 'memory' }) });
    const verdict = async (body: Record<string, unknown>) => (await admit(deps, inbound(body))).kind;
    const kinds: string[] = [];
    for (let at = 0; at < 605; at += 1) kinds.push(await verdict(press({ trigger_id: `9.${at}` })));
    expect(kinds.slice(0, 600).every((kind) => kind === 'admitted')).toBe(true);
    expect(kinds.slice(600)).toEqual(['refused', 'dropped', 'dropped', 'dropped', 'dropped']);
    expect(await verdict(command({ text: 'stop it', trigger_id: '8.1' }))).toBe('admitted');
    expect(await verdict(press({ user: user('U0ALICE0001') }))).toBe('admitted');
  });
});

describe('readInbound', () => {
  test.each([
    null,
    1,
    'x',
    [],
    {},
    { type: 'block_actions' },
    { type: 'block_actions', actions: [] },
    { ...press(), user: { id: '' } },
    { ...press(), actions: at(Number.NaN) },
    { type: 'event_callback', event: {} },
  ])('drops %j', (body) => {
    expect(readInbound(body)).toBeUndefined();
  });

  test('takes a select by its chosen option, and a submission by its fields', () => {
    const chosen = inbound(
      press({
        actions: [
          { action_id: 'cordon.run-step', action_ts: `${SECONDS}`, selected_option: { value: 'INC-2026-0001:abc' } },
        ],
      }),
    );
    expect(chosen).toMatchObject({ kind: 'button', value: 'INC-2026-0001:abc' });
    const submitted = inbound({
      ...press(),
      type: 'view_submission',
      view: {
        id: 'V1',
        hash: 'h',
        callback_id: 'cordon.review',
        private_metadata: '{"a":"b"}',
        state: {
          values: {
            decision: { decision: { type: 'radio_buttons', selected_option: { value: 'approve' } } },
            reason: { reason: { type: 'plain_text_input', value: 'because' } },
            empty: { empty: { type: 'plain_text_input', value: null } },
          },
        },
      },
    });
    expect(submitted).toMatchObject({
      kind: 'submission',
      values: { decision: 'approve', reason: 'because' },
      metadata: '{"a":"b"}',
    });
  });
});
