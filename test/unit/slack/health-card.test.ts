import { expect, test } from 'vitest';
import type { HealthEntry } from '../../../src/domain/health.ts';
import { messageProblems } from '../../../src/slack/block-limits.ts';
import { healthCard } from '../../../src/slack/cards/health.ts';
import { SETTINGS } from './support/fixtures.ts';

const QUIET_SINCE = '2026-11-20T10:00:00.000Z';
const ALL: readonly HealthEntry[] = [
  { kind: 'stopped', by: 'U0ALICE0001', at: QUIET_SINCE, reason: '<!channel> *all* `is` <https://evil|well>' },
  { kind: 'restored', place: 'the file', seq: 412 },
  { kind: 'not-compared' },
  { kind: 'settings-invalid' },
  { kind: 'playbooks-invalid' },
  { kind: 'no-process', parts: ['slack', 'triage'] },
  { kind: 'slack-down', processes: ['host.1.a'] },
  { kind: 'silence', hours: 24, last: QUIET_SINCE },
  { kind: 'silence', hours: 24, last: null },
  {
    kind: 'feeds',
    count: 4,
    first: [{ name: 'guardduty.eu-west-1', code: 'AccessDenied' }],
    hint: 'Deploy it.',
    over: 0,
  },
  { kind: 'triage-lag', over: 300 },
  { kind: 'queue-lag', over: 60 },
  { kind: 'message-lag', over: 86_400 },
  { kind: 'write-back-lag', over: 3_600 },
  { kind: 'accounts', count: 5, first: ['333333333331', '999999999999'] },
  { kind: 'quarantine', count: 1 },
];

test('all quiet is one sentence', () => {
  const card = healthCard({ entries: [], quietSince: QUIET_SINCE }, SETTINGS, 3);
  expect(card.text).toBe('● Cordon: all quiet since 2026-11-20 10:00 UTC.');
  expect(messageProblems(card)).toEqual([]);
});

test('every entry says what is so and what to do, in the text and in the blocks; a name is a mention and a reason is text', () => {
  const card = healthCard({ entries: [...ALL], quietSince: QUIET_SINCE }, SETTINGS, 3);
  const blocks = JSON.stringify(card.blocks);
  expect(messageProblems(card)).toEqual([]);
  expect(card.text).toMatch(/^▲ Cordon: 16 things need attention\. /);
  for (const words of [
    'prod-payments (333333333331)',
    'and 3 more',
    'guardduty.eu-west-1 (AccessDenied)',
    'the file knows row 412',
    'slack, triage',
    'the last at 2026-11-20 10:00 UTC',
    'more than a day',
    'One message could not be read',
    '/cordon resume',
  ]) {
    expect(card.text).toContain(words);
    expect(blocks).toContain(words);
  }
  expect(blocks).toContain('{"type":"user","user_id":"U0ALICE0001"}');
  expect(card.text).not.toMatch(/<!channel>|<https/);
});

test('one entry is one thing', () => {
  expect(healthCard({ entries: [{ kind: 'quarantine', count: 2 }], quietSince: QUIET_SINCE }, SETTINGS, 1).text).toBe(
    '▲ Cordon: one thing needs attention. 2 messages could not be read. On the host: cordon quarantine list, then show and replay.',
  );
});
