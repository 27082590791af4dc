import { describe, expect, test } from 'vitest';
import { type Bench, bench, CARD, eventually, planned, REASON, TRIAGE } from './support.ts';

const RINA = 'U0RINA00001';
const ALICE = 'U0ALICE0001';

async function cardTs(one: Bench): Promise<string> {
  await one.deliver(CARD);
  return (
    (await one.messages(TRIAGE)).find((message) => message.thread_ts === null && message.ephemeral_to === null)?.ts ??
    ''
  );
}

/** From the card to a request that waits in its thread. */
async function request(one: Bench): Promise<string> {
  const ts = await cardTs(one);
  expect(
    await one.control('POST', 'click', {
      user: RINA,
      channel: TRIAGE,
      ts,
      action_id: 'cordon.run-step',
      value: 'Deactivate the access key · AKIAEXAMPLEEXAMPLE01',
    }),
  ).toMatchObject({ acked: true });
  await eventually('the plan to be asked for', () => one.calls.find((call) => call.name === 'requestPlan'));
  expect((await one.modal(RINA))?.title.text).toBe('Run step');
  planned(one);
  expect(await one.deliver('view:RUN-AAAA2222')).toBe('updated');
  expect(JSON.stringify(await one.modal(RINA))).toContain('UpdateAccessKey');
  expect(await one.control('POST', 'submit', { user: RINA, values: { reason: REASON } })).toMatchObject({
    acked: true,
  });
  await one.deliver('approval:REQ-CCCC4444');
  const message = await eventually('the request', async () =>
    (await one.messages(TRIAGE)).find((each) => each.text.startsWith('Approve?')),
  );
  expect(message.thread_ts).toBe(ts);
  return message.ts;
}

describe.each(['socket', 'http'] as const)('the way from a card to a decision, over %s', (over) => {
  test('card, plan, request, review, decision: one message each, edited', async () => {
    await using one = await bench({}, over);
    const ts = await request(one);
    expect(
      await one.control('POST', 'click', { user: ALICE, channel: TRIAGE, ts, action_id: 'cordon.review' }),
    ).toMatchObject({ acked: true });
    const form = await eventually('the review form', async () => {
      const view = await one.modal(ALICE);
      return view?.callback_id === 'cordon.review' ? view : undefined;
    });
    expect(JSON.parse(form.private_metadata)).toEqual({
      approvalId: 'REQ-CCCC4444',
      planHash: one.store.approvals.get('REQ-CCCC4444')?.planHash,
    });
    expect(
      await one.control('POST', 'submit', { user: ALICE, values: { decision: 'approve', reason: REASON } }),
    ).toMatchObject({ acked: true });
    expect(one.calls.at(-1)).toMatchObject({
      name: 'vote',
      actor: ALICE,
      input: { decision: 'approve', reason: REASON },
    });
    await one.deliver('approval:REQ-CCCC4444');
    const after = (await one.messages(TRIAGE)).filter((message) => message.ephemeral_to === null);
    expect(after).toHaveLength(2);
    expect(after[1]?.text).toMatch(/^APPROVED/);
    expect(JSON.stringify(after[1]?.blocks)).not.toContain('cordon.review');
  });

  test('acknowledge edits the card; pressing again answers that it was done', async () => {
    await using one = await bench({}, over);
    const ts = await cardTs(one);
    await one.control('POST', 'click', { user: RINA, channel: TRIAGE, ts, action_id: 'cordon.acknowledge' });
    await eventually('the flow', () => one.calls.find((call) => call.name === 'acknowledge'));
    const stale = await one.control('POST', 'click', {
      user: RINA,
      channel: TRIAGE,
      ts,
      action_id: 'cordon.acknowledge',
    });
    expect(stale).toMatchObject({ acked: true });
    const answer = await eventually('an answer', async () => (await one.whispers(TRIAGE, RINA)).at(-1));
    expect(answer.text).toContain('already_acknowledged');
    expect(await one.deliver(CARD)).toBe('updated');
    const card = (await one.messages(TRIAGE)).find((message) => message.ts === ts);
    expect(card?.edited).toBeTruthy();
    expect(card?.text).toContain('Acknowledged');
  });

  test('a reason that says nothing is an error at its field; the form stays', async () => {
    await using one = await bench({}, over);
    const ts = await request(one);
    await one.control('POST', 'click', { user: ALICE, channel: TRIAGE, ts, action_id: 'cordon.deny' });
    await eventually('the form', async () =>
      (await one.modal(ALICE))?.callback_id === 'cordon.deny' ? true : undefined,
    );
    expect(await one.control('POST', 'submit', { user: ALICE, values: { reason: '              x' } })).toMatchObject({
      result: 'errors',
    });
    expect(one.calls.some((call) => call.name === 'vote')).toBe(false);
    await one.control('POST', 'submit', { user: ALICE, values: { reason: 'The deploy job needs this key.' } });
    expect(one.calls.at(-1)).toMatchObject({ name: 'vote', input: { decision: 'deny' } });
  });

  test('a flow that is slow: acknowledged in time, and the answer comes after', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((open) => {
      go = open;
    });
    await using one = await bench(
      {
        async resolve() {
          await gate;
          return {
            ok: false,
            refusal: {
              code: 'run_in_progress',
              message: 'RUN-AAAA2222 is still running.',
              hint: 'Resolve when it has ended.',
            },
          };
        },
      },
      over,
    );
    const ts = await cardTs(one);
    await one.control('POST', 'click', { user: RINA, channel: TRIAGE, ts, action_id: 'cordon.resolve' });
    await eventually('the form', async () =>
      (await one.modal(RINA))?.callback_id === 'cordon.resolve' ? true : undefined,
    );
    expect(
      await one.control('POST', 'submit', {
        user: RINA,
        values: { resolution: 'fixed', note: 'The key was rotated.' },
      }),
    ).toMatchObject({ acked: true });
    expect(JSON.stringify(await one.modal(RINA))).toContain('Working on it');
    go();
    await eventually('the answer', async () =>
      JSON.stringify(await one.modal(RINA)).includes('run_in_progress') ? true : undefined,
    );
  });

  test('an error of ours is told with a reference that is in the log', async () => {
    await using one = await bench({ acknowledge: async () => Promise.reject(new Error('the disk is full')) });
    const ts = await cardTs(one);
    expect(
      await one.control('POST', 'click', { user: RINA, channel: TRIAGE, ts, action_id: 'cordon.acknowledge' }),
    ).toMatchObject({ acked: true });
    const answer = await eventually('an answer', async () => (await one.whispers(TRIAGE, RINA)).at(-1));
    const reference = /REF-[A-Z0-9]{8}/.exec(answer.text)?.[0];
    expect(answer.text).not.toContain('disk');
    expect(one.log.find((line) => line.level === 'error')).toMatchObject({
      fields: { reference, err: 'the disk is full' },
    });
  });

  test('an expired request can be asked for again: a new plan, the same step', async () => {
    await using one = await bench({}, over);
    await request(one);
    const asked = one.store.approvals.get('REQ-CCCC4444');
    if (asked === undefined) throw new Error('no request');
    one.store.approvals.set(asked.id, { ...asked, state: 'expired' });
    one.store.touch(`approval:${asked.id}`, 'approval', asked.id);
    await one.deliver(`approval:${asked.id}`);
    const message = (await one.messages(TRIAGE)).find((each) => each.text.startsWith('EXPIRED: nothing was run'));
    await one.control('POST', 'click', { user: RINA, channel: TRIAGE, ts: message?.ts, action_id: 'cordon.ask-again' });
    await eventually('a second plan', () =>
      one.calls.filter((call) => call.name === 'requestPlan').length === 2 ? true : undefined,
    );
    expect(
      one.calls.filter((call) => call.name === 'requestPlan').map((call) => ({ ...Object(call.input), viewId: null })),
    ).toEqual(
      Array.from({ length: 2 }, () => ({
        incidentId: 'INC-2026-0001',
        stepId: 'deactivate-key',
        findingKey: 'gd:1',
        viewId: null,
      })),
    );
  });
});

describe('the slash command', () => {
  test.each([
    'help',
    '',
    'status',
    'list',
    'show INC-2026-0001',
    'approvals',
    'approvals --mine',
    'approvals --all',
    'approvals --nobody',
    'policy explain prod-payments ec2.tag-instance',
    'policy nonsense',
    'accounts',
    'accounts prod-payments',
    'playbook list',
    'nonsense',
  ])('answers “%s” to the person alone', async (text) => {
    await using one = await bench();
    await one.deliver(CARD);
    expect(
      await one.control('POST', 'command', { user: RINA, channel: TRIAGE, text: `/cordon ${text}`.trim() }),
    ).toMatchObject({ acked: true });
    const answer = await eventually('an answer', async () => (await one.whispers(TRIAGE, RINA)).at(-1));
    expect(answer.text.length).toBeGreaterThan(10);
    expect(JSON.stringify(answer)).not.toMatch(/undefined|\[object Object\]|went wrong/);
  });

  test('stop needs a reason and reaches the flow with it', async () => {
    await using one = await bench();
    await one.control('POST', 'command', { user: RINA, channel: TRIAGE, text: '/cordon stop' });
    await eventually('an answer', async () =>
      (await one.whispers(TRIAGE, RINA)).find((message) => message.text.includes('Say why')),
    );
    await one.control('POST', 'command', {
      user: RINA,
      channel: TRIAGE,
      text: '/cordon stop the wrong account is closed',
    });
    await eventually('the flow', () =>
      one.calls.find((call) => call.name === 'stop' && call.input === 'the wrong account is closed'),
    );
    await eventually('an answer', async () =>
      (await one.whispers(TRIAGE, RINA)).find((message) => message.text.includes('STOPPED')),
    );
  });
});
