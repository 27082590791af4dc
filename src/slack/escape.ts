/**
 * The one seam between texts of other people and Slack. Titles, names, tags and ids of a finding can be chosen by an attacker,
 * so every text that reaches a message, a modal or a log line of Slack goes through this file: there is no second way.
 * Facts: https://docs.slack.dev/messaging/formatting-message-text (control sequences `<!…>`, `<@…>`, `<#…>`, `<url|label>`).
 */
import type { MrkdwnElement, PlainTextElement, RichTextText } from '@slack/types';

/** What stands where a text was cut. */
export const CUT_MARK = '… [cut]';
/** Longest text of a finding in one field, in UTF-16 units. */
const FIELD_LIMIT = 300;

const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
/** Direction overrides, zero-width and other characters that are there but not seen; tag characters; fillers that look like a space. */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|\u17b4|\u17b5|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]/gu;
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** More than three marks on one letter is a drawing, not a word. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/** Makes any text one visible line: no control, direction or zero-width characters, no lone surrogates, at most `max` UTF-16 units with the cut marked. */
export function clean(text: string, max: number = FIELD_LIMIT): string {
  return visible(text, max, (line) => line.trim());
}

function visible(text: string, max: number, ends: (line: string) => string): string {
  const roughly = text.length > max * 8 ? text.slice(0, max * 8) : text;
  const line = roughly
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(LINE_BREAKS, ' ')
    .replace(CONTROLS, '')
    .replace(INVISIBLE, '')
    .replace(PILED_MARKS, '$1')
    .replace(/\s+/g, ' ');
  return cut(ends(line), max, roughly.length < text.length);
}

/** As `clean`, but nothing is left out or cut: what cannot be seen is written as its code point. For values that a person approves to the letter. */
export function exact(text: string): string {
  const code = (found: string) => [...found].map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join('');
  return text
    .replace(LONE_SURROGATES, code)
    .replace(LINE_BREAKS, code)
    .replace(CONTROLS, code)
    .replace(INVISIBLE, code);
}

/** Cuts to `max` UTF-16 units, mark included, without splitting a character. `force` marks a text that was shortened before. */
export function cut(text: string, max: number, force = false): string {
  if (text.length <= max && !force) return text;
  if (max <= CUT_MARK.length) return text.slice(0, max).replace(LONE_SURROGATES, '');
  return `${text.slice(0, max - CUT_MARK.length).replace(LONE_SURROGATES, '')}${CUT_MARK}`;
}

/** A text object in which Slack reads no markup and no emoji names. An empty text becomes a dash, which Slack requires. */
export function plain(text: string, max: number = FIELD_LIMIT): PlainTextElement {
  return { type: 'plain_text', text: clean(text, max) || '–', emoji: false };
}

/** A rich-text node: Slack shows it as it is, whatever it contains. Spaces at its ends stay, since nodes stand side by side. */
export function node(text: string, max: number = FIELD_LIMIT): RichTextText {
  const shown = visible(text, max, (line) => line);
  return { type: 'text', text: shown.trim() === '' ? '–' : shown };
}

/** As `node`, in bold. */
export function strong(text: string, max: number = FIELD_LIMIT): RichTextText {
  return { ...node(text, max), style: { bold: true } };
}

/** Text in Slack's own markup, made by the functions of this file only; its markup is ours. */
export interface Mrkdwn {
  readonly mrkdwn: string;
}

/**
 * Template tag for texts that mix our words with values: the words between are trusted, a value is escaped unless it is Mrkdwn itself.
 * Long texts of a finding do not belong here but in `node` or `plain`.
 */
export function mrkdwn(words: TemplateStringsArray, ...values: readonly (string | number | Mrkdwn)[]): Mrkdwn {
  let text = words[0] ?? '';
  values.forEach((value, index) => {
    text += typeof value === 'object' ? value.mrkdwn : escapeMrkdwn(clean(String(value)));
    text += words[index + 1] ?? '';
  });
  return { mrkdwn: text };
}

/** A value for `mrkdwn` that may be longer than the tag lets a plain text be: up to `max` UTF-16 units before it is escaped. */
export function longer(text: string, max: number): Mrkdwn {
  return { mrkdwn: escapeMrkdwn(clean(text, max)) };
}

/** Joins pieces of markup; `separator` is our own text. */
export function joinMrkdwn(pieces: readonly Mrkdwn[], separator: string): Mrkdwn {
  return { mrkdwn: pieces.map((piece) => piece.mrkdwn).join(separator) };
}

/** A mrkdwn text object; `verbatim` keeps Slack from turning names and addresses into mentions and links. Cut between escapes, never inside one. */
export function mrkdwnText(text: Mrkdwn, max = 3000): MrkdwnElement {
  return { type: 'mrkdwn', text: cutMarkup(text.mrkdwn, max), verbatim: true };
}

/**
 * Takes all meaning from a text in mrkdwn: the three characters that Slack wants escaped, and the look-alikes of those that would still
 * format (`*`, `_`, `~`, backtick) or name an emoji (`:name:`). Ids are not changed by it unless they hold such a character at a word's edge.
 */
export function escapeMrkdwn(text: string): string {
  return text
    .replace(/`/g, '')
    .replace(/\*/g, '∗')
    .replace(/~/g, '∼')
    .replace(/(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu, (run) => 'ˍ'.repeat(run.length))
    .replace(/:(?=[\w+'-]+:)/g, '꞉')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/** `<@U…>` for a Slack member id, the escaped text for anything else (a CLI user). */
export function mention(personId: string): Mrkdwn {
  return /^[UW][A-Z0-9]{2,20}$/.test(personId) ? { mrkdwn: `<@${personId}>` } : mrkdwn`${personId}`;
}

/** A person with their name beside the mention, for those to whom a message is read aloud; the mention alone when the name is not known. */
export function named(personId: string, names: ReadonlyMap<string, string>): Mrkdwn {
  const name = names.get(personId);
  return name === undefined ? mention(personId) : mrkdwn`${mention(personId)} (${clean(name, 60)})`;
}

/** A link to a message of ours, whose address Slack gave; the label is our own text. An address of another form is left out. */
export function linkTo(url: string, label: string): Mrkdwn {
  return /^https?:\/\/[^\s<>|"'`\\]+$/.test(url) ? { mrkdwn: `<${url}|${escapeMrkdwn(label)}>` } : mrkdwn`${label}`;
}

/** A sentence of our own in which member ids may stand, with the ids as mentions; for what only one person sees. */
export function withMentions(text: string, max: number = FIELD_LIMIT): Mrkdwn {
  const pieces = clean(text, max).split(/\b([UW][A-Z0-9]{8,20})\b/);
  return joinMrkdwn(
    pieces.map((piece, index) => (index % 2 === 1 ? mention(piece) : { mrkdwn: escapeMrkdwn(piece) })),
    '',
  );
}

/** `<#C…>` for a channel id out of our own settings. */
export function channelMention(channelId: string): Mrkdwn {
  return /^[CG][A-Z0-9]{2,20}$/.test(channelId) ? { mrkdwn: `<#${channelId}>` } : mrkdwn`${channelId}`;
}

/** A point in time that each reader sees in their own time zone; readers of plain text get UTC. */
export function date(iso: string): Mrkdwn {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  if (!Number.isFinite(seconds)) return mrkdwn`${iso}`;
  return { mrkdwn: `<!date^${seconds}^{date_short_pretty} {time}|${utc(iso)}>` };
}

/** `2026-11-22 12:03 UTC`. */
export function utc(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return 'at an unknown time';
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Markup for a message's top-level text, at most `max` long. */
export function spoken(text: Mrkdwn, max = 2_900): string {
  return cutMarkup(text.mrkdwn, max);
}

/** `1 finding`, `2 findings`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function cutMarkup(text: string, max: number): string {
  if (text.length <= max) return text || '–';
  const head = text.slice(0, max - CUT_MARK.length);
  const open = Math.max(head.lastIndexOf('&'), head.lastIndexOf('<'));
  const closed = Math.max(head.lastIndexOf(';'), head.lastIndexOf('>'));
  return `${(open > closed ? head.slice(0, open) : head).replace(LONE_SURROGATES, '')}${CUT_MARK}`;
}
