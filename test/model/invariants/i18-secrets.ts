import type { WorldRecord } from '../world/record.ts';
import type { Invariant } from './invariant.ts';

export default {
  id: 'I18',
  promise: 'no secret shows in messages, logs, jobs or audit rows',
  check(record) {
    const { from, to } = unseen(record);
    const places: readonly (readonly [string, string])[] = [
      ['a message', JSON.stringify(record.posts.slice(from.posts, to.posts))],
      ['the log', record.logLines.slice(from.logLines, to.logLines).join('\n')],
      ['a job', record.jobs.slice(from.jobs, to.jobs).join('\n')],
      [
        'an audit row',
        JSON.stringify(record.entries.slice(from.entries, to.entries).map(({ id, detail }) => [id, detail])),
      ],
    ];
    return places.flatMap(([place, text]) =>
      record.secrets
        .filter((secret) => text.includes(secret))
        .map((secret) => `${place} shows ${secret.slice(0, 20)}…`),
    );
  },
} satisfies Invariant as Invariant;

type Lengths = Readonly<Record<'posts' | 'logLines' | 'jobs' | 'entries', number>>;
const looked = new WeakMap<WorldRecord, Lengths>();

/** What has come since it was looked at last: texts are long and never change. */
function unseen(record: WorldRecord): { readonly from: Lengths; readonly to: Lengths } {
  const from = looked.get(record) ?? { posts: 0, logLines: 0, jobs: 0, entries: 0 };
  const { posts, logLines, jobs, entries } = record;
  const to = { posts: posts.length, logLines: logLines.length, jobs: jobs.length, entries: entries.length };
  looked.set(record, to);
  return { from, to };
}
