import { describe, expect, it } from 'vitest';
import { bodyWithoutCredentials, withoutCredentials, withoutSecrets } from '../../../src/domain/redact.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { BY_LOOKS, BY_NAME, needleOf, TEXTS } from '../../support/canaries.ts';
import { guardDutyEvent } from '../../support/flow-world.ts';

const KEY_ID = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
const cases: readonly (readonly [string, string])[] = [
  ...BY_LOOKS.map((canary, index) => [TEXTS[index] ?? '', canary] as const),
  ...BY_NAME.map(([before, canary]) => [`${before}${canary}`, canary] as const),
];

/** Every letter as JSON's escape. */
const escaped = (text: string): string =>
  [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe(`${cases.length} credentials`, () => {
  it.each(cases)('in running text: %s', (text, canary) => {
    expect(withoutCredentials(`before ${text} after`)).not.toContain(needleOf(canary));
    expect(withoutCredentials(`before ${text}`)).toContain('[redacted]');
  });

  it.each(cases)('in a finding, as it is, escaped, as a key, and in JSON in a string: %s', (text, canary) => {
    const body = JSON.stringify({
      description: text,
      tags: [{ Key: text, Value: 'v' }],
      [text]: 1,
      service: { additionalInfo: { value: JSON.stringify({ output: text, more: JSON.stringify([text]) }) } },
    });
    const withEscapes = body.replace('"v"', `"${escaped(text)}"`);
    const clean = bodyWithoutCredentials(withEscapes);
    expect(JSON.stringify(JSON.parse(clean))).not.toContain(needleOf(canary));
    expect(clean).not.toContain(escaped(needleOf(canary)));
  });

  it.each(cases)('in a body that is no JSON: %s', (text, canary) => {
    for (const body of [text, `{"description": "${text}`, `{'description': '${text}'}`])
      expect(bodyWithoutCredentials(body)).not.toContain(needleOf(canary));
  });
});

describe('what is no credential', () => {
  it('stays byte for byte, with its white space, numbers and escapes', () => {
    const body = `{ "a" : 1.50, "b":"\\u00e9\\/",\n"token": "none", "url":"https://example.com/a:b@c", "n": 12345678901234567890 }`;
    expect(bodyWithoutCredentials(body)).toBe(body);
    expect(bodyWithoutCredentials(guardDutyEvent())).toBe(guardDutyEvent());
  });

  it('is the id of an access key, where a finding names it; logs and errors do not tell it', () => {
    const body = JSON.stringify({ resource: { accessKeyDetails: { accessKeyId: KEY_ID } }, note: 'secret token' });
    expect(bodyWithoutCredentials(body)).toBe(body);
    expect(withoutSecrets(`the key ${KEY_ID} is not known`)).toBe('the key [redacted] is not known');
  });

  it.each([
    'run RUN-ABCD2345 of INC-2026-0001 ended',
    'arn:aws:secretsmanager:eu-west-1:333333333331:secret:prod/db-AbCdEf',
    'the user changed the password policy; token of the page: 7',
    'externalId is missing',
  ])('stays: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('is the rest of a finding beside a credential: it is read as before', () => {
    const told = guardDutyEvent().replace('Made up for a test.', `It said ${BY_LOOKS[0]} twice.`);
    const { findings, problems } = readFindings(bodyWithoutCredentials(told));
    expect(problems).toEqual([]);
    expect(findings[0]).toEqual({
      ...readFindings(guardDutyEvent()).findings[0],
      description: 'It said [redacted] twice.',
    });
  });
});

it('cannot be used to move the borders of a string', () => {
  const hostile = `-----BEGIN PRIVATE KEY-----","accountId":"999999999999","x":"-----END PRIVATE KEY-----\\`;
  const body = JSON.stringify({ description: hostile, accountId: '333333333331' });
  expect(JSON.parse(bodyWithoutCredentials(body))).toEqual({
    description: hostile.replace('-----BEGIN PRIVATE KEY-----', '[redacted]'),
    accountId: '333333333331',
  });
});
