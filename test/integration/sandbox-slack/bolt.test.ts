import { describe, expect, it } from 'vitest';
import { boltApp, clientOf, control, eventually, listIn, slackForTest, started } from './support.ts';

const TRIAGE = 'C0TRIAGE001';

function cardWith(actionId: string): { text: string; blocks: object[] } {
  return {
    text: 'HIGH: a finding in prod-payments',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'HIGH' } },
      {
        type: 'actions',
        block_id: 'card:1',
        elements: [
          { type: 'button', action_id: actionId, text: { type: 'plain_text', text: 'Review' }, value: 'REQ-1' },
        ],
      },
    ],
  };
}

describe('a Bolt app on the simulated Slack', () => {
  it('takes a click, opens a modal, takes the submission and edits the message', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    app.action('review', async ({ ack, body, client }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      await client.views.open({
        trigger_id: body.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'decide',
          private_metadata: JSON.stringify({ ts: body.message?.ts }),
          title: { type: 'plain_text', text: 'Review' },
          submit: { type: 'plain_text', text: 'Decide' },
          blocks: [
            {
              type: 'input',
              block_id: 'reason',
              label: { type: 'plain_text', text: 'Reason' },
              element: { type: 'plain_text_input', action_id: 'text', min_length: 10 },
            },
          ],
        },
      });
    });
    app.view('decide', async ({ ack, view, client, body }) => {
      const reason = view.state.values['reason']?.['text']?.value ?? '';
      if (reason.includes('because')) return ack({ response_action: 'errors', errors: { reason: 'Say more' } });
      await ack();
      const { ts } = JSON.parse(view.private_metadata);
      await client.chat.update({ channel: TRIAGE, ts, text: `decided by ${body.user.id}: ${reason}`, parse: 'none' });
    });
    await using _app = await started(app, slack);
    const posted = await clientOf(slack).chat.postMessage({ channel: TRIAGE, ...cardWith('review') });

    const clicked = await control(slack, 'POST', 'click', {
      user: 'alice',
      channel: 'sec-triage',
      ts: posted.ts,
      text: 'Review',
    });
    expect(clicked).toMatchObject({ ok: true, acked: true });
    const view = await eventually(
      'the modal',
      async () => listIn(await control(slack, 'GET', 'views?user=alice'), 'views')[0],
    );
    expect(view).toMatchObject({ callback_id: 'decide', root_view_id: view['id'], previous_view_id: null });

    expect(await control(slack, 'POST', 'submit', { user: 'alice', values: { Reason: 'short' } })).toMatchObject({
      ok: false,
      error: 'incomplete',
    });
    expect(await control(slack, 'POST', 'submit', { user: 'alice', values: { Reason: 'just because' } })).toMatchObject(
      {
        ok: true,
        result: 'errors',
        errors: { reason: 'Say more' },
      },
    );
    expect(
      await control(slack, 'POST', 'submit', { user: 'alice', values: { reason: 'It is a leaked key' } }),
    ).toMatchObject({ ok: true, result: 'closed' });
    const edited = await eventually('the edit', async () => {
      const [message] = listIn(await control(slack, 'GET', 'messages?channel=sec-triage'), 'messages');
      return message?.['edited'] ? message : undefined;
    });
    expect(edited).toMatchObject({ text: 'decided by U0ALICE0001: It is a leaked key', blocks: [] });
    expect(await control(slack, 'GET', 'views?user=alice')).toMatchObject({ views: [] });
  });
});
