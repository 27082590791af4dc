import { expect, test } from 'vitest';
import { freePort } from '../../../sandbox/launcher/ports.ts';
import { startSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';
import { createSlackApp, type SlackTransport } from '../../../src/slack/app.ts';
import { slackClient } from '../../../src/slack/calls.ts';
import { until } from '../../support/poll.ts';
import { world } from '../../unit/slack/support/deps.ts';

function appAt(port: number, transport: SlackTransport, botToken: string = SLACK_TOKENS.bot) {
  const apiUrl = `http://127.0.0.1:${port}/api/`;
  const { deps } = world({ pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds / 20)) });
  const interactive = slackClient({ token: botToken, apiUrl, timeoutMilliseconds: 1_000, log: deps.log });
  return createSlackApp({ botToken, transport, apiUrl, interactive, deps });
}
const socket: SlackTransport = { kind: 'socket', appToken: SLACK_TOKENS.app };
const http: SlackTransport = { kind: 'http', signingSecret: SLACK_TOKENS.signingSecret };

test.each([socket, http])('over $kind, a Slack that is down at the start is waited for', async (transport) => {
  const port = await freePort(0);
  const app = appAt(port, transport);
  const connecting = app.start();
  await new Promise((done) => setTimeout(done, 200));
  expect(app.isConnected()).toBe(false);
  const slack = await startSlack({ port });
  try {
    await connecting;
    await until('the connection', async () => app.isConnected());
  } finally {
    await app.stop();
    await slack.close();
  }
});

test('an app that is stopped while Slack is down ends its waiting', async () => {
  const app = appAt(await freePort(0), socket);
  const connecting = app.start();
  await app.stop();
  await connecting;
  expect(app.isConnected()).toBe(false);
});

test.each<[string, SlackTransport, string]>([
  ['bot token', socket, 'xoxb-not-the-one'],
  ['bot token', http, 'xoxb-not-the-one'],
  ['app token', { kind: 'socket', appToken: 'xapp-not-the-one' }, SLACK_TOKENS.bot],
])('a %s that Slack refuses is told at once', async (_, transport, botToken) => {
  const slack = await startSlack();
  const app = appAt(Number(new URL(slack.api).port), transport, botToken);
  try {
    await expect(app.start()).rejects.toMatchObject({ code: 'slack_token_refused' });
  } finally {
    await app.stop();
    await slack.close();
  }
});
