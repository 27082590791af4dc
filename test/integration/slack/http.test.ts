import { once } from 'node:events';
import { request as send } from 'node:http';
import { describe, expect, test } from 'vitest';
import { signed } from '../../../sandbox/slack/http-mode.ts';
import { type Bench, bench, eventually, REASON, TRIAGE } from './support.ts';

const ALICE = 'U0ALICE0001';
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const MEGABYTE = 1024 * 1024;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** A decision as Slack sends it when Alice presses the button; by itself it would count. */
function decision(over: object = {}): object {
  return {
    type: 'view_submission',
    team: { id: 'T0ACMESBX', domain: 'acme-sandbox' },
    user: { id: ALICE, username: 'alice', name: 'alice', team_id: 'T0ACMESBX' },
    api_app_id: 'A0CORDON001',
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: '12.34.abc',
    view: {
      id: 'V0REVIEW001',
      hash: '1.abc',
      type: 'modal',
      callback_id: 'cordon.review',
      private_metadata: JSON.stringify({ approvalId: 'REQ-CCCC4444', planHash: 'f'.repeat(64) }),
      state: {
        values: {
          decision: { decision: { type: 'radio_buttons', selected_option: { value: 'approve' } } },
          reason: { reason: { type: 'plain_text_input', value: REASON } },
        },
      },
    },
    ...over,
  };
}

const form = (payload: unknown): string => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
const COMMAND = new URLSearchParams({
  command: '/cordon',
  text: 'stop it',
  team_id: 'T0ACMESBX',
  user_id: ALICE,
  api_app_id: 'A0CORDON001',
  channel_id: TRIAGE,
  trigger_id: '56.78.def',
}).toString();

interface Sent {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Sent piece by piece; without a content-length it goes chunked. */
  readonly body: Iterable<Buffer | string>;
}

/** The answer's status; 0 when the connection was cut. */
async function post(url: string, { method = 'POST', headers, body }: Sent): Promise<number> {
  const request = send(url, { method, headers: { ...headers } });
  const answered = new Promise<number>((resolve) => {
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('error', () => resolve(0));
    request.once('close', () => resolve(0));
  });
  let over = false;
  void answered.then(() => {
    over = true;
  });
  for (const piece of body) {
    if (over) break;
    if (!request.write(piece)) await Promise.race([once(request, 'drain').catch(() => undefined), answered]);
  }
  request.end();
  const status = await answered;
  request.destroy();
  return status;
}

function* megabytes(count: number): Iterable<Buffer> {
  const piece = Buffer.alloc(MEGABYTE / 16, 'a');
  for (let at = 0; at < count * 16; at += 1) yield piece;
}

const whole = (body: string, headers: Sent['headers'] = {}): Sent => ({
  headers: { 'content-type': FORM, 'content-length': String(Buffer.byteLength(body)), ...headers },
  body: [body],
});
/** Signed as Slack does, with whatever is to be wrong about it. */
const right = (body: string, headers: Sent['headers'] = {}, at = seconds()): Sent =>
  whole(body, { ...signed(body, at), ...headers });

const GOOD = form(decision());

/** Each is refused for one reason; without it, most of them would be a vote. */
const BAD: readonly (readonly [what: string, request: () => Sent, statuses: readonly number[]])[] = [
  ['a signature of nothing', () => right(GOOD, { 'x-slack-signature': `v0=${'0'.repeat(64)}` }), [401]],
  ['no signature header', () => whole(GOOD, { 'x-slack-request-timestamp': String(seconds()) }), [401]],
  ['no time header', () => whole(GOOD, { 'x-slack-signature': `v0=${'a'.repeat(64)}` }), [401]],
  ['no header at all', () => whole(GOOD), [401]],
  [
    'the signature twice',
    () => {
      const { 'x-slack-signature': own = '' } = signed(GOOD, seconds());
      return right(GOOD, { 'x-slack-signature': [own, own] });
    },
    [401],
  ],
  ['the time twice', () => right(GOOD, { 'x-slack-request-timestamp': [String(seconds()), '1'] }), [401]],
  ['five minutes and a second old', () => right(GOOD, {}, seconds() - 301), [401]],
  ['five minutes and two seconds ahead', () => right(GOOD, {}, seconds() + 302), [401]],
  ['a day ahead', () => right(GOOD, {}, seconds() + 86_400), [401]],
  [
    'another version of the signature',
    () => {
      const { 'x-slack-signature': own = '' } = signed(GOOD, seconds());
      return right(GOOD, { 'x-slack-signature': own.replace('v0=', 'v1=') });
    },
    [401],
  ],
  ['an empty signature', () => right(GOOD, { 'x-slack-signature': '' }), [401]],
  ['a signature that is too short', () => right(GOOD, { 'x-slack-signature': 'v0=abcdef' }), [401]],
  ['a time that is no number', () => right(GOOD, { 'x-slack-request-timestamp': 'now' }), [401]],
  ['another secret', () => whole(GOOD, signed(GOOD, seconds(), 'another-signing-secret')), [401]],
  ['an empty secret', () => whole(GOOD, signed(GOOD, seconds(), '')), [401]],
  ['the signature of another body', () => whole(`${GOOD}&`, signed(GOOD, seconds())), [401]],
  ['the signature of another time', () => right(GOOD, { 'x-slack-request-timestamp': String(seconds() - 5) }), [401]],
  ['ssl_check without a signature, with a payload', () => whole(`ssl_check=1&${GOOD}`), [401]],
  ['ssl_check with a signature, with a payload', () => right(`ssl_check=1&${GOOD}`), [200]],
  [
    'url_verification without a signature',
    () => whole('{"type":"url_verification","challenge":"x"}', { 'content-type': JSON_TYPE }),
    [401],
  ],
  ['an empty body', () => right(''), [400]],
  [
    '50 MB, announced',
    () => ({ ...right(GOOD, { 'content-length': String(50 * MEGABYTE) }), body: megabytes(50) }),
    [413, 0],
  ],
  [
    '50 MB, chunked and not announced',
    () => ({ headers: { 'content-type': FORM, ...signed('', seconds()) }, body: megabytes(50) }),
    [413, 0],
  ],
  ['JSON called a form', () => right(JSON.stringify(decision())), [400]],
  ['a form called JSON', () => right(GOOD, { 'content-type': JSON_TYPE }), [400]],
  [
    'an interaction as bare JSON',
    () => right(JSON.stringify(decision({ trigger_id: '3' })), { 'content-type': JSON_TYPE }),
    [400],
  ],
  ['two payloads', () => right(`${GOOD}&${GOOD}`), [400]],
  ['another team', () => right(form(decision({ team: { id: 'T0OTHER0001' }, trigger_id: '1' }))), [200]],
  ['another app', () => right(form(decision({ api_app_id: 'A0OTHER0001', trigger_id: '2' }))), [200]],
  ['a command without a signature', () => whole(COMMAND), [401]],
  ['another method', () => ({ ...right(GOOD), method: 'PUT' }), [405]],
];

const refusals = (one: Bench) => one.store.audit.filter((entry) => entry.event === 'access.refused');

describe('signed requests of Slack', () => {
  test(`${BAD.length} bad requests: none reaches a listener, and none stays in memory`, async () => {
    await using one = await bench({}, 'http');
    const before = process.memoryUsage().rss;
    for (const [what, request, statuses] of BAD)
      expect(statuses, what).toContain(await post(one.requestUrl, request()));
    const growth = (process.memoryUsage().rss - before) / MEGABYTE;
    process.stdout.write(
      `${BAD.length} bad requests: ${one.calls.length} reached a listener; memory grew by ${growth.toFixed(1)} MB\n`,
    );
    expect(one.calls).toEqual([]);
    expect(refusals(one).map((entry) => entry.details['code'])).toEqual(['other_team', 'other_app']);
    // Two bodies of 50 MB kept whole would be a hundred.
    expect(growth).toBeLessThan(64);
    // Each reason once, however many requests there were.
    const lines = one.log.filter((line) => line.message.startsWith('requests to the Slack address are refused'));
    expect(new Set(lines.map((line) => JSON.stringify(line.fields))).size).toBe(lines.length);
    expect(JSON.stringify(one.log)).not.toMatch(/v0=|REQ-CCCC4444|Seen in the logs/);
  });

  test('the same requests, with nothing wrong about them, are taken', async () => {
    await using one = await bench({}, 'http');
    expect(await post(one.requestUrl, right(GOOD))).toBe(200);
    expect(
      await post(one.requestUrl, {
        headers: { 'content-type': FORM, ...signed(COMMAND, seconds() + 299) },
        body: [COMMAND],
      }),
    ).toBe(200);
    await eventually('both', () => (one.calls.length === 2 ? true : undefined));
    expect(one.calls.map((call) => call.name)).toEqual(['vote', 'stop']);
  });

  test('the same body a hundred times at once is one vote, and every time is answered', async () => {
    await using one = await bench({}, 'http');
    const again = right(GOOD);
    const statuses = await Promise.all(Array.from({ length: 100 }, () => post(one.requestUrl, again)));
    process.stdout.write(`100 times at once: ${one.calls.length} vote\n`);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(one.calls.map((call) => call.name)).toEqual(['vote']);
    expect(one.log.filter((line) => line.message === 'a request was delivered twice')).toHaveLength(99);
  });

  test('a challenge is answered once it is verified', async () => {
    await using one = await bench({}, 'http');
    const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}';
    const answer = await fetch(one.requestUrl, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE, ...signed(body, seconds()) },
      body,
    });
    expect(await answer.text()).toBe(JSON.parse(body).challenge);
  });

  test('with the store down nothing is taken, and Slack is told so', async () => {
    await using one = await bench({}, 'http');
    one.store.failing = true;
    expect(await post(one.requestUrl, right(GOOD))).toBe(503);
    expect(one.calls).toEqual([]);
  });
});
