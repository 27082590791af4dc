import { describe, expect, test } from 'vitest';
import { type Bench, bench, CARD, eventually, OPS, TRIAGE } from './support.ts';

const RINA = 'U0RINA00001';
const OSCAR = 'U0OSCAR0001';

async function cardTs(one: Bench): Promise<string> {
  await one.deliver(CARD);
  return (
    (await one.messages(TRIAGE)).find((message) => message.thread_ts === null && message.ephemeral_to === null)?.ts ??
    ''
  );
}

function raw(over: object = {}): object {
  const seconds = `${Math.floor(Date.now() / 1000)}.000100`;
  return {
    type: 'block_actions',
    team: { id: 'T0ACMESBX', domain: 'acme-sandbox' },
    user: { id: RINA, username: 'rina', name: 'rina', team_id: 'T0ACMESBX' },
    api_app_id: 'A0CORDON001',
    trigger_id: '12.34.forged',
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: TRIAGE, name: 'sec-triage' },
    container: { type: 'message', message_ts: '1.1', channel_id: TRIAGE },
    actions: [
      { type: 'button', action_id: 'cordon.acknowledge', block_id: 'b', value: 'INC-2026-0001:1', action_ts: seconds },
    ],
    ...over,
  };
}

const refusals = (one: Bench) => one.store.audit.filter((entry) => entry.event === 'access.refused');

describe('who is let in', () => {
  test('an outsider presses: refused, told why, on record, and the flow is not asked', async () => {
    await using one = await bench();
    const ts = await cardTs(one);
    await one.control('POST', 'click', { user: OSCAR, channel: TRIAGE, ts, action_id: 'cordon.acknowledge' });
    // A person who is not in the channel is answered through the click's own address.
    await eventually('the refusal on record', () => refusals(one)[0]);
    expect(refusals(one)[0]).toMatchObject({
      actor: { kind: 'slack', id: OSCAR },
      subject: 'slack:cordon.acknowledge',
      details: { code: 'no_role' },
    });
    await eventually('the answer', async () =>
      (await one.whispers(TRIAGE, OSCAR)).find((message) => message.text.includes('no_role')),
    );
    expect(one.calls).toEqual([]);
  });

  test('an outsider in a channel is told, with the rule and a reference', async () => {
    await using one = await bench();
    await one.control('POST', 'command', { user: OSCAR, channel: 'C0GENERAL01', text: '/cordon list' });
    const answer = await eventually('an answer', async () => (await one.whispers('C0GENERAL01', OSCAR)).at(-1));
    expect(answer.text).toContain('no_role');
    expect(answer.text).toMatch(/REF-[A-Z0-9]{8}/);
    expect(answer.text).not.toContain('INC-2026-0001');
  });

  test.each(['guest', 'deactivate-user'])('a %s is refused by what Slack says at that moment', async (kind) => {
    await using one = await bench();
    const ts = await cardTs(one);
    await one.control('POST', 'faults', { kind, user: RINA });
    await one.control('POST', 'raw-interaction', { payload: raw({ message: { ts } }) });
    await eventually('the refusal on record', () => refusals(one)[0]);
    expect(String(refusals(one)[0]?.details['code'])).toMatch(/^person_(guest|deactivated)$/);
    expect(one.calls).toEqual([]);
  });

  test('a bot, another team, a stranger, another app: refused and on record', async () => {
    await using one = await bench();
    const forged = [
      raw({ user: { id: 'U0CORDONBOT', name: 'cordon', team_id: 'T0ACMESBX' } }),
      raw({ team: { id: 'T0OTHER0001' }, trigger_id: '2' }),
      raw({ user: { id: RINA, name: 'rina', team_id: 'T0OTHER0001' }, trigger_id: '3' }),
      raw({ api_app_id: 'A0OTHER0001', trigger_id: '4' }),
      raw({ is_enterprise_install: true, trigger_id: '5' }),
    ];
    for (const payload of forged) await one.control('POST', 'raw-interaction', { payload });
    await eventually('five refusals', () => (refusals(one).length >= 5 ? true : undefined));
    expect(
      refusals(one)
        .map((entry) => entry.details['code'])
        .sort(),
    ).toEqual(['enterprise_install', 'other_app', 'other_organisation', 'other_team', 'person_bot']);
    expect(one.calls).toEqual([]);
  });

  test('users.info that fails denies', async () => {
    await using one = await bench();
    await one.control('POST', 'faults', { kind: '5xx', method: 'users.info', times: 1 });
    await one.control('POST', 'raw-interaction', { payload: raw() });
    await eventually('the refusal', () =>
      refusals(one).find((entry) => entry.details['code'] === 'person_not_confirmed'),
    );
    expect(one.calls).toEqual([]);
  });

  test('a forged decision has no window: rights and hash are asked of the flow, not of the payload', async () => {
    await using one = await bench();
    const view = {
      id: 'V0FORGED',
      hash: '1.x',
      type: 'modal',
      callback_id: 'cordon.review',
      private_metadata: JSON.stringify({ approvalId: 'REQ-CCCC4444', planHash: 'f'.repeat(64) }),
      state: {
        values: {
          decision: { decision: { type: 'radio_buttons', selected_option: { value: 'approve' } } },
          reason: { reason: { type: 'plain_text_input', value: 'because I say so' } },
        },
      },
    };
    await one.control('POST', 'raw-interaction', {
      payload: raw({ type: 'view_submission', view, actions: undefined, trigger_id: '77' }),
    });
    const asked = await eventually('the flow', () => one.calls.find((call) => call.name === 'vote'));
    expect(asked).toMatchObject({ actor: RINA, input: { planHash: 'f'.repeat(64) } });
  });

  test('a button of another version is answered', async () => {
    await using one = await bench();
    const ts = await cardTs(one);
    await one.control('POST', 'raw-interaction', {
      payload: raw({
        message: { ts },
        actions: [{ action_id: 'cordon.of-tomorrow', value: 'x:1', action_ts: `${Date.now() / 1000}` }],
      }),
    });
    const answer = await eventually('an answer', async () => (await one.whispers(TRIAGE, RINA)).at(-1));
    expect(answer.text).toContain('unknown_button');
  });
});

describe('once and no more', () => {
  test('a replayed press acts once', async () => {
    await using one = await bench();
    const payload = raw();
    await Promise.all(Array.from({ length: 20 }, () => one.control('POST', 'raw-interaction', { payload })));
    await eventually('the flow', () => one.calls[0]);
    await eventually('all to be read', () =>
      one.log.filter((line) => line.message.includes('delivered twice')).length === 19 ? true : undefined,
    );
    expect(one.calls.filter((call) => call.name === 'acknowledge')).toHaveLength(1);
  });

  test('an envelope that is delivered twice acts once and is answered once', async () => {
    await using one = await bench();
    const ts = await cardTs(one);
    await one.control('POST', 'faults', { kind: 'duplicate-envelope', method: '*', times: 1 });
    await one.control('POST', 'click', { user: RINA, channel: TRIAGE, ts, action_id: 'cordon.acknowledge' });
    await eventually('the second delivery to be dropped', () =>
      one.log.find((line) => line.message.includes('delivered twice')),
    );
    await eventually('the flow', () => one.calls[0]);
    expect(one.calls.filter((call) => call.name === 'acknowledge')).toHaveLength(1);
  });

  test('after the connection is dropped, a press works again', async () => {
    await using one = await bench();
    const ts = await cardTs(one);
    await one.control('POST', 'faults', { kind: 'drop-socket', method: '*', times: 1 });
    await eventually(
      'the connection',
      async () => (Number((await one.control('GET', 'health'))['connections']) > 0 ? true : undefined),
      15_000,
    );
    await one.control('POST', 'click', { user: RINA, channel: TRIAGE, ts, action_id: 'cordon.acknowledge' });
    await eventually('the flow', () => one.calls[0]);
  });
});

describe('delivery', () => {
  const roots = async (one: Bench, channel = TRIAGE) =>
    (await one.messages(channel)).filter((message) => message.ephemeral_to === null);

  test('a 429 is deferred by what Slack said and delivered once', async () => {
    await using one = await bench();
    await one.control('POST', 'faults', { kind: '429', method: 'chat.postMessage', times: 1, retryAfter: 1 });
    expect(await one.deliver(CARD)).toBe('deferred');
    expect(one.store.deferrals).toEqual([{ key: CARD, error: 'rate limited by Slack for 1 s', seconds: 1 }]);
    expect(
      await eventually('the delivery', async () => ((await one.deliver(CARD)) === 'posted' ? true : undefined)),
    ).toBe(true);
    expect(await roots(one)).toHaveLength(1);
    expect(one.log.filter((line) => line.level === 'error')).toEqual([]);
  });

  test('a 5xx on an edit is tried again; the newest state is written once', async () => {
    await using one = await bench();
    await one.deliver(CARD);
    const before = one.store.incidents.get('INC-2026-0001');
    if (before === undefined) throw new Error('no incident');
    one.store.incidents.set(before.id, { ...before, severity: 'critical', rev: 2 });
    one.store.touch(CARD, 'card', before.id);
    await one.control('POST', 'faults', { kind: '5xx', method: 'chat.update', times: 1 });
    expect(await one.deliver(CARD)).toBe('deferred');
    expect(await one.deliver(CARD)).toBe('updated');
    expect((await roots(one))[0]?.text).toMatch(/^CRITICAL ◆/);
  });

  test('a post that was accepted but not answered is repeated at most once, and says so', async () => {
    await using one = await bench();
    await one.control('POST', 'faults', { kind: 'timeout-after-accept', method: 'chat.postMessage', times: 1 });
    expect(await one.deliver(CARD)).toBe('deferred');
    expect(await one.deliver(CARD)).toBe('posted');
    const posted = await roots(one);
    expect(posted).toHaveLength(2);
    expect(posted[1]?.text).toContain('Possibly repeated');
    expect(await one.deliver(CARD)).toBe('nothing-to-do');
  });

  test('a card that somebody deleted comes back in the operations channel', async () => {
    await using one = await bench();
    await one.deliver(CARD);
    await one.control('POST', 'faults', { kind: 'error', method: 'chat.update', error: 'message_not_found', times: 1 });
    const before = one.store.incidents.get('INC-2026-0001');
    if (before === undefined) throw new Error('no incident');
    one.store.incidents.set(before.id, { ...before, severity: 'low' });
    one.store.touch(CARD, 'card', before.id);
    expect(await one.deliver(CARD)).toBe('posted');
    expect((await roots(one, OPS))[0]?.text).toContain('its place in');
  });

  test('a result reaches the person who asked', async () => {
    await using one = await bench();
    const { approval, run } = await import('../../unit/slack/support/fixtures.ts');
    one.store.runs.set('RUN-AAAA2222', run());
    one.store.approvals.set('REQ-CCCC4444', approval({ state: 'denied', stateReason: 'Not today.' }));
    one.store.touch('dm:x', 'dm', RINA, {
      data: { template: 'request-ended', approval: 'REQ-CCCC4444', state: 'denied' },
    });
    expect(await one.deliver('dm:x')).toBe('posted');
    expect(JSON.stringify(await one.control('GET', `dms?user=${RINA}`))).toContain('Not today.');
  });

  test('only methods that the manifest covers are called', async () => {
    await using one = await bench();
    await one.deliver(CARD);
    const { METHODS_USED } = await import('../../../src/slack/calls.ts');
    const known: readonly string[] = METHODS_USED;
    for (const method of await one.calledMethods()) expect(known).toContain(method);
  });
});
