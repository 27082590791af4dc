import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { SocketModeClient } from '@slack/socket-mode';
import type { ModalView } from '@slack/types';
import { describe, expect, it } from 'vitest';
import type { RunningSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';
import { boltApp, clientOf, control, eventually, listIn, slackForTest, started } from './support.ts';

const CHANNEL = 'C0TRIAGE001';

const BUTTONS = [
  {
    type: 'actions' as const,
    block_id: 'b1',
    elements: [
      { type: 'button' as const, action_id: 'go', text: { type: 'plain_text' as const, text: 'Go' }, value: 'v1' },
      {
        type: 'static_select' as const,
        action_id: 'step',
        placeholder: { type: 'plain_text' as const, text: 'Step' },
        options: ['a', 'b'].map((value) => ({ text: { type: 'plain_text' as const, text: `Step ${value}` }, value })),
      },
    ],
  },
];

async function postButtons(slack: RunningSlack): Promise<string> {
  const posted = await clientOf(slack).chat.postMessage({ channel: CHANNEL, text: 'card', blocks: BUTTONS });
  return posted.ts ?? '';
}

function viewNamed(name: string, over: Partial<ModalView> = {}): ModalView {
  return {
    type: 'modal',
    callback_id: name,
    title: { type: 'plain_text', text: name },
    blocks: [{ type: 'divider' }],
    ...over,
  };
}

/** An app whose connection comes back quickly; Bolt's own default is five seconds. */
function quickApp(slack: RunningSlack): App {
  const receiver = new SocketModeReceiver({
    appToken: SLACK_TOKENS.app,
    clientPingTimeout: 50,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: { slackApiUrl: slack.api } },
  });
  return new App({
    token: SLACK_TOKENS.bot,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.api },
  });
}

describe('clicks', () => {
  it('carry what Slack sends', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const bodies: unknown[] = [];
    app.action(/.*/, async ({ ack, body }) => {
      bodies.push(body);
      await ack();
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    const answer = await control(slack, 'POST', 'click', { user: 'rina', channel: CHANNEL, ts, action_id: 'go' });
    expect(answer).toMatchObject({ ok: true, acked: true, ack: {} });
    expect(
      await control(slack, 'POST', 'click', {
        user: 'U0RINA00001',
        channel: CHANNEL,
        ts,
        action_id: 'step',
        value: 'b',
      }),
    ).toMatchObject({ ok: true });
    expect(bodies).toMatchObject([
      {
        type: 'block_actions',
        team: { id: 'T0ACMESBX', domain: 'acme-sandbox' },
        user: { id: 'U0RINA00001', username: 'rina', name: 'rina', team_id: 'T0ACMESBX' },
        api_app_id: 'A0CORDON001',
        enterprise: null,
        is_enterprise_install: false,
        container: { type: 'message', message_ts: ts, channel_id: CHANNEL, is_ephemeral: false },
        channel: { id: CHANNEL, name: 'privategroup' },
        message: { ts, text: 'card', blocks: [{ block_id: 'b1' }] },
        trigger_id: expect.any(String),
        response_url: expect.stringContaining(slack.page),
        actions: [
          {
            type: 'button',
            action_id: 'go',
            block_id: 'b1',
            value: 'v1',
            text: { text: 'Go' },
            action_ts: expect.stringMatching(/^\d+\.\d{6}$/),
          },
        ],
      },
      {
        actions: [{ type: 'static_select', action_id: 'step', selected_option: { value: 'b' } }],
        state: { values: { b1: { step: { type: 'static_select', selected_option: { value: 'b' } } } } },
      },
    ]);
  });

  it('that cannot be made are refused with what there is', async () => {
    await using slack = await slackForTest();
    const ts = await postButtons(slack);
    expect(await control(slack, 'POST', 'click', { user: 'rina', channel: CHANNEL, ts, text: 'Stop' })).toMatchObject({
      error: 'no_such_element',
      hint: expect.stringContaining('go "Go"'),
    });
    expect(
      await control(slack, 'POST', 'click', { user: 'rina', channel: CHANNEL, ts, action_id: 'step', value: 'z' }),
    ).toMatchObject({ error: 'no_such_option' });
    expect(await control(slack, 'POST', 'click', { user: 'nobody', channel: CHANNEL, ts, text: 'Go' })).toMatchObject({
      error: 'unknown_user',
    });
    expect(
      await control(slack, 'POST', 'click', { user: 'rina', channel: CHANNEL, ts: '1.1', text: 'Go' }),
    ).toMatchObject({ error: 'message_not_found' });
    expect(await control(slack, 'POST', 'click', { user: 'rina', channel: CHANNEL, ts, text: 'Go' })).toMatchObject({
      ok: false,
      error: 'not_connected',
      message: 'This app did not respond.',
    });
  });

  it('posted at the same moment are in the app at the same moment', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const inside = new Set<string>();
    let together = 0;
    app.action('go', async ({ ack, body }) => {
      inside.add(body.user.id);
      // Each waits for the other: were they delivered in turn, the first would never be acknowledged.
      await eventually('the other click', () => (inside.size === 2 ? true : undefined), 2_000);
      together += 1;
      await ack();
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    const clicks = ['alice', 'bo'].map((user) =>
      control(slack, 'POST', 'click', { user, channel: CHANNEL, ts, text: 'Go' }),
    );
    expect(await Promise.all(clicks)).toMatchObject([{ acked: true }, { acked: true }]);
    expect(together).toBe(2);
  });

  it('without an acknowledgement time out, and a trigger_id does not outlive three seconds', async () => {
    let late = 0;
    await using slack = await slackForTest({ ackTimeout: 100, now: () => Date.now() + late });
    const app = boltApp(slack);
    let triggerId = '';
    app.action('go', async ({ body }) => {
      if (body.type === 'block_actions') triggerId = body.trigger_id;
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    expect(await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' })).toMatchObject({
      ok: false,
      acked: false,
      error: 'operation_timeout',
    });
    late = 3_500;
    await expect(clientOf(slack).views.open({ trigger_id: triggerId, view: viewNamed('x') })).rejects.toThrow(
      'expired_trigger_id',
    );
  });

  it('arrive twice when a duplicate is asked for, and any payload can be sent', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const users: string[] = [];
    app.action('go', async ({ ack, body }) => {
      users.push(`${body.user.id} ${body.team?.id}`);
      await ack();
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    await control(slack, 'POST', 'faults', { kind: 'duplicate-envelope', method: 'interactive', times: 1 });
    await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' });
    await eventually('the duplicate', () => (users.length === 2 ? true : undefined));
    const [first, second] = listIn(await control(slack, 'GET', 'deliveries'), 'deliveries');
    expect(first?.['payload']).toEqual(second?.['payload']);
    expect(first?.['envelopeId']).not.toBe(second?.['envelopeId']);
    const payload = { ...Object(first?.['payload']), user: { id: 'UFORGED' }, team: { id: 'TOTHER' } };
    expect(await control(slack, 'POST', 'raw-interaction', { payload })).toMatchObject({ acked: true });
    expect(users).toEqual(['U0BO0000001 T0ACMESBX', 'U0BO0000001 T0ACMESBX', 'UFORGED TOTHER']);
  });
});

describe('connections', () => {
  it('come back after a drop and after a refresh', async () => {
    await using slack = await slackForTest();
    const app = quickApp(slack);
    app.action('go', ({ ack }) => ack());
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    for (const [path, body] of [
      ['faults', { kind: 'drop-socket' }],
      ['disconnect', { reason: 'refresh_requested' }],
    ] as const) {
      await control(slack, 'POST', path, body);
      await eventually('the loss', async () =>
        (await control(slack, 'GET', 'health'))['connections'] === 0 ? true : undefined,
      );
      await eventually('the return', async () =>
        (await control(slack, 'GET', 'health'))['connections'] === 1 ? true : undefined,
      );
      expect(await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' })).toMatchObject({
        acked: true,
      });
    }
  });

  it('share the payloads', async () => {
    await using slack = await slackForTest();
    const counts = [0, 0];
    const apps = counts.map((_zero, index) => {
      const app = boltApp(slack);
      app.action('go', async ({ ack }) => {
        counts[index] = (counts[index] ?? 0) + 1;
        await ack();
      });
      return app;
    });
    await Promise.all(apps.map((app) => app.start()));
    const ts = await postButtons(slack);
    for (let round = 0; round < 4; round += 1)
      await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' });
    await Promise.all(apps.map((app) => app.stop()));
    await eventually('both to be gone', async () =>
      (await control(slack, 'GET', 'health'))['connections'] === 0 ? true : undefined,
    );
    expect(counts).toEqual([2, 2]);
  });

  it('send an event again when it was not taken', async () => {
    await using slack = await slackForTest({ ackTimeout: 150 });
    // Bolt takes every event by itself, so the client beneath it is used here.
    const client = new SocketModeClient({
      appToken: SLACK_TOKENS.app,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: slack.api },
    });
    const seen: unknown[] = [];
    client.on('app_mention', async ({ ack, body, retry_num }) => {
      seen.push([body.event_id, retry_num]);
      if (seen.length > 1) await ack();
    });
    await client.start();
    expect(
      await control(slack, 'POST', 'mention', { user: 'rina', channel: 'sec-triage', text: 'status' }),
    ).toMatchObject({ ok: false, error: 'operation_timeout' });
    await eventually('the second delivery', () => (seen.length === 2 ? true : undefined));
    await client.disconnect();
    const deliveries = listIn(await control(slack, 'GET', 'deliveries'), 'deliveries');
    expect(deliveries).toMatchObject([
      { outcome: 'operation_timeout', retryAttempt: 0 },
      { outcome: 'acked', retryAttempt: 1 },
    ]);
    const eventId = Object(deliveries[0]?.['payload'])['event_id'];
    expect(seen).toEqual([
      [eventId, 0],
      [eventId, 1],
    ]);
  });
});

describe('commands, mentions and answers', () => {
  it('show what the app answers, and say when it does not', async () => {
    await using slack = await slackForTest({ ackTimeout: 200 });
    const app = boltApp(slack);
    app.command('/cordon', async ({ ack, command, respond }) => {
      if (command.text === 'silence') return;
      if (command.text === 'broken')
        return ack({ text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: '' } }] });
      await ack(`heard ${command.text} from ${command.user_id} in ${command.channel_name}`);
      await respond({ text: 'for all', response_type: 'in_channel' });
    });
    await using _app = await started(app, slack);
    const send = (text: string) => control(slack, 'POST', 'command', { user: 'sam', channel: 'sec-ops', text });
    expect(await send('/cordon list --open')).toMatchObject({ ok: true, acked: true });
    expect(await send('/cordon silence')).toMatchObject({ ok: false, error: 'operation_timeout' });
    expect(await send('/cordon broken')).toMatchObject({ ok: false, error: 'invalid_blocks' });
    expect(await send('/other')).toMatchObject({ ok: false, error: 'unknown_command' });
    expect(await control(slack, 'GET', 'messages?channel=sec-ops')).toMatchObject({
      messages: [
        { text: 'heard list --open from U0SAM000001 in privategroup', ephemeral_to: 'U0SAM000001' },
        { text: 'for all', ephemeral_to: null },
        { text: '/cordon failed with the error "operation_timeout"', from_slack: true },
        { text: '/cordon failed with the error "invalid_blocks"', from_slack: true },
        { from_slack: true },
      ],
    });
  });

  it('reach the app from threads by mention, escaped', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const events: unknown[] = [];
    app.event('app_mention', async ({ event, say }) => {
      events.push(event);
      await say({ text: 'here', thread_ts: event.thread_ts ?? event.ts });
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    await control(slack, 'POST', 'mention', {
      user: 'rina',
      channel: 'sec-triage',
      thread_ts: ts,
      text: 'status <!channel> & more',
    });
    expect(events).toMatchObject([
      {
        type: 'app_mention',
        user: 'U0RINA00001',
        channel: CHANNEL,
        thread_ts: ts,
        text: '<@U0CORDONBOT> status &lt;!channel&gt; &amp; more',
      },
    ]);
    await eventually(
      'the answer',
      async () => listIn(await control(slack, 'GET', `messages?channel=sec-triage&thread_ts=${ts}`), 'messages')[2],
    );
    await control(slack, 'POST', 'say', { user: 'rina', channel: 'sec-triage', text: 'nobody is called' });
    expect(events).toHaveLength(1);
  });

  it('replace and delete through response urls, ephemeral messages too', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const bodies: unknown[] = [];
    app.action('go', async ({ ack, body, respond, client }) => {
      await ack();
      bodies.push(body);
      if (bodies.length === 1)
        await client.chat.postEphemeral({ channel: CHANNEL, user: body.user.id, text: 'mine', blocks: BUTTONS });
      else if (bodies.length === 2) await respond({ replace_original: true, text: 'replaced' });
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' });
    const mine = await eventually(
      'the ephemeral message',
      async () => listIn(await control(slack, 'GET', 'messages?channel=sec-triage'), 'messages')[1],
    );
    expect(
      await control(slack, 'POST', 'click', { user: 'alice', channel: CHANNEL, ts: mine['ts'], text: 'Go' }),
    ).toMatchObject({ error: 'message_not_found' });
    await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts: mine['ts'], text: 'Go' });
    const replaced = await eventually('the replacement', async () => {
      const message = listIn(await control(slack, 'GET', 'messages?channel=sec-triage'), 'messages')[1];
      return message?.['text'] === 'replaced' ? message : undefined;
    });
    expect(replaced).toMatchObject({ ephemeral_to: 'U0BO0000001', blocks: [] });
    expect(bodies[1]).toMatchObject({ container: { is_ephemeral: true } });
    expect(bodies[1]).not.toHaveProperty('message');
    const url = String(Object(bodies[1])['response_url']);
    const answer = (body: object) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect((await answer({ text: '', blocks: [] })).status).toBe(400);
    expect((await answer({ delete_original: true })).status).toBe(200);
    expect((await answer({ text: '3' })).status).toBe(200);
    expect((await answer({ text: '4' })).status).toBe(200);
    expect(await (await answer({ text: '5' })).json()).toEqual({ ok: false, error: 'used_url' });
  });
});

describe('modals', () => {
  it('stack, guard their hash, keep what is typed, and tell when they are closed', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const client = clientOf(slack);
    const closed: string[] = [];
    app.action('go', async ({ ack, body }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      await client.views.open({
        trigger_id: body.trigger_id,
        view: viewNamed('first', { notify_on_close: true, submit: { type: 'plain_text', text: 'Next' } }),
      });
    });
    app.view('first', ({ ack }) =>
      ack({
        response_action: 'push',
        view: viewNamed('second', { submit: { type: 'plain_text', text: 'Next' }, notify_on_close: true }),
      }),
    );
    app.view('second', ({ ack }) =>
      ack({ response_action: 'update', view: viewNamed('third', { submit: { type: 'plain_text', text: 'Next' } }) }),
    );
    app.view('third', ({ ack }) => ack({ response_action: 'errors', errors: { nowhere: 'x' } }));
    app.view({ callback_id: /.*/, type: 'view_closed' }, async ({ ack, body }) => {
      closed.push(body.view.callback_id);
      await ack();
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' });
    const stack = async () => listIn(await control(slack, 'GET', 'views?user=bo'), 'views');
    const first = await eventually('the modal', async () => (await stack())[0]);
    const viewId = String(first['id']);
    const updated = await client.views.update({
      view_id: viewId,
      hash: String(first['hash']),
      view: viewNamed('first', { submit: { type: 'plain_text', text: 'Go on' } }),
    });
    expect(updated.view?.hash).not.toBe(first['hash']);
    await expect(
      client.views.update({ view_id: viewId, hash: String(first['hash']), view: viewNamed('first') }),
    ).rejects.toThrow('hash_conflict');
    expect(await control(slack, 'POST', 'submit', { user: 'bo' })).toMatchObject({ ok: true, result: 'pushed' });
    expect(await stack()).toMatchObject([
      { id: viewId },
      { root_view_id: viewId, previous_view_id: viewId, callback_id: 'second' },
    ]);
    expect(await control(slack, 'POST', 'submit', { user: 'bo' })).toMatchObject({ ok: true, result: 'updated' });
    expect(await control(slack, 'POST', 'submit', { user: 'bo' })).toMatchObject({
      ok: false,
      error: 'invalid_response',
      message: 'We had some trouble connecting. Try again?',
    });
    expect(await control(slack, 'POST', 'close', { user: 'bo' })).toMatchObject({ ok: true, told: 0 });
    expect(await stack()).toHaveLength(1);
    expect(await control(slack, 'POST', 'close', { user: 'bo' })).toMatchObject({ ok: true, told: 0 });
    await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' });
    await eventually('the modal', async () => (await stack())[0]);
    await control(slack, 'POST', 'submit', { user: 'bo' });
    expect(await control(slack, 'POST', 'close', { user: 'bo', all: true })).toMatchObject({ ok: true, told: 2 });
    expect(closed.sort()).toEqual(['first', 'second']);
    expect(await control(slack, 'POST', 'close', { user: 'bo' })).toMatchObject({ error: 'not_found' });
  });

  it('are three at most', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    const client = clientOf(slack);
    const refusals: string[] = [];
    const more = [
      {
        type: 'actions' as const,
        elements: [{ type: 'button' as const, action_id: 'push', text: { type: 'plain_text' as const, text: 'More' } }],
      },
    ];
    app.action(/go|push/, async ({ ack, body }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      const args = { trigger_id: body.trigger_id, view: viewNamed('deep', { blocks: more }) };
      await (body.view ? client.views.push(args) : client.views.open(args)).catch((error: Error) =>
        refusals.push(error.message),
      );
    });
    await using _app = await started(app, slack);
    const ts = await postButtons(slack);
    await control(slack, 'POST', 'click', { user: 'bo', channel: CHANNEL, ts, text: 'Go' });
    const depth = (wanted: number) =>
      eventually(`${wanted} modals`, async () => {
        const views = listIn(await control(slack, 'GET', 'views?user=bo'), 'views');
        return views.length === wanted ? views.at(-1) : undefined;
      });
    for (const height of [1, 2, 3]) {
      const top = await depth(height);
      expect(await control(slack, 'POST', 'click', { user: 'bo', view_id: top['id'], text: 'More' })).toMatchObject({
        acked: true,
      });
    }
    await eventually('the refusal', () => refusals[0]);
    expect(refusals[0]).toContain('push_limit_reached');
  });

  it('are joined by the Home tab', async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    app.event('app_home_opened', async ({ event, client }) => {
      await client.views.publish({
        user_id: event.user,
        view: {
          type: 'home',
          blocks: [{ type: 'header', text: { type: 'plain_text', text: `Hello at ${event.tab}` } }],
        },
      });
    });
    await using _app = await started(app, slack);
    await control(slack, 'POST', 'home', { user: 'rina' });
    await eventually('the Home', async () =>
      (await control(slack, 'GET', 'views?user=rina'))['home'] ? true : undefined,
    );
    expect(await control(slack, 'GET', 'views?user=rina')).toMatchObject({
      home: { type: 'home', blocks: [{ text: { text: 'Hello at home' } }] },
      views: [],
    });
  });
});
