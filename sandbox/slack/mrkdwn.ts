/** A piece of parsed mrkdwn. Every string in it is text to show, never markup. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold' | 'italic' | 'strike' | 'quote'; readonly children: readonly Inline[] }
  | { readonly kind: 'code' | 'pre'; readonly text: string }
  | { readonly kind: 'link'; readonly url: string; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string }
  | {
      readonly kind: 'date';
      readonly timestamp: number;
      readonly format: string;
      readonly fallback: string;
      readonly url: string | undefined;
    };

/** Turns ids into the words a person reads; undefined for an id that is unknown. */
export interface Names {
  readonly user: (id: string) => string | undefined;
  readonly channel: (id: string) => string | undefined;
  readonly emoji: (name: string) => string | undefined;
}

/** Reads Slack's mrkdwn: bold, italic, strike, code, quotes, links, mentions, dates and emoji. Entities are decoded once, at the very end, so decoded text is never read as markup. */
export function parseMrkdwn(
  source: string,
  names: Names,
  options: { readonly verbatim?: boolean } = {},
): readonly Inline[] {
  const context: Context = { names, autolink: options.verbatim !== true };
  return splitPre(source).flatMap((part) =>
    part.isPre
      ? [{ kind: 'pre' as const, text: decode(trimNewlines(plainOf(part.text))) }]
      : parseLines(part.text, context),
  );
}

interface Context {
  readonly names: Names;
  readonly autolink: boolean;
}

function splitPre(source: string): readonly { readonly text: string; readonly isPre: boolean }[] {
  return source
    .split(/```([\s\S]+?)```/)
    .flatMap((text, index) => (text === '' ? [] : [{ text, isPre: index % 2 === 1 }]));
}

function trimNewlines(text: string): string {
  return text.replace(/^\n|\n$/g, '');
}

/** Runs of lines that begin with "&gt;" (a typed ">" arrives escaped) or ">" are quotes. */
function parseLines(source: string, context: Context): readonly Inline[] {
  const groups: { isQuote: boolean; lines: string[] }[] = [];
  for (const line of source.split('\n')) {
    const isQuote = /^(&gt;|>)/.test(line);
    const text = isQuote ? line.replace(/^(&gt;|>) ?/, '') : line;
    const last = groups.at(-1);
    if (last && last.isQuote === isQuote) last.lines.push(text);
    else groups.push({ isQuote, lines: [text] });
  }
  return groups.flatMap((group, index): readonly Inline[] => {
    const children = parseInline(group.lines.join('\n'), context);
    if (group.isQuote) return [{ kind: 'quote', children }];
    // The line break between text and a quote is the quote's own edge.
    const hasNext = index < groups.length - 1;
    return hasNext && children.length === 0 ? [] : children;
  });
}

/** Code first, then bracketed things, then styles: whatever stands earlier is opaque to the later ones. */
const TOKEN =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])|:([a-z0-9_+'-]+):|(https?:\/\/[^\s<>|`]+[^\s<>|`.,;:!?)\]}'"])/g;

function parseInline(source: string, context: Context): readonly Inline[] {
  const pieces: Inline[] = [];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    // A style may hold brackets, so a match inside one that was taken is skipped.
    if (match.index < end) continue;
    pushText(pieces, source.slice(end, match.index));
    pieces.push(pieceOf(match, context));
    end = match.index + match[0].length;
  }
  pushText(pieces, source.slice(end));
  return pieces;
}

function pushText(pieces: Inline[], raw: string): void {
  if (raw !== '') pieces.push({ kind: 'text', text: decode(raw) });
}

function pieceOf(match: RegExpMatchArray, context: Context): Inline {
  const [whole, code, bracket, bold, italic, strike, emoji, address] = match;
  if (code !== undefined) return { kind: 'code', text: decode(plainOf(code)) };
  if (bracket !== undefined) return bracketed(bracket, context);
  if (bold !== undefined) return { kind: 'bold', children: parseInline(bold, context) };
  if (italic !== undefined) return { kind: 'italic', children: parseInline(italic, context) };
  if (strike !== undefined) return { kind: 'strike', children: parseInline(strike, context) };
  if (emoji !== undefined) return { kind: 'text', text: context.names.emoji(emoji) ?? whole };
  const url = decode(address ?? whole);
  return context.autolink ? { kind: 'link', url, text: url } : { kind: 'text', text: url };
}

/** What stands between "<" and ">": a mention, a date, or a link. */
function bracketed(inner: string, context: Context): Inline {
  const [target = '', label] = split(inner, '|');
  if (target.startsWith('@'))
    return { kind: 'mention', text: `@${context.names.user(target.slice(1)) ?? label ?? target.slice(1)}` };
  if (target.startsWith('#'))
    return { kind: 'mention', text: `#${context.names.channel(target.slice(1)) ?? label ?? target.slice(1)}` };
  if (target.startsWith('!date^')) return dateOf(inner) ?? { kind: 'text', text: decode(`<${inner}>`) };
  if (target.startsWith('!subteam^')) return { kind: 'mention', text: label ?? `@${target.slice('!subteam^'.length)}` };
  if (/^!(here|channel|everyone)$/.test(target)) return { kind: 'mention', text: `@${target.slice(1)}` };
  const url = decode(target);
  if (isSafeAddress(url)) return { kind: 'link', url, text: label === undefined ? url : decode(label) };
  return { kind: 'text', text: decode(`<${inner}>`) };
}

/** Only addresses that a click may follow without surprise. */
export function isSafeAddress(url: string): boolean {
  return /^(https?:\/\/|mailto:)\S+$/i.test(url);
}

/** `!date^timestamp^format^address|fallback`, the address being optional. */
function dateOf(inner: string): Inline | undefined {
  const [head = '', fallback = ''] = split(inner, '|');
  const [, timestamp = '', format = '', address] = head.split('^');
  if (!/^\d{1,10}$/.test(timestamp) || format === '') return undefined;
  const url = address === undefined ? undefined : decode(address);
  return {
    kind: 'date',
    timestamp: Number(timestamp),
    format: decode(format),
    fallback: decode(fallback),
    url: url !== undefined && isSafeAddress(url) ? url : undefined,
  };
}

function split(text: string, separator: string): readonly [string, string | undefined] {
  const position = text.indexOf(separator);
  return position < 0 ? [text, undefined] : [text.slice(0, position), text.slice(position + 1)];
}

/** Inside code a link shows as its label or address. */
function plainOf(text: string): string {
  return text.replace(
    /<(https?:[^<>|\n]+)(?:\|([^<>\n]*))?>/g,
    (_whole, url: string, label: string | undefined) => label ?? url,
  );
}

/** Slack knows three entities; anything else stays as it is written. */
function decode(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_whole, name: string) => (name === 'lt' ? '<' : name === 'gt' ? '>' : '&'));
}
