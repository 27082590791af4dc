import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CUT_MARK,
  clean,
  date,
  escapeMrkdwn,
  exact,
  longer,
  mention,
  mrkdwn,
  mrkdwnText,
  node,
  plain,
  withMentions,
} from '../../../src/slack/escape.ts';
import { HOSTILE } from './support/hostile.ts';

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.constantFrom(...HOSTILE));

describe('clean', () => {
  test('the corpus is large enough to mean something', () => {
    expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(60);
  });

  test.each(HOSTILE.map((text, index) => ({ index, text })))('leaves one visible line of $index', ({ text }) => {
    const line = clean(text);
    expect(line).not.toMatch(UNSEEN);
    expect(line).not.toMatch(LONE);
    expect(line.length).toBeLessThanOrEqual(300);
  });

  test('holds for any text whatever', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 500 }), (text, max) => {
        const line = clean(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(UNSEEN);
        expect(line).not.toMatch(LONE);
      }),
    );
  });

  test('marks a cut and leaves a short text as it is', () => {
    expect(clean('x'.repeat(301)).endsWith(CUT_MARK)).toBe(true);
    expect(clean('x'.repeat(300))).toBe('x'.repeat(300));
    expect(clean('prod-payments (333333333331)')).toBe('prod-payments (333333333331)');
    expect(clean('a\u200bb\n\nc')).toBe('ab c');
  });

  test('does not split a character of two halves', () => {
    expect(clean('\u{1f680}'.repeat(20), 16)).not.toMatch(LONE);
  });
});

describe('mrkdwn', () => {
  test('a plain text is cut early, a longer one where its caller says, and both are escaped', () => {
    const text = `<!here> ${'word '.repeat(120)}end`;
    expect(mrkdwn`${text}`.mrkdwn).toContain('[cut]');
    expect(mrkdwn`${longer(text, 1_000)}`.mrkdwn).toMatch(/^&lt;!here&gt; .* end$/);
    expect(longer(text, 400).mrkdwn).toContain('[cut]');
  });

  test.each(HOSTILE.map((text, index) => ({ index, text })))('no control sequence comes out of $index', ({ text }) => {
    const made = mrkdwn`before ${text} after`.mrkdwn;
    expect(made).not.toMatch(/[<>`*~]/);
    expect(made).not.toMatch(/:[\w+-]+:/);
    expect(made.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
  });

  test('holds for any text whatever', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(mrkdwn`${text}`.mrkdwn).not.toMatch(/[<>`*~]/);
      }),
    );
  });

  test('our own markup and only that goes through', () => {
    expect(mrkdwn`*By* ${mention('U0ALICE0001')}`.mrkdwn).toBe('*By* <@U0ALICE0001>');
    expect(mention('<!channel>').mrkdwn).toBe('&lt;!channel&gt;');
    expect(mention('root').mrkdwn).toBe('root');
    expect(date('2026-11-22T12:03:00.000Z').mrkdwn).toBe(
      '<!date^1795348980^{date_short_pretty} {time}|2026-11-22 12:03 UTC>',
    );
    expect(date('<!here>').mrkdwn).not.toContain('<!');
    expect(withMentions('decided by U0BO0000001 <!here>').mrkdwn).toBe('decided by <@U0BO0000001> &lt;!here&gt;');
  });

  test('ids and ARNs stay readable', () => {
    expect(escapeMrkdwn('sg_web_1 my-bucket i-0abc')).toBe('sg_web_1 my-bucket i-0abc');
    expect(escapeMrkdwn('12:03')).toBe('12:03');
    expect(escapeMrkdwn('_x_')).not.toContain('_');
  });

  test('is never cut inside an escape or a mention', () => {
    const text = mrkdwnText(mrkdwn`${'<'.repeat(200)}`, 100).text;
    expect(text.length).toBeLessThanOrEqual(100);
    expect(text.replace(/&lt;/g, '').replace(CUT_MARK, '')).toBe('');
    const mentions = mrkdwnText({ mrkdwn: '<@U0ALICE0001>'.repeat(20) }, 100).text;
    expect(mentions.replace(/<@U0ALICE0001>/g, '')).toBe(CUT_MARK);
  });

  test('tells Slack to leave names and addresses alone', () => {
    expect(mrkdwnText(mrkdwn`x`)).toMatchObject({ type: 'mrkdwn', verbatim: true });
    expect(plain(':x:')).toEqual({ type: 'plain_text', text: ':x:', emoji: false });
    expect(node('<!here>')).toEqual({ type: 'text', text: '<!here>' });
    expect(plain('').text).toBe('–');
  });
});

describe('exact', () => {
  test('shows what cannot be seen, and loses nothing', () => {
    expect(exact('a\u200bb\u202ec\nd')).toBe('a\\u{200b}b\\u{202e}c\\u{a}d');
    expect(exact('x'.repeat(5_000))).toHaveLength(5_000);
    expect(exact('two  spaces')).toBe('two  spaces');
  });
});
