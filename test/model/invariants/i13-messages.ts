import { buttonsOf } from '../commands/people.ts';
import { PEOPLE } from '../world/people.ts';
import type { Post, WorldRecord } from '../world/record.ts';
import type { Invariant } from './invariant.ts';

/** What Slack would act on, of our own making: people, our channels, times, links to Slack and to AWS's console. */
const OURS = [
  new RegExp(`^@(${PEOPLE.join('|')})$`),
  /^#C0[A-Z]+$/,
  /^!date\^\d+\^[^^]+\|[^<>]+$/,
  /^https:\/\/acme\.slack\.com\/archives\/[^|<>]+\|[^<>]+$/,
  /^https:\/\/([a-z0-9-]+\.)?console\.aws\.amazon\.com\/[^|<>]*(\|[^<>]+)?$/,
];

export default {
  id: 'I13',
  promise: 'no message lets Slack read a finding’s text as markup, and every button names a thing that is there',
  check(record) {
    const known = new Set(
      record.entries.flatMap(({ entity, id }) =>
        entity === 'run' || entity === 'approval' || entity === 'incident' ? [id] : [],
      ),
    );
    return record.posts.slice(checkedUpTo(record)).flatMap((post) => [...markup(post), ...buttons(post, known)]);
  },
} satisfies Invariant as Invariant;

/** A message is looked at once; what was found is thrown then. */
const looked = new WeakMap<WorldRecord, number>();
function checkedUpTo(record: WorldRecord): number {
  const from = looked.get(record) ?? 0;
  looked.set(record, record.posts.length);
  return from;
}

function markup(post: Post): readonly string[] {
  const texts = [post.text, ...mrkdwnTexts(post.blocks)];
  const foreign = texts.flatMap((text) =>
    [...text.matchAll(/<([^>]*)>?/g)]
      .map((match) => match[1] ?? '')
      .filter((inner) => !OURS.some((ours) => ours.test(inner))),
  );
  const emoji = texts.filter((text) => /\*Approved\*/.test(text));
  const links = linksOf(post.blocks).filter(
    (url) => !/^https:\/\/([a-z0-9-]+\.)?(console\.aws\.amazon\.com|acme\.slack\.com)\//.test(url),
  );
  return [
    ...foreign.map((inner) => `a message holds <${inner}>`),
    ...emoji.map((text) => `a message formats a finding’s text: ${text.slice(0, 80)}`),
    ...links.map((url) => `a message links to ${url}`),
  ];
}

function mrkdwnTexts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnTexts);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text } = value as { type?: unknown; text?: unknown };
  const own = type === 'mrkdwn' && typeof text === 'string' ? [text] : [];
  return [...own, ...Object.values(value).flatMap(mrkdwnTexts)];
}

function linksOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(linksOf);
  if (typeof value !== 'object' || value === null) return [];
  const { url } = value as { url?: unknown };
  return [...(typeof url === 'string' ? [url] : []), ...Object.values(value).flatMap(linksOf)];
}

function buttons(post: Post, known: ReadonlySet<string>): readonly string[] {
  return buttonsOf(post.blocks)
    .filter(({ actionId }) => actionId.startsWith('cordon.'))
    .map(({ actionId, value }) => ({ actionId, id: value.split(':')[0] ?? '' }))
    .filter(({ id }) => /^(INC|REQ|RUN)-/.test(id) && !known.has(id))
    .map(({ actionId, id }) => `the button ${actionId} names ${id}, which is not there`);
}
