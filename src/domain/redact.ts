/**
 * Text without what is certainly a secret. Two strengths: `withoutSecrets` for logs and errors, and `withoutCredentials` for what comes in from outside, where the
 * identifiers of access keys stay, because a finding about a stolen key is about nothing else. Linear in the length of the text, whatever it holds.
 */
import { weigh } from './weigh.ts';

const MARK = '[redacted]';

/** PEM, to its end or as far as it goes; never across a quote or a brace, so never out of a string of JSON. */
const PEM =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^-"{}]*(?:-(?!----)[^-"{}]*){0,400}(?:-----END [A-Z0-9 ]{0,60}-----)?/g;
/** By their own looks. */
const BY_LOOKS = [
  PEM,
  // Slack: bot, user, app and refresh tokens, and the addresses of incoming webhooks.
  /\bxox[a-z](?:\.xox[a-z])?-[\w-]+/g,
  /\bxapp-[\w-]+/g,
  /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/g,
  // AWS session tokens begin with a fixed word, encoded.
  /\b(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[\w/+=%-]{16,}/g,
  // JSON web tokens, whole or with the last part cut off.
  /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g,
  /(?<![\w-])(?:gh[a-z]_\w{20,}|github_pat_\w{20,})/g,
  // The password of a URL.
  /(?<=:\/\/[^/\s:@"]{0,200}:)[^@\s/"]+(?=@)/g,
];
/** By the name before them. */
const BY_NAME = [
  /(?<=(?<![a-z])(?:secret_?(?:access_?)?key|(?:session|security)_?token|external[_-]?id|signing_?secret|client_?secret|api_?key)\W{1,6})[\w+/=%.,@:-]{8,}/gi,
  /(?<=(?<![a-z])(?:password|passwd|pwd)=["']?)[^\s"'&;]+/gi,
  /(?<=(?<![a-z])authorization\W{1,6}(?:bearer|basic) )[\w.~+/=-]+/gi,
];
const KEY_IDS = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g;

/** Whatever holds none of these holds nothing that the patterns find; an escape may stand for any of them. */
const HINT =
  /xox|xapp-|hooks\.slack|eyJ|BEGIN |:\/\/|IQoJ|FwoG|FQoG|gh[a-z]_|github_pat|secret|token|external|api_?key|passw|pwd|authoriz|private_?key|\\[u/]/i;
/** What a string must hold for the patterns to be tried on it. */
const LOOKS = /xox|xapp-|hooks\.slack|eyJ|BEGIN |:\/\/|IQoJ|FwoG|FQoG|gh[a-z]_|github_pat/;
const NAMED =
  /(?:secret_?(?:access_?)?key|(?:session|security)_?token|external[_-]?id|signing_?secret|client_?secret|api_?key)\W{1,6}[\w+/=%.,@:-]{8}|(?:password|passwd|pwd)=|authorization\W{1,6}b/i;
/** No credential is so short, nor the name of one with its value. */
const SHORTEST = 12;
/** Keys of JSON objects whose values are secrets whatever they look like; compared without case, `_` and `-`. */
const SECRET_KEYS = new Set([
  'secretaccesskey',
  'awssecretaccesskey',
  'sessiontoken',
  'awssessiontoken',
  'securitytoken',
  'masteruserpassword',
  'password',
  'passwd',
  'externalid',
  'signingsecret',
  'clientsecret',
  'privatekey',
  'authorization',
]);
/** What weighs more is read by nobody (src/sources/read.ts): it is looked at as plain text. */
const READABLE = { depth: 40, values: 60_000, items: 10_000 };
/** JSON in a string in JSON, so often. */
const MAX_NESTING = 3;

/** For logs, errors and reasons: also the ids of access keys go. */
export function withoutSecrets(text: string): string {
  return withoutCredentials(text).replace(KEY_IDS, MARK);
}

/** For what is kept as data: the ids of access keys stay. */
export function withoutCredentials(text: string): string {
  if (text.length < SHORTEST) return text;
  const byLooks = LOOKS.test(text) ? replaced(text, BY_LOOKS) : text;
  return NAMED.test(byLooks) ? replaced(byLooks, BY_NAME) : byLooks;
}

/**
 * A body as it came in, JSON or not, without credentials. Each string of JSON is read as JSON reads it, so that an escape hides nothing, and written anew only when
 * something was taken out; every other byte stays, so that what could be read can be read.
 */
export function bodyWithoutCredentials(body: string, nesting = MAX_NESTING): string {
  if (!HINT.test(body)) return body;
  const { depth, values, items } = weigh(body, READABLE);
  const isReadable = depth <= READABLE.depth && values <= READABLE.values && items <= READABLE.items;
  if (!isReadable || !/^\s*[[{]/.test(body)) return withoutCredentials(body);
  if (isJson(body)) return withCleanStrings(body, nesting);
  const lines = body.split('\n');
  if (lines.length === 1) return withoutCredentials(withCleanStrings(body, nesting));
  // A value a line, some of them broken: what is no JSON is looked at together with its broken neighbours, since a key has many lines.
  const out: string[] = [];
  let broken: string[] = [];
  const mend = () => {
    if (broken.length > 0) out.push(withoutCredentials(withCleanStrings(broken.join('\n'), nesting)));
    broken = [];
  };
  for (const line of lines) {
    if (!isJson(line)) broken.push(line);
    else {
      mend();
      out.push(withCleanStrings(line, nesting));
    }
  }
  mend();
  return out.join('\n');
}

function replaced(text: string, patterns: readonly RegExp[]): string {
  return patterns.reduce((left, pattern) => left.replace(pattern, MARK), text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function withCleanStrings(body: string, nesting: number): string {
  const out: string[] = [];
  let key = '';
  let from = 0;
  for (let at = body.indexOf('"'); at >= 0; at = body.indexOf('"', from)) {
    const end = endOfString(body, at);
    if (end < 0) break;
    out.push(body.slice(from, at));
    const literal = body.slice(at, end);
    const isKey = isFollowedByColon(body, end);
    out.push(isKey ? cleanLiteral(literal, '', 0) : cleanLiteral(literal, key, nesting));
    key = isKey ? literal : '';
    from = end;
  }
  out.push(body.slice(from));
  return out.join('');
}

/** Behind the quote that ends the string which begins at `start`; -1 when none does. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at + 1;
  }
  return -1;
}

function isFollowedByColon(text: string, from: number): boolean {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === ':') return true;
    if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') return false;
  }
  return false;
}

function cleanLiteral(literal: string, key: string, nesting: number): string {
  const text = decoded(literal);
  if (text === undefined) return withoutCredentials(literal);
  if (text !== '' && isSecretKey(key)) return JSON.stringify(MARK);
  const clean =
    nesting > 0 && /^\s*[[{]/.test(text) ? bodyWithoutCredentials(text, nesting - 1) : withoutCredentials(text);
  return clean === text ? literal : JSON.stringify(clean);
}

function isSecretKey(key: string): boolean {
  return key.length < 40 && SECRET_KEYS.has(key.toLowerCase().replace(/[^a-z]/g, ''));
}

function decoded(literal: string): string | undefined {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    // No JSON string: an escape that there is not. It is treated as plain text.
    return undefined;
  }
}
