import { describe, expect, test } from 'vitest';
import { asTyped, memberIn } from '../../../src/slack/commands/contract.ts';
import { linkTo, named } from '../../../src/slack/escape.ts';
import { HOSTILE } from './support/hostile.ts';

describe('names in a command', () => {
  test.each([
    ['<@U0ALICE0001|alice>', 'U0ALICE0001'],
    ['<@U0ALICE0001>', 'U0ALICE0001'],
    ['U0ALICE0001', 'U0ALICE0001'],
    ['@alice', undefined],
    ['<#C0TRIAGE001|general>', undefined],
    ['<!channel>', undefined],
    ['<@U0ALICE0001|a><@U0BO0000001|b>', undefined],
  ])('%s is %s', (word, id) => {
    expect(memberIn(word)).toBe(id);
  });

  test('a reason is kept as it was typed, without Slack’s brackets', () => {
    expect(
      asTyped('ask <@U0ALICE0001|alice> in <#C0TRIAGE001|sec-triage>, see <https://wiki.acme.example/a|wiki>'),
    ).toBe('ask @alice in #sec-triage, see https://wiki.acme.example/a');
  });
});

describe('names and links in messages', () => {
  test.each(HOSTILE.map((text, index) => ({ index, text })))('a name is never markup: $index', ({ text }) => {
    const { mrkdwn } = named('U0ALICE0001', new Map([['U0ALICE0001', text]]));
    expect([...mrkdwn.matchAll(/<[^>]*>?/g)].map(([found]) => found)).toEqual(['<@U0ALICE0001>']);
  });

  test.each(HOSTILE.map((text, index) => ({ index, text })))(
    'an address of another form is no link: $index',
    ({ text }) => {
      const { mrkdwn } = linkTo(text, 'review');
      if (mrkdwn !== 'review') expect(mrkdwn).toMatch(/^<https?:\/\/[^\s<>|]+\|review>$/);
    },
  );
});
