import { expect, test } from 'vitest';
import { isFresh, verifySignature } from '../../../../src/slack/http/signature.ts';

/** The example of https://docs.slack.dev/authentication/verifying-requests-from-slack. */
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const AT = '1531420618';
const SIGNATURE = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const BODY = Buffer.from(
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
);
const headers = (signature: readonly string[], time: readonly string[]) => ({
  'x-slack-signature': [...signature],
  'x-slack-request-timestamp': [...time],
});

test('Slack’s own example verifies', () => {
  expect(verifySignature(SECRET, headers([SIGNATURE], [AT]), BODY)).toEqual({
    ok: true,
    signature: SIGNATURE,
    at: 1531420618,
  });
});

test.each([
  ['no header', [], [AT], 'no_signature'],
  ['no time', [SIGNATURE], [], 'no_signature'],
  ['two signatures, the right one first', [SIGNATURE, SIGNATURE], [AT], 'doubled_header'],
  ['two times', [SIGNATURE], [AT, AT], 'doubled_header'],
  ['joined by a proxy', [`${SIGNATURE}, ${SIGNATURE}`], [AT], 'malformed'],
  ['another version', [SIGNATURE.replace('v0', 'v1')], [AT], 'malformed'],
  ['upper case', [SIGNATURE.toUpperCase().replace('V0', 'v0')], [AT], 'malformed'],
  ['a time with a sign', [SIGNATURE], [`+${AT}`], 'malformed'],
  ['another time', [SIGNATURE], ['1531420619'], 'wrong_signature'],
])('%s does not', (_, signature, time, why) => {
  expect(verifySignature(SECRET, headers(signature, time), BODY)).toEqual({ ok: false, why });
});

test('another byte or another secret does not', () => {
  const given = headers([SIGNATURE], [AT]);
  expect(verifySignature(SECRET, given, Buffer.concat([BODY, Buffer.from('&')]))).toMatchObject({ ok: false });
  expect(verifySignature(`${SECRET}0`, given, BODY)).toMatchObject({ ok: false });
});

test('fresh for five minutes, both ways', () => {
  expect([-301, -300, 0, 300, 301].map((seconds) => isFresh(1_000 + seconds, 1_000))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});
