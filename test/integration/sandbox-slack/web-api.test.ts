import { request } from 'node:http';
import { ErrorCode } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import type { RunningSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';
import { clientOf, control, listIn, slackForTest } from './support.ts';

const CHANNEL = 'C0TRIAGE001';

describe('the Web API under the real client', () => {
  it('posts, edits, replies and deletes', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    const posted = await client.chat.postMessage({
      channel: CHANNEL,
      text: 'one',
      metadata: { event_type: 'card', event_payload: { id: 'x1' } },
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'one' } }],
    });
    expect(posted.message).toMatchObject({
      bot_id: 'B0CORDONBOT',
      app_id: 'A0CORDON001',
      user: 'U0CORDONBOT',
      blocks: [{ block_id: expect.any(String) }],
    });
    const ts = posted.ts ?? '';
    await client.chat.update({ channel: CHANNEL, ts, text: 'two' });
    const reply = await client.chat.postMessage({ channel: CHANNEL, text: 'reply', thread_ts: ts });
    await client.chat.postMessage({ channel: CHANNEL, text: 'reply to the reply', thread_ts: reply.ts ?? '' });
    await client.chat.postEphemeral({ channel: CHANNEL, user: 'U0OSCAR0001', text: 'no' });
    await client.pins.add({ channel: CHANNEL, timestamp: ts });
    await client.reactions.add({ channel: CHANNEL, timestamp: ts, name: 'eyes' });
    const { messages } = await control(slack, 'GET', 'messages?channel=sec-triage');
    expect(messages).toMatchObject([
      // Without blocks the old ones go; without parse it is "client".
      {
        text: 'two',
        blocks: [],
        edited: { user: 'U0CORDONBOT' },
        reply_count: 2,
        pinned: true,
        reactions: { eyes: ['U0CORDONBOT'] },
        options: { parse: 'client' },
        metadata: { event_type: 'card' },
      },
      { text: 'reply', thread_ts: ts },
      { text: 'reply to the reply', thread_ts: ts },
      { text: 'no', ephemeral_to: 'U0OSCAR0001' },
    ]);
    const history = await client.conversations.history({ channel: CHANNEL });
    expect(history.messages).toMatchObject([{ text: 'two', reply_count: 2, thread_ts: ts }]);
    expect(history.messages?.[0]).not.toHaveProperty('metadata');
    const known = await client.conversations.history({ channel: CHANNEL, include_all_metadata: true });
    expect(known.messages).toMatchObject([{ metadata: { event_type: 'card' } }]);
    const thread = await client.conversations.replies({ channel: CHANNEL, ts });
    expect(thread.messages?.map((message) => message.text)).toEqual(['two', 'reply', 'reply to the reply']);
    await client.chat.delete({ channel: CHANNEL, ts });
    await expect(client.chat.update({ channel: CHANNEL, ts, text: 'three' })).rejects.toThrow('message_not_found');
    expect(listIn(await control(slack, 'GET', 'log'), 'calls').map((call) => call['method'])).toContain('chat.delete');
  });

  it('opens direct messages and tells about people, channels and itself', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    const dm = await client.conversations.open({ users: 'U0RINA00001' });
    await client.chat.postMessage({ channel: dm.channel?.id ?? '', text: 'your request was denied' });
    await client.chat.postMessage({ channel: 'U0RINA00001', text: 'and again' });
    expect(await control(slack, 'GET', 'dms?user=rina')).toMatchObject({
      messages: [{ text: 'your request was denied' }, { text: 'and again' }],
    });
    expect(await client.auth.test()).toMatchObject({
      team_id: 'T0ACMESBX',
      user_id: 'U0CORDONBOT',
      bot_id: 'B0CORDONBOT',
      is_enterprise_install: false,
    });
    expect(await client.users.info({ user: 'U0BO0000001' })).toMatchObject({
      user: { name: 'bo', deleted: false, is_restricted: false, is_bot: false, team_id: 'T0ACMESBX' },
    });
    await control(slack, 'POST', 'faults', { kind: 'deactivate-user', user: 'bo' });
    await control(slack, 'POST', 'faults', { kind: 'guest', user: 'sam' });
    expect(await client.users.info({ user: 'U0BO0000001' })).toMatchObject({ user: { deleted: true } });
    expect(await client.users.info({ user: 'U0SAM000001' })).toMatchObject({ user: { is_restricted: true } });
    await control(slack, 'DELETE', 'faults');
    expect(await client.users.info({ user: 'U0BO0000001' })).toMatchObject({ user: { deleted: false } });
    expect(await client.conversations.info({ channel: CHANNEL })).toMatchObject({
      channel: { name: 'sec-triage', is_private: true, is_member: true },
    });
    expect((await client.conversations.members({ channel: CHANNEL })).members).toHaveLength(6);
    await control(slack, 'POST', 'usergroups', { id: 'S1', users: ['U0BO0000001'] });
    expect((await client.usergroups.users.list({ usergroup: 'S1' })).users).toEqual(['U0BO0000001']);
    const link = await client.bookmarks.add({
      channel_id: CHANNEL,
      title: 'Console',
      type: 'link',
      link: 'https://console.aws.amazon.com/',
    });
    expect(link.bookmark).toMatchObject({ title: 'Console' });
    await client.chat.postMessage({ channel: CHANNEL, text: 'x' }).then(async (posted) => {
      const { permalink } = await client.chat.getPermalink({ channel: CHANNEL, message_ts: posted.ts ?? '' });
      expect((await fetch(permalink ?? '')).headers.get('content-type')).toContain('text/html');
    });
  });

  it.each([
    ['not_authed', 'auth.test', {}, ''],
    ['invalid_auth', 'auth.test', {}, 'xoxb-other'],
    ['not_allowed_token_type', 'auth.test', {}, SLACK_TOKENS.app],
    ['not_allowed_token_type', 'apps.connections.open', {}, SLACK_TOKENS.bot],
    ['unknown_method', 'admin.users.list', {}, SLACK_TOKENS.bot],
    ['unknown_method', 'toString', {}, SLACK_TOKENS.bot],
    ['channel_not_found', 'chat.postMessage', { channel: 'C404', text: 'x' }, SLACK_TOKENS.bot],
    ['no_text', 'chat.postMessage', { channel: CHANNEL }, SLACK_TOKENS.bot],
    ['thread_not_found', 'chat.postMessage', { channel: CHANNEL, text: 'x', thread_ts: '1.000001' }, SLACK_TOKENS.bot],
    [
      'invalid_blocks',
      'chat.postMessage',
      { channel: CHANNEL, text: 'x', blocks: [{ type: 'fancy' }] },
      SLACK_TOKENS.bot,
    ],
    [
      'msg_blocks_too_long',
      'chat.postMessage',
      {
        channel: CHANNEL,
        text: 'x',
        blocks: Array.from({ length: 5 }, () => ({
          type: 'section',
          text: { type: 'mrkdwn', text: 'x'.repeat(3_000) },
        })),
      },
      SLACK_TOKENS.bot,
    ],
    ['invalid_arguments', 'chat.update', { channel: CHANNEL, text: 'x' }, SLACK_TOKENS.bot],
    ['message_not_found', 'chat.update', { channel: CHANNEL, text: 'x', ts: '1.000001' }, SLACK_TOKENS.bot],
    ['user_not_found', 'users.info', { user: 'U404' }, SLACK_TOKENS.bot],
    ['no_such_subteam', 'usergroups.users.list', { usergroup: 'S404' }, SLACK_TOKENS.bot],
    [
      'invalid_trigger_id',
      'views.open',
      { trigger_id: '1.2.3', view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [] } },
      SLACK_TOKENS.bot,
    ],
    [
      'not_found',
      'views.update',
      { view_id: 'V404', view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [] } },
      SLACK_TOKENS.bot,
    ],
  ])('answers %s to %s', async (error, method, args, token) => {
    await using slack = await slackForTest();
    await expect(clientOf(slack, token).apiCall(method, { ...args })).rejects.toMatchObject({
      code: ErrorCode.PlatformError,
      data: { ok: false, error },
    });
  });

  it('names the place in invalid blocks', async () => {
    await using slack = await slackForTest();
    const failed = clientOf(slack).chat.postMessage({
      channel: CHANNEL,
      text: 'x',
      blocks: [{ type: 'header', text: { type: 'plain_text', text: '' } }],
    });
    await expect(failed).rejects.toMatchObject({
      data: {
        response_metadata: { messages: ['[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]'] },
      },
    });
  });

  it('minds the scopes it is given', async () => {
    await using slack = await slackForTest({ scopes: ['chat:write'] });
    await expect(clientOf(slack).users.info({ user: 'U0BO0000001' })).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'users:read', provided: 'chat:write' },
    });
  });

  it('takes JSON bodies as well as forms', async () => {
    await using slack = await slackForTest();
    const response = await fetch(`${slack.api}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${SLACK_TOKENS.bot}` },
      body: JSON.stringify({ channel: CHANNEL, text: 'x', blocks: [{ type: 'divider' }] }),
    });
    expect(await response.json()).toMatchObject({ ok: true, message: { blocks: [{ type: 'divider' }] } });
  });
});

describe('user groups', () => {
  it('change between calls, and keep their members while they are disabled', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    await control(slack, 'POST', 'usergroups', { id: 'S0PLATFORM', handle: 'platform', users: ['U0BO0000001'] });
    const list = async (options: object = {}) => (await client.usergroups.list(options)).usergroups ?? [];
    expect(await list()).toMatchObject([{ id: 'S0PLATFORM', handle: 'platform', date_delete: 0 }]);
    expect((await list())[0]?.users).toBeUndefined();
    await control(slack, 'POST', 'usergroups', { id: 'S0PLATFORM', users: ['U0ALICE0001'], locked: true });
    expect(await list({ include_users: true, include_count: true })).toMatchObject([
      { handle: 'platform', users: ['U0ALICE0001'], user_count: 1, is_membership_locked: true },
    ]);
    await control(slack, 'POST', 'usergroups', { id: 'S0PLATFORM', disabled: true });
    expect(await list({ include_users: true })).toEqual([]);
    const [disabled] = await list({ include_users: true, include_disabled: true });
    expect(disabled).toMatchObject({ users: ['U0ALICE0001'] });
    expect(disabled?.date_delete).toBeGreaterThan(0);
    await expect(client.usergroups.users.list({ usergroup: 'S0PLATFORM' })).rejects.toThrow('no_such_subteam');
    expect((await client.usergroups.users.list({ usergroup: 'S0PLATFORM', include_disabled: true })).users).toEqual([
      'U0ALICE0001',
    ]);
  });

  it('are of tier 2: the 21st question of a minute is refused', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    for (let call = 0; call < 20; call += 1) await client.usergroups.list();
    await expect(client.usergroups.list()).rejects.toThrow(/rate/i);
  });

  it('a member of another team, met through Slack Connect, is of that team', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    await control(slack, 'POST', 'faults', { kind: 'other-team', user: 'sam' });
    expect((await client.users.info({ user: 'U0SAM000001' })).user?.team_id).not.toBe('T0ACMESBX');
  });
});

describe('limits and faults', () => {
  it('answers 429 with Retry-After when a channel gets too much, until limits are off', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    const post = () => client.chat.postMessage({ channel: CHANNEL, text: 'x' });
    const burst = await Promise.allSettled(Array.from({ length: 8 }, post));
    const refused = burst.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]).toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 1 });
    await control(slack, 'POST', 'limits', { enabled: false });
    await Promise.all(Array.from({ length: 50 }, post));
  });

  it('fails as it is asked to, and then no more', async () => {
    await using slack = await slackForTest();
    const client = clientOf(slack);
    const post = () => client.chat.postMessage({ channel: CHANNEL, text: 'x' });
    await control(slack, 'POST', 'faults', { method: 'chat.postMessage', kind: '429', retryAfter: 7, times: 1 });
    await expect(post()).rejects.toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 7 });
    await control(slack, 'POST', 'faults', { method: 'chat.postMessage', kind: '5xx' });
    await expect(post()).rejects.toMatchObject({ code: ErrorCode.HTTPError, statusCode: 503 });
    await control(slack, 'POST', 'faults', { method: 'chat.postMessage', kind: 'error', error: 'is_archived' });
    await expect(post()).rejects.toMatchObject({ data: { error: 'is_archived' } });
    expect(await control(slack, 'GET', 'messages?channel=sec-triage')).toMatchObject({ messages: [] });
    expect(await post()).toMatchObject({ ok: true });
  });

  it.each([
    ['timeout', 0],
    ['timeout-after-accept', 1],
  ])('%s leaves the caller waiting with %i messages posted', async (kind, posted) => {
    await using slack = await slackForTest();
    await control(slack, 'POST', 'faults', { method: 'chat.postMessage', kind });
    await expect(clientOf(slack).chat.postMessage({ channel: CHANNEL, text: 'x' })).rejects.toMatchObject({
      code: ErrorCode.RequestError,
    });
    expect(listIn(await control(slack, 'GET', 'messages?channel=sec-triage'), 'messages')).toHaveLength(posted);
  });
});

describe('the door', () => {
  it.each([
    ['a foreign host', { host: 'evil.example' }, 403],
    ['a foreign host with the right port', { host: 'evil.example:PORT' }, 403],
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['a null origin', { origin: 'null' }, 403],
    ['its own name', { host: 'localhost:PORT' }, 200],
    ['its own origin', { origin: 'http://127.0.0.1:PORT' }, 200],
  ])('%s: %j', async (_name, headers, status) => {
    await using slack = await slackForTest();
    for (const path of ['/', '/_control/health', '/api/api.test'])
      expect(await statusOf(slack, path, headers)).toBe(status);
  });

  it('serves the page under a strict policy and nothing but its own files', async () => {
    await using slack = await slackForTest();
    const page = await fetch(slack.page);
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await page.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect((await fetch(`${slack.page}start.ts`)).status).toBe(404);
    expect((await fetch(`${slack.page}..%2fstart.ts`)).status).toBe(404);
  });

  it('takes commands for the workspace as JSON only', async () => {
    await using slack = await slackForTest();
    const response = await fetch(`${slack.control}/limits`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"enabled":false}',
    });
    expect(response.status).toBe(415);
    expect(await control(slack, 'GET', 'health')).toMatchObject({ ok: true, limits: true });
    expect(await control(slack, 'POST', 'limits', { enabled: 'no' })).toMatchObject({
      ok: false,
      error: 'invalid_arguments',
    });
    expect(await control(slack, 'POST', 'nonsense', {})).toMatchObject({ ok: false, error: 'unknown_route' });
  });
});

function statusOf(slack: RunningSlack, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const { port } = new URL(slack.page);
  const filled = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port)]),
  );
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: filled }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}
