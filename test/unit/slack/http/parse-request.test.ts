import { expect, test } from 'vitest';
import { parseRequest } from '../../../../src/slack/http/parse-request.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json; charset=utf-8';
const read = (type: readonly string[], body: string) => parseRequest({ 'content-type': [...type] }, Buffer.from(body));
const payload = (value: unknown) => new URLSearchParams({ payload: JSON.stringify(value) }).toString();

test('an interaction, a command and an event', () => {
  expect(read([FORM], payload({ type: 'block_actions' }))).toEqual({
    kind: 'payload',
    body: { type: 'block_actions' },
  });
  expect(read([FORM], 'command=%2Fcordon&text=list+--mine')).toEqual({
    kind: 'payload',
    body: { command: '/cordon', text: 'list --mine' },
  });
  expect(read([JSON_TYPE], '{"type":"event_callback","event":{}}')).toMatchObject({ kind: 'payload' });
});

test('a handshake is answered and handed to nobody, whatever else it carries', () => {
  expect(read([JSON_TYPE], '{"type":"url_verification","challenge":"abc"}')).toEqual({
    kind: 'handshake',
    challenge: 'abc',
  });
  expect(read([FORM], `ssl_check=1&${payload({ type: 'view_submission' })}`)).toEqual({
    kind: 'handshake',
    challenge: null,
  });
});

test.each<[string, readonly string[], string]>([
  ['nothing', [FORM], ''],
  ['no content type', [], payload({})],
  ['two content types', [FORM, JSON_TYPE], payload({})],
  ['another content type', ['text/plain'], payload({})],
  ['JSON called a form', [FORM], '{"type":"block_actions"}'],
  ['a form called JSON', [JSON_TYPE], payload({ type: 'block_actions' })],
  ['an interaction as bare JSON', [JSON_TYPE], '{"type":"block_actions"}'],
  ['broken JSON', [JSON_TYPE], '{"type":'],
  ['a list', [JSON_TYPE], '[]'],
  ['a payload that is no object', [FORM], 'payload=7'],
  ['two payloads', [FORM], `${payload({ a: 1 })}&${payload({ a: 2 })}`],
  ['a payload and a command', [FORM], `${payload({ a: 1 })}&command=%2Fcordon`],
  ['a challenge that is no text', [JSON_TYPE], '{"type":"url_verification","challenge":{}}'],
])('unreadable: %s', (_, type, body) => {
  expect(read(type, body)).toEqual({ kind: 'unreadable' });
});
