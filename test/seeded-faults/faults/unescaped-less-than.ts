import type { SeededFault } from '../fault.ts';

export default {
  id: 'unescaped-less-than',
  title: 'Unescaped “<”',
  harm: 'The title of a finding, which an attacker can choose, pings the whole channel or shows a link with a false name.',
  edits: [
    {
      file: 'src/slack/escape.ts',
      before: `    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')`,
      after: "    .replace(/&/g, '&amp;')",
    },
  ],
  caughtBy: {
    file: 'test/unit/slack/escape.test.ts',
    test: 'mrkdwn > our own markup and only that goes through',
    assertion: "expect(mention('<!channel>').mrkdwn).toBe('&lt;!channel&gt;')",
  },
} satisfies SeededFault;
