import { describe, expect, it } from 'vitest';
import { isSafeAddress, type Names, parseMrkdwn } from '../../../../sandbox/slack/mrkdwn.ts';

const names: Names = {
  user: (id) => (id === 'U1' ? 'Rina' : undefined),
  channel: (id) => (id === 'C1' ? 'sec-triage' : undefined),
  emoji: (name) => (name === 'warning' ? '⚠️' : undefined),
};
const text = (words: string) => ({ kind: 'text', text: words });
const link = (url: string, words = url) => ({ kind: 'link', url, text: words });

describe('mrkdwn', () => {
  it.each([
    ['plain words', 'hello', [text('hello')]],
    ['bold', 'a *b* c', [text('a '), { kind: 'bold', children: [text('b')] }, text(' c')]],
    [
      'italic and strike',
      '_a_ ~b~',
      [{ kind: 'italic', children: [text('a')] }, text(' '), { kind: 'strike', children: [text('b')] }],
    ],
    ['nested styles', '*a _b_*', [{ kind: 'bold', children: [text('a '), { kind: 'italic', children: [text('b')] }] }]],
    ['stars within words', '2*3*4 and snake_case_name', [text('2*3*4 and snake_case_name')]],
    ['a lone star', '* not bold', [text('* not bold')]],
    ['code', 'run `rm *x*`', [text('run '), { kind: 'code', text: 'rm *x*' }]],
    ['preformatted text', 'a ```x *y*\nz``` b', [text('a '), { kind: 'pre', text: 'x *y*\nz' }, text(' b')]],
    ['a quote', 'a\n&gt; b\n&gt; c\nd', [text('a'), { kind: 'quote', children: [text('b\nc')] }, text('d')]],
    [
      'a link with words',
      '<https://example.com/a?b=1&amp;c=2|the *page*>',
      [link('https://example.com/a?b=1&c=2', 'the *page*')],
    ],
    ['a link without words', '<https://example.com>', [link('https://example.com')]],
    ['a bold link', '*<https://example.com|x>*', [{ kind: 'bold', children: [link('https://example.com', 'x')] }]],
    [
      'a bare address',
      'see https://example.com/x, please',
      [text('see '), link('https://example.com/x'), text(', please')],
    ],
    ['a mail address', '<mailto:a@b.example|a@b.example>', [link('mailto:a@b.example', 'a@b.example')]],
    ['a script address', '<javascript:alert(1)|Approve>', [text('<javascript:alert(1)|Approve>')]],
    [
      'a user',
      '<@U1> and <@U2>',
      [{ kind: 'mention', text: '@Rina' }, text(' and '), { kind: 'mention', text: '@U2' }],
    ],
    [
      'a channel',
      '<#C1> <#C2|old>',
      [{ kind: 'mention', text: '#sec-triage' }, text(' '), { kind: 'mention', text: '#old' }],
    ],
    [
      'everybody',
      '<!channel> <!here>',
      [{ kind: 'mention', text: '@channel' }, text(' '), { kind: 'mention', text: '@here' }],
    ],
    ['a user group', '<!subteam^S1|@prod-sec>', [{ kind: 'mention', text: '@prod-sec' }]],
    ['entities, decoded once', '&lt;b&gt; &amp;lt; &copy;', [text('<b> &lt; &copy;')]],
    ['escaped mention stays text', '&lt;!channel&gt; &lt;@U1&gt;', [text('<!channel> <@U1>')]],
    ['emoji', ':warning: :nope:', [text('⚠️'), text(' '), text(':nope:')]],
    ['an unclosed bracket', 'a < b', [text('a < b')]],
  ])('%s', (_name, source, pieces) => {
    expect(parseMrkdwn(source, names)).toEqual(pieces);
  });

  it('reads dates with and without an address', () => {
    expect(parseMrkdwn('<!date^1732270000^{date_short} at {time}|in November>', names)).toEqual([
      {
        kind: 'date',
        timestamp: 1732270000,
        format: '{date_short} at {time}',
        fallback: 'in November',
        url: undefined,
      },
    ]);
    expect(parseMrkdwn('<!date^1732270000^{date}^https://example.com|x>', names)).toMatchObject([
      { kind: 'date', url: 'https://example.com' },
    ]);
    expect(parseMrkdwn('<!date^1732270000^{date}^javascript:x|x>', names)).toMatchObject([
      { kind: 'date', url: undefined },
    ]);
    expect(parseMrkdwn('<!date^soon^{date}|x>', names)).toEqual([text('<!date^soon^{date}|x>')]);
  });

  it('leaves bare addresses alone when verbatim', () => {
    expect(parseMrkdwn('see https://example.com/x', names, { verbatim: true })).toEqual([
      text('see '),
      text('https://example.com/x'),
    ]);
  });

  it('takes 50,000 hostile characters without stalling', () => {
    const started = performance.now();
    for (const hostile of ['*', '_a', '<', '`', '<https://', ':a', '~ ', '&lt;', '```'])
      parseMrkdwn(hostile.repeat(50_000 / hostile.length), names);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('safe addresses', () => {
  it.each([
    ['https://example.com', true],
    ['mailto:a@b.example', true],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['https://example.com/a b', false],
    ['file:///etc/passwd', false],
  ])('%s: %s', (url, isSafe) => {
    expect(isSafeAddress(url)).toBe(isSafe);
  });
});
